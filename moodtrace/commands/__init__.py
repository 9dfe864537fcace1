"""The command line: parses, builds settings, calls one function, prints."""
