"""The module made ready: frozen, lowered, in its precision, as a stream."""
