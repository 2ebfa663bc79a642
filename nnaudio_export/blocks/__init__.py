"""The pieces of a layer in textbook form. Many files, because each block has its own.

A block makes its choices in ``__init__``; its ``forward`` is straight-line, scriptable PyTorch. Its
file names its other two forms: the fast one in ``fast``, the one for chunks in ``chunked``.
"""
