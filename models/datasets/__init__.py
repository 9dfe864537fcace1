"""Labelled pictures for training and evaluation; knows nothing of networks."""
