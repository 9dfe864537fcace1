"""Trains networks; needs the torch extra, and nothing that runs in production imports it."""
