#!/bin/sh
# Install Chromium for the page tests where apt and root are at hand; else the tests skip and say so.
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
else
  echo "No Chromium: the page tests will be skipped. apt-get install chromium" >&2
fi
