"""Recorded footage and cameras in, sampled frames out; the only package that imports PyAV."""
