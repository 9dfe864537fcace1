#!/bin/sh
# Make what docker-compose.yml needs and nobody else may have: passwords, tokens, settings of this
# host. What is there already is left as it is.
set -eu
cd "$(dirname "$0")/.."

# Containers read secrets as users of their own, so the folder, not its files, keeps others out.
mkdir -p deploy/config deploy/secrets/cameras
chmod 700 deploy/secrets
for name in redis_password ray_token; do
  file=deploy/secrets/$name
  [ -e "$file" ] || head -c 32 /dev/urandom | sha256sum | cut -d ' ' -f 1 > "$file"
done

[ -e .env ] || cp .env.example .env
[ -e deploy/config/moodtrace.yaml ] || cp deploy/moodtrace.example.yaml deploy/config/moodtrace.yaml
[ -e deploy/config/analysis.env ] ||
  echo "# MOODTRACE_ANALYSIS_…, the same for all processes: docs/reference/settings.md" \
    > deploy/config/analysis.env
echo "Now: docker compose up --detach --build"
