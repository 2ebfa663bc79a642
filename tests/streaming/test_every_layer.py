"""Every row of the table of layers as a stream: the same numbers, a chunk at a time."""

from __future__ import annotations

import pytest
import torch
from layers.table import ROWS, Row
from streaming.playing import played, streamed

# A chunk and the whole are matrix products of other sizes, which engines add up in another order:
# each is within 2e-6 of the definition at n_fft 2048.
SAME = 3e-6

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


@rows
def test_stream_is_offline(row: Row) -> None:
    layer = row.make()
    if layer.describe().needs_whole_signal:
        with pytest.raises(ValueError, match=f"{layer.describe().layer} cannot stream: "):
            streamed(layer)
        return
    # One hop a chunk in textbook form; several, and no divisor of anything, in the lowered one.
    for lower, chunk in ((False, None), (True, 1500 if row.bins is None else 3)):
        prepared = streamed(layer, samples=chunk, lower=lower)
        shortest = prepared.input.min_length
        for length in (shortest, 2 * shortest + 1009):
            x = row.example("noise", length, batch=2)
            signal = torch.from_numpy(x)
            with torch.inference_mode():
                expected = prepared.graph(signal)
            (found,) = played(prepared, signal)
            for a, b, item in zip(found.numpy(), expected.numpy(), x, strict=True):
                assert row.error(a, b, item) <= SAME * row.magnifies, (lower, length)
