"""The bench: our layers beside the libraries they replace, in one run.

Many files, because each thing that is measured, and each way to look at it, has its own.
"""
