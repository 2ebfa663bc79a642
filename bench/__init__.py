"""The bench: our layers beside the libraries they replace, in one run."""
