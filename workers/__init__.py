"""Frames to faces, faces to timelines."""

import os

# Ray takes settings from the environment alone, some of them as soon as it is imported. Its ports
# can't be bound to the loopback address, so that all who come have to show a token.
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of a future change
