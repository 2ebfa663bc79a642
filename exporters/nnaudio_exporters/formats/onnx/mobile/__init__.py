"""Graphs as the accelerators of phones take them: ``profile="mobile"`` of :func:`export_onnx`.

Every rule writes a node as others that compute the same values, which NNAPI, CoreML and XNNPACK
take: convolutions over two axes, views and slices of known sizes, at most four axes. The parity
check then runs on the file that holds the result.

``rewriting`` applies the rules to a ``fixed_graph``; the rules are those of ``layout`` (views,
permutations, picks), ``long_signals`` (padding, framing), ``convolutions`` (and products) and
``arithmetic``.
"""

from nnaudio_exporters.formats.onnx.mobile.rewriting import for_phones

__all__ = ["for_phones"]
