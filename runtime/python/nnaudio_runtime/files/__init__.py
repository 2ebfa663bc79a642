"""What a file says of itself, and asks of its input, read before any engine sees it.

Imports nothing of ours but ``errors``. ``docs/format.md`` is the specification.
"""
