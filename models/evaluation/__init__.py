"""How far a network can be trusted: arrays in, figures and pictures out; trains nothing."""
