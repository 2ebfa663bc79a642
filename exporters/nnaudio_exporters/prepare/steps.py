"""The steps that make a module ready, in their order."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from nnaudio_exporters.prepare.chunk_length import chunk_length
from nnaudio_exporters.prepare.front_ends import described_front_end
from nnaudio_exporters.prepare.frozen import frozen_copy
from nnaudio_exporters.prepare.inputs import input_of
from nnaudio_exporters.prepare.lowering import lower
from nnaudio_exporters.prepare.lowering_plan import LoweringPlan
from nnaudio_exporters.prepare.options import Options
from nnaudio_exporters.prepare.outputs import output_shapes, outputs_of
from nnaudio_exporters.prepare.pcm import check_input_dtype
from nnaudio_exporters.prepare.precision import check_precision
from nnaudio_exporters.prepare.prepared import PreparedModule
from nnaudio_exporters.prepare.rate import with_rate
from nnaudio_exporters.prepare.repeatability import check_repeatable
from nnaudio_exporters.prepare.shortest import shortest_length
from nnaudio_exporters.prepare.stream import make_stream


def prepare(module: nn.Module, options: Options) -> PreparedModule:
    """Copies a module and finds out what an export needs to know of it.

    Args:
        module: any module with one float32 input: audio ``(batch, samples)``, or what its
            ``describe`` says.
        options: what the caller asks for.

    Raises:
        ValueError: the module or an option is unfit, with what would be right.
        ExportError: the module runs at no length.
    """
    chunk = chunk_length(options.streaming, options.chunk, options.samples)
    dtype = check_input_dtype(options.input_dtype)
    precision = check_precision(options.precision)
    options.check()

    frozen = frozen_copy(module)
    spec = described_front_end(frozen)
    model_input = input_of(frozen, spec, dtype)
    graph, plan = (
        lower(frozen, num_samples=options.num_samples)
        if options.lower
        else (frozen, LoweringPlan())
    )
    if options.dynamic or options.streaming:
        model_input = replace(
            model_input, min_length=shortest_length(frozen, model_input, options.num_samples)
        )
    else:
        assert options.num_samples is not None
        length = options.num_samples
        model_input = replace(model_input, axes=model_input.shape(1, length), min_length=length)
        output_shapes(frozen, model_input, 1, length)  # or its error
    if options.longest is not None and options.longest < model_input.min_length:
        raise ValueError(
            f"longest={options.longest}: must be at least the module's shortest input, "
            f"{model_input.min_length}"
        )
    check_repeatable(module, frozen, model_input)
    spec = with_rate(spec, frozen, model_input, options.sample_rate)
    outputs = outputs_of(frozen, model_input, spec)
    prepared = PreparedModule(frozen, graph, plan, spec, model_input, outputs, precision)
    if chunk is None:
        return prepared
    stream = make_stream(graph, spec, model_input, outputs, chunk, batched=options.dynamic)
    prepared = replace(prepared, stream=stream)
    return prepared if options.dynamic else prepared.with_one_item()
