"""How a chain of blocks takes its audio chunk by chunk."""
