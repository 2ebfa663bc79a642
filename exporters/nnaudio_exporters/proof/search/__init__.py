"""A search for an input on which a file is not its module, as property-based testing does it.

A :class:`~nnaudio_exporters.proof.search.case.Case` is an input in a few numbers, and in one NumPy
expression. The space draws cases and moves them a little; the search follows those that use up most
of what is allowed; what fails is shrunk.
"""
