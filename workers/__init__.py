"""Frames to faces, faces to timelines."""
