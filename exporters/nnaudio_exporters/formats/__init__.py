"""The formats that files are written in, one file or folder each."""
