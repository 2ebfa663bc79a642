"""Signals that come block by block: one stream, or many through one graph."""
