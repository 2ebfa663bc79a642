"""A windowed Fourier transform as a product of small matrices; README.md derives it."""
