"""What blocks become when a chain is lowered: the same numbers, in a fraction of the time.

``split_dft`` and ``multirate`` each have a README that derives the method.
"""
