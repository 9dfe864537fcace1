#!/bin/sh
# Start Valkey with the user of users.acl, whose password lies in a secret file. Options are added.
set -eu
folder=$(dirname "$0")
password=$(cat "${PASSWORD_FILE:-/run/secrets/redis_password}")
[ -n "$password" ] || { echo "the store's password is empty" >&2; exit 78; }
umask 077
users=$(mktemp)
hash=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
sed -e '/^#/d' -e "s/PASSWORD_SHA256/$hash/" "$folder/users.acl" > "$users"
exec valkey-server "$folder/valkey.conf" --aclfile "$users" "$@"
