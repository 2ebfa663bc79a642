"""Runs the audio front ends that nnaudio-export writes, without PyTorch."""

__version__ = "0.1.0"
