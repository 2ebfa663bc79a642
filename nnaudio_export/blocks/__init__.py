"""The pieces of a layer: input checks, padding, filter banks, heads.

A block makes its choices in ``__init__``; its ``forward`` is straight-line, scriptable PyTorch.
"""
