"""`python -m moodtrace` is `moodtrace`."""

from moodtrace.commands.app import main

main()
