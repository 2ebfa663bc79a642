"""What a file says of itself, read before any engine sees it."""
