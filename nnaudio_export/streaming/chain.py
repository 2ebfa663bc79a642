"""A layer's chain of blocks, made to take chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnaudio_exporters.spec import LayerSpec
from nnaudio_exporters.streaming import StreamedPart, Tape, Timing
from nnaudio_runtime.stream_spec import PadMode
from torch import nn

from nnaudio_export.blocks.banded_projection import BandedProjection
from nnaudio_export.blocks.factorised_bank import FactorisedBank
from nnaudio_export.blocks.factorised_synthesis import FactorisedSynthesis
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.inputs import AudioInput, SpectrogramInput
from nnaudio_export.blocks.multirate_bank import MultirateBank
from nnaudio_export.blocks.octaves import OctaveBank
from nnaudio_export.blocks.overlap_add import OverlapAdd, Trim
from nnaudio_export.blocks.padding import CentrePad
from nnaudio_export.streaming.cascade import Cascade, schedule, single
from nnaudio_export.streaming.multirate import multirate_cascade
from nnaudio_export.streaming.octaves import octave_cascade
from nnaudio_export.streaming.on_frames import DealtOut, OnFrames
from nnaudio_export.streaming.streamed_cascade import StreamedCascade
from nnaudio_export.streaming.streamed_synthesis import StreamedSynthesis


def streamed_chain(
    spec: LayerSpec, blocks: Sequence[nn.Module], tape: Tape, frames: int
) -> StreamedPart:
    """The streaming form of a chain.

    Padding is left to the runtime, filter banks and overlap-add keep a state, and all other blocks
    work frame by frame.

    Args:
        spec: description of the layer.
        blocks: of the layer, or of its lowered form.
        tape: keeps the state.
        frames: of a chunk.
    """
    timing = Timing()
    streamed: list[nn.Module] = []
    dealt_out: list[nn.Module] = []
    for block in blocks:
        if tape.batched and isinstance(block, FactorisedBank):
            form: nn.Module = OnFrames(block, frames)
            dealt_out = [DealtOut(frames, len(spec.output_axes))]
        else:
            form = block
        cascade = _cascade(block, form, frames)
        if cascade is not None:
            bank, timing = streamed_bank(spec, timing, cascade, tape, frames)
            streamed.append(bank)
            continue
        match block:
            case CentrePad():
                mode: PadMode = "reflect" if block.mode == "reflect" else "constant"
                timing = replace(timing, pad=block.amount, pad_mode=mode)
            case Trim():
                timing = replace(
                    timing, trim=block.start, tail=timing.tail - block.start - block.end
                )
            case OverlapAdd() | FactorisedSynthesis():
                timing = _synthesis_timing(block)
                streamed.append(StreamedSynthesis(block, frames=frames, tape=tape))
            case BandedProjection() if not tape.batched:
                streamed.append(block.whole())
            case _:
                streamed.append(_for_any_length(block))
    return StreamedPart(nn.Sequential(*streamed, *dealt_out), timing)


def _cascade(block: nn.Module, form: nn.Module, frames: int) -> Cascade | None:
    """A filter bank as a cascade, of the form that works on chunks; None for other blocks."""
    match block:
        case FilterBank():
            return single(block, hop_length=block.hop_length, length=block.kernel.shape[2])
        case FactorisedBank():
            return single(form, hop_length=block.hop_length, length=block.n_fft)
        case MultirateBank():
            return multirate_cascade(block, frames)
        case OctaveBank():
            return octave_cascade(block)
        case _:
            return None


def streamed_bank(
    spec: LayerSpec, timing: Timing, cascade: Cascade, tape: Tape, frames: int
) -> StreamedPart:
    """The streaming form of a filter bank, with the padding before it in ``timing``."""
    plan = schedule(cascade)
    assert spec.frame_offset is not None
    return StreamedPart(
        StreamedCascade(cascade, plan, frames=frames, tape=tape),
        replace(
            timing,
            hop=cascade.hop_length,
            frame_length=cascade.frame_length,
            lead=plan.lead,
            warmup=plan.warmup,
            latency=plan.complete(cascade.hop_length) - timing.pad - spec.frame_offset,
        ),
    )


def _synthesis_timing(block: OverlapAdd | FactorisedSynthesis) -> Timing:
    n_fft, hop = block.window.shape[0], block.hop_length
    half = n_fft // 2
    return Timing(
        per_frame=hop, tail=n_fft - hop, latency=-(-(n_fft - half) // hop), half_frame=half
    )


def _for_any_length(block: nn.Module) -> nn.Module:
    """The block; an input of a graph takes chunks that are shorter than the shortest signal."""
    match block:
        case AudioInput():
            return AudioInput(1).to(block.dtype_probe)
        case SpectrogramInput():
            return SpectrogramInput(block.bins, 1).to(block.dtype_probe)
        case _:
            return block
