"""Signals that come block by block: one stream, or many through one graph.

Imports ``engines`` and ``files``. A stream is fed by ``feed`` and steps an engine's stepper;
``stream_pool`` does so for many signals, with what they have yet to feed in ``queues``.
"""
