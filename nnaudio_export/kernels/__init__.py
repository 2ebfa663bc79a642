"""The numbers behind the layers: pure NumPy functions in float64, no PyTorch."""
