"""What layers and exporters agree on; it needs PyTorch and nothing of ours.

A module of your own becomes a front end, wherever it sits in a larger module, by up to three
methods:

- ``describe`` says what it takes and gives (:class:`LayerSpec`), and makes it one;
- ``lowered`` gives its faster equal, which the exporters write into a file;
- ``streamed`` gives its form for chunks of audio, whose state lies in a :class:`StreamState`.

Where ``forward`` is a chain of blocks, :class:`FrontEnd` needs ``describe`` and ``chain`` alone,
and each :class:`Block` names its own faster equal and its own form for chunks.

Example:
    >>> from torch import Tensor, nn
    >>> class Loudness(nn.Module):
    ...     def forward(self, audio: Tensor) -> Tensor:
    ...         return audio.unfold(1, 160, 160).square().mean(2)
    ...     def describe(self) -> LayerSpec:
    ...         return LayerSpec(
    ...             "Loudness", {}, sample_rate=16000, hop_length=160, frame_offset=80,
    ...             min_length=160, output_name="loudness", output_axes=("batch", "frames"),
    ...         )
    >>> isinstance(Loudness(), Described), isinstance(Loudness(), Streamable)
    (True, False)
"""

from nnaudio_contract.block import Block, Identity
from nnaudio_contract.chain import fast_forms, lowered_chain, streamed_chain
from nnaudio_contract.description import (
    Conjugate,
    Demand,
    Description,
    FastForm,
    RowOrder,
    SelectRows,
)
from nnaudio_contract.front_end import FrontEnd, Lowerable, LoweredFrontEnd, Streamable
from nnaudio_contract.ownership import added_to
from nnaudio_contract.spec import Axes, Described, Domain, LayerSpec, Measure
from nnaudio_contract.stream_state import StateError, StreamState
from nnaudio_contract.timing import (
    Flow,
    PadMode,
    SeparatedSignals,
    StreamedPart,
    StreamingForm,
    StreamPlan,
    Timing,
)

__all__ = [
    "Axes",
    "Block",
    "Conjugate",
    "Demand",
    "Described",
    "Description",
    "Domain",
    "FastForm",
    "Flow",
    "FrontEnd",
    "Identity",
    "LayerSpec",
    "Lowerable",
    "LoweredFrontEnd",
    "Measure",
    "PadMode",
    "RowOrder",
    "SelectRows",
    "SeparatedSignals",
    "StateError",
    "StreamPlan",
    "StreamState",
    "Streamable",
    "StreamedPart",
    "StreamingForm",
    "Timing",
    "added_to",
    "fast_forms",
    "lowered_chain",
    "streamed_chain",
]
