#!/bin/sh
# Install GStreamer's RTSP server where apt and root are at hand; else its tests skip and say so.
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-gi \
    gir1.2-gst-rtsp-server-1.0 gstreamer1.0-rtsp gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly
else
  echo "No RTSP server: tests of cameras will be skipped. See $0" >&2
fi
