"""A stream as its description says, step by step, independent of the runtime's."""

from __future__ import annotations

import torch
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.steps import prepare
from torch import Tensor, nn
from torch.nn import functional


def streamed(layer: nn.Module, *, samples: int | None = None, lower: bool = True) -> PreparedModule:
    """A module made ready for an export as a stream."""
    return prepare(layer, Options(streaming=True, samples=samples, lower=lower))


def played(prepared: PreparedModule, signal: Tensor) -> list[Tensor]:
    """The outputs of a whole signal that went through the graph chunk by chunk."""
    assert prepared.stream is not None
    graph, spec = prepared.stream.module, prepared.stream.spec
    axis = prepared.input.axes.index(prepared.input.length_axis)
    n = signal.shape[axis]
    frames = 1 + (n + 2 * spec.pad - spec.frame_length) // spec.hop
    skipped = spec.warmup * spec.per_frame + spec.trim
    wanted = frames * spec.per_frame + spec.tail
    per_chunk = spec.chunk // spec.hop
    runs = -(-(skipped + wanted) // (per_chunk * spec.per_frame))

    fed = signal.movedim(axis, -1)
    if spec.pad:
        fed = functional.pad(fed, [spec.pad, spec.pad], mode=spec.pad_mode)
    behind = runs * spec.chunk - spec.lead - fed.shape[-1]
    # A whole signal may be longer than what is needed of it.
    fed = functional.pad(fed, [spec.lead, max(behind, 0)])

    state = torch.zeros(signal.shape[0], spec.state_size)
    pieces: list[list[Tensor]] = []
    for run in range(runs):
        chunk = fed[..., run * spec.chunk : (run + 1) * spec.chunk].movedim(-1, axis)
        inputs = [chunk, state]
        if spec.present is not None:
            frame = torch.arange(run * per_chunk, (run + 1) * per_chunk)
            exists = (frame >= spec.warmup) & (frame < spec.warmup + frames)
            inputs.append(exists.float().expand(signal.shape[0], -1))
        with torch.inference_mode():
            *outputs, state = graph(*inputs)
        pieces.append(outputs)
    return [
        torch.cat(along, dim=time).narrow(time, skipped, wanted)
        for along, time in zip(zip(*pieces, strict=True), _time_axes(prepared), strict=True)
    ]


def _time_axes(prepared: PreparedModule) -> list[int]:
    return [
        next(i for i, axis in enumerate(axes) if isinstance(axis, str) and axis != "batch")
        for axes in prepared.outputs.values()
    ]
