"""The transforms: one file each, a chain of blocks."""
