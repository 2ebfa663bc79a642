"""The module to export, made ready: a frozen copy, its shapes and its description."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from nnaudio_contract import Axes, Described, LayerSpec
from nnaudio_runtime.files.domain import Domain, brought_into
from nnaudio_runtime.files.pcm import InputDtype, from_pcm, to_pcm
from nnaudio_runtime.files.selftest import Measure, generated_pcm, generated_signal
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare import lowering
from nnaudio_exporters.prepare.lowering import LoweringPlan
from nnaudio_exporters.prepare.pcm import FromPCM
from nnaudio_exporters.prepare.precision import FP32, Precision, with_islands
from nnaudio_exporters.prepare.stream_form import ChunkLength, Stream, make_stream

# Longest input tried when looking for the shortest one that a module accepts.
_LONGEST_TRIED = 2**20


@dataclass(frozen=True)
class Subject:
    """A module ready for export.

    Attributes:
        module: copy on the CPU, in evaluation mode, without gradients.
        graph: its faster equal, which the file holds; the module itself without lowering.
        plan: what lowering did.
        spec: description of the front end in it; None where it has none.
        input_name: of the only input.
        input_axes: symbolic (str) and fixed (int) axes of the input.
        input_domain: which values the input takes.
        input_dtype: of the file's input. The module itself always gets float32.
        precision: that the file computes in.
        output_names: one per output.
        output_axes: symbolic and fixed axes, one tuple per output.
        min_length: shortest input along the length axis.
        max_length: longest input that the file takes; None where there is no bound.
        stream: its streaming form, which the file then holds; None for a graph of whole signals.
    """

    module: nn.Module
    graph: nn.Module
    plan: LoweringPlan
    spec: LayerSpec | None
    input_name: str
    input_axes: Axes
    input_domain: Domain
    input_dtype: InputDtype
    precision: Precision
    output_names: tuple[str, ...]
    output_axes: tuple[Axes, ...]
    min_length: int
    stream: Stream | None = None
    max_length: int | None = None

    @property
    def written_inputs(self) -> dict[str, Axes]:
        """Names and axes of the file's inputs."""
        if self.stream is None:
            return {self.input_name: self.input_axes}
        spec, batch = self.stream.spec, self.input_axes[0]
        chunk = tuple(
            spec.chunk if axis in ("samples", "frames") else axis for axis in self.input_axes
        )
        inputs: dict[str, Axes] = {
            self.input_name: chunk,
            spec.state_input: (batch, spec.state_size),
        }
        if spec.present is not None:
            inputs[spec.present] = (batch, spec.chunk // spec.hop)
        return inputs

    @property
    def written_outputs(self) -> dict[str, Axes]:
        """Names and axes of the file's outputs."""
        outputs = dict(zip(self.output_names, self.output_axes, strict=True))
        if self.stream is None:
            return outputs
        spec, batch = self.stream.spec, self.input_axes[0]
        lengths = self.stream.output_lengths
        for (name, axes), length in zip(outputs.items(), lengths, strict=True):
            outputs[name] = tuple(
                axis if isinstance(axis, int) else batch if axis == "batch" else length
                for axis in axes
            )
        return outputs | {spec.state_output: (batch, spec.state_size)}

    def example(self) -> tuple[Tensor, ...]:
        """Inputs for tracing the file's graph."""
        # PyTorch specialises on batch 1; two items keep the axis open. The length is one that
        # parity never tries; where there is a bound, the bound: what PyTorch assumes of a length
        # while it traces (that a convolution is large, say) may then not lower it.
        length = 2 * self.min_length + 6 if self.dynamic else self.min_length
        length = self.max_length or length
        sizes = {"batch": 2, "samples": length, "frames": length}
        signal, *others = (
            tuple(axis if isinstance(axis, int) else sizes[axis] for axis in axes)
            for axes in self.written_inputs.values()
        )
        values = self.for_file(self.admitted(generated_signal(signal, seed=1)))
        return torch.from_numpy(values), *(torch.ones(shape) for shape in others)

    @property
    def measure(self) -> Measure:
        """How errors of the output are measured."""
        return self.spec.measure if self.spec and self.is_front_end else "relative"

    def weight(self, signal: NDArray[np.floating]) -> NDArray[np.floating] | None:
        """How much each output value counts for this input, see :class:`LayerSpec`."""
        if not (self.spec and self.is_front_end and self.spec.weight):
            return None
        with torch.inference_mode():
            return self.spec.weight(torch.from_numpy(signal)).numpy()

    @property
    def is_front_end(self) -> bool:
        """The module is itself a front end, not a larger one that contains one."""
        return isinstance(self.module, Described)

    @property
    def dynamic(self) -> bool:
        """The length is symbolic."""
        return any(axis in ("samples", "frames") for axis in self.input_axes)

    def input_shape(self, batch: int, length: int) -> tuple[int, ...]:
        """The input's shape for a batch size and a length."""
        return tuple(
            axis if isinstance(axis, int) else batch if axis == "batch" else length
            for axis in self.input_axes
        )

    def whole_graph(self) -> nn.Module:
        """A copy of what the file holds: the graph in its precision, behind what reads PCM."""
        if self.stream is not None:
            return copy.deepcopy(self.stream.module)
        example = torch.from_numpy(self.generated(1, self.min_length))
        graph = with_islands(copy.deepcopy(self.graph), self.precision, example)
        return nn.Sequential(FromPCM(), graph).eval() if self.input_dtype == "int16" else graph

    def generated(self, batch: int, length: int, seed: int = 1) -> NDArray[np.float32]:
        """A generated input of a batch size and a length, with values that the module takes."""
        shape = self.input_shape(batch, length)
        if self.input_dtype == "int16":
            return from_pcm(generated_pcm(shape, seed))
        return brought_into(self.input_domain, generated_signal(shape, seed))

    def admitted(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """The input that the module and the file can both be given, nearest to a signal."""
        if self.input_dtype == "int16":
            return from_pcm(to_pcm(signal))
        return brought_into(self.input_domain, signal)

    def for_file(self, admitted: NDArray[np.float32]) -> NDArray[np.generic]:
        """The same input as the file takes it."""
        return to_pcm(admitted) if self.input_dtype == "int16" else admitted

    def run(
        self, signal: NDArray[np.floating], module: nn.Module | None = None
    ) -> dict[str, Tensor]:
        """Runs the module, or another form of it, in eager mode: input → outputs by name."""
        outputs = _outputs(module or self.module, torch.from_numpy(signal))
        return dict(zip(self.output_names, outputs, strict=True))

    def in_double(self) -> Subject:
        """The same in float64."""
        double = copy.deepcopy(self.module).double()
        graph = copy.deepcopy(self.graph).double()
        spec = double.describe() if isinstance(double, Described) else self.spec
        return replace(self, module=double, graph=graph, spec=spec)

    def weights_sha256(self) -> str:
        """Hash over names, shapes and bytes of all parameters and buffers."""
        digest = hashlib.sha256()
        weights = dict(self.module.named_parameters()) | dict(self.module.named_buffers())
        for name, tensor in sorted(weights.items()):
            digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)};".encode())
            digest.update(
                tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            )
        return digest.hexdigest()


def prepare(
    module: nn.Module,
    *,
    num_samples: int | None,
    dynamic: bool,
    lower: bool = True,
    streaming: ChunkLength | None = None,
    input_dtype: InputDtype = "float32",
    precision: Precision = FP32,
) -> Subject:
    """Copies a module and finds out what an export needs to know of it.

    Args:
        module: any module with one float32 input: audio ``(batch, samples)``, or what its
            ``describe`` says.
        num_samples: the fixed length, for ``dynamic=False``; else a length to try first.
        dynamic: leave batch and length open.
        lower: give the graph the faster equals of the module's parts.
        streaming: the length of a chunk; None for a graph of whole signals.
        input_dtype: of the file's input.
        precision: that the file computes in.

    Raises:
        ValueError: the module or an argument is unfit, with what would be right.
        ExportError: the module runs at no length.
    """
    if not isinstance(module, nn.Module):
        raise ValueError(f"layer is a {type(module).__name__}: must be a torch.nn.Module")
    if isinstance(module, torch.jit.ScriptModule):
        raise ValueError("layer is scripted already: pass the nn.Module it was made from")
    if streaming is not None and num_samples is not None:
        raise ValueError(
            f"num_samples={num_samples} with streaming=True: a stream has no fixed length; that of "
            "a chunk is chunk=... or samples=..."
        )
    if streaming is not None and precision is not FP32:
        raise ValueError(
            f"precision={precision.name!r} with streaming=True: a chunk is too small to gain by "
            "it; use 'fp32'"
        )
    if not dynamic and num_samples is None and streaming is None:
        raise ValueError("dynamic=False needs num_samples, the fixed length of the input")
    if num_samples is not None and num_samples < 1:
        raise ValueError(f"num_samples={num_samples}: must be at least 1")
    _check_weights(module)
    frozen = copy.deepcopy(module).cpu().requires_grad_(False).eval()
    spec = _front_end(frozen)
    entrance = _entrance(frozen)
    if entrance is None and spec and "samples" in spec.input_axes:
        entrance = spec
    _check_takes(input_dtype, entrance)
    graph, plan = lowering.lower(frozen) if lower else (frozen, LoweringPlan())
    subject = Subject(
        module=frozen,
        graph=graph,
        plan=plan,
        spec=spec,
        input_name=entrance.input_name if entrance else "audio",
        input_axes=entrance.input_axes if entrance else ("batch", "samples"),
        input_domain=entrance.input_domain if entrance else "any",
        input_dtype=input_dtype,
        precision=precision,
        output_names=(),
        output_axes=(),
        min_length=spec.min_length if spec else 1,
    )
    if dynamic or streaming is not None:
        subject = replace(subject, min_length=_shortest(subject, num_samples))
    else:
        assert num_samples is not None
        axes = subject.input_shape(1, num_samples)
        subject = replace(subject, input_axes=axes, min_length=num_samples)
        _probe(subject, 1, num_samples)
    _check_repeatable(module, subject)
    subject = _with_outputs(subject)
    if streaming is None:
        return subject
    subject = replace(subject, stream=make_stream(subject, streaming, batched=dynamic))
    return subject if dynamic else of_one_item(subject)


def of_one_item(subject: Subject) -> Subject:
    """The same for a batch of one."""

    def fixed(axes: Axes) -> Axes:
        return tuple(1 if axis == "batch" else axis for axis in axes)

    outputs = tuple(fixed(axes) for axes in subject.output_axes)
    return replace(subject, input_axes=fixed(subject.input_axes), output_axes=outputs)


def _check_takes(input_dtype: InputDtype, entrance: LayerSpec | None) -> None:
    if input_dtype == "int16" and entrance and "samples" not in entrance.input_axes:
        raise ValueError(
            f"input_dtype='int16': {entrance.layer} takes {entrance.input_name!r} "
            f"({', '.join(map(str, entrance.input_axes))}), which is no PCM audio; leave 'float32'"
        )


def _check_weights(module: nn.Module) -> None:
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if tensor.is_meta:
            raise ValueError(
                f"{name} is on the meta device and has no values: load the weights first"
            )
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            raise ValueError(
                f"{name} has dtype {tensor.dtype}: must be torch.float32, call .float() first"
            )


def _front_end(module: nn.Module) -> LayerSpec | None:
    """The description of the front end; of several, the first with the largest minimum."""
    if isinstance(module, Described):
        return module.describe()
    specs = list(_outermost(module))
    if not specs:
        return None
    audio = [spec for spec in specs if "samples" in spec.input_axes] or specs
    rates = {spec.sample_rate for spec in audio}
    if len(rates) > 1:
        raise ValueError(
            f"the module has front ends for {', '.join(map(str, sorted(rates)))} Hz: "
            "one graph takes audio of one sampling rate"
        )
    hop = next((spec for spec in audio if spec.hop_length is not None), audio[0])
    return replace(
        audio[0],
        min_length=max(spec.min_length for spec in audio),
        hop_length=hop.hop_length,
        frame_offset=hop.frame_offset,
    )


def _entrance(module: nn.Module) -> LayerSpec | None:
    """The front end that is certain to take the module's own input; None where that is unknown."""
    if isinstance(module, Described):
        return module.describe()
    if isinstance(module, nn.Sequential) and len(module):
        return _entrance(module[0])
    return None


def _outermost(module: nn.Module) -> Iterator[LayerSpec]:
    for child in module.children():
        if isinstance(child, Described):
            yield child.describe()
        else:
            yield from _outermost(child)


def _outputs(module: nn.Module, signal: Tensor) -> list[Tensor]:
    with torch.inference_mode():
        result = module(signal)
    return [tensor for _, tensor in _named_outputs(result)]


def _named_outputs(result: object) -> list[tuple[str, Tensor]]:
    """Outputs of a module with their names, ``""`` where nothing names them."""
    if isinstance(result, Tensor):
        return [("", result)]
    if isinstance(result, Mapping):
        pairs = [(str(name), value) for name, value in result.items()]
    elif isinstance(result, Sequence):
        names = getattr(result, "_fields", [""] * len(result))  # a named tuple has fields
        pairs = list(zip(names, result, strict=True))
    else:
        pairs = []
    if not pairs or not all(isinstance(value, Tensor) for _, value in pairs):
        raise ExportError(
            f"the module returns {type(result).__name__}: must return a tensor, or a tuple, list "
            "or dict of tensors"
        )
    return pairs


def _probe(subject: Subject, batch: int, length: int) -> list[tuple[int, ...]]:
    """The output shapes for an input shape; the module's own error where it refuses it."""
    signal = subject.generated(batch, length)
    shapes = [tuple(output.shape) for output in _outputs(subject.module, torch.from_numpy(signal))]
    if any(math.prod(shape) == 0 for shape in shapes):
        raise ValueError(f"an input of length {length} gives an empty output")
    return shapes


def _shortest(subject: Subject, hint: int | None) -> int:
    """The shortest length that the module accepts, at least what its front end asks for."""
    refused, error = subject.min_length - 1, None
    accepted = max(subject.min_length, hint or 0) if hint else subject.min_length
    while True:
        try:
            _probe(subject, 1, accepted)
            break
        except ExportError:
            raise
        except Exception as caught:  # whatever the user's module raises says "too short"
            refused, error = accepted, caught
            accepted *= 2
        if accepted > _LONGEST_TRIED:
            raise ExportError(
                f"the module runs at no length from {subject.min_length} to {refused}: {error}\n"
                "If it takes one length only, pass num_samples=... and dynamic=False."
            ) from error
    while accepted - refused > 1:
        middle = (accepted + refused) // 2
        try:
            _probe(subject, 1, middle)
            accepted = middle
        except Exception:
            refused = middle
    return accepted


def _check_repeatable(module: nn.Module, subject: Subject) -> None:
    """Refuses a module whose output depends on chance, its own history or the training mode."""
    sizes = (2, 2 * subject.min_length) if subject.dynamic else (1, subject.min_length)
    signal = torch.from_numpy(subject.generated(*sizes))
    expected = _outputs(subject.module, signal)
    if not _same(expected, lambda: _outputs(subject.module, signal)):
        raise ValueError(
            "layer gives two outputs for one input: its forward must not draw random numbers or "
            "change its own state"
        )
    if not module.training:
        return
    # Without gradients, as the subject: PyTorch multiplies matrices in another order with them.
    training = copy.deepcopy(module).cpu().requires_grad_(False).train()
    if not _same(expected, lambda: _outputs(training, signal)):
        culprits = [
            f"{type(child).__name__} {name!r}"
            for name, child in training.named_modules()
            if "Drop" in type(child).__name__ or "Norm" in type(child).__name__
        ]
        raise ValueError(
            "layer is in training mode, where its output differs from evaluation mode"
            f"{' (' + ', '.join(culprits) + ')' if culprits else ''}: call .eval() first"
        )


def _same(expected: list[Tensor], run: Callable[[], list[Tensor]]) -> bool:
    try:
        with torch.random.fork_rng(devices=[]):
            found = run()
    except Exception:  # batch norm refuses a single value in training mode, for one
        return False
    return all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))


def _with_outputs(subject: Subject) -> Subject:
    """Adds names and axes of the outputs, read off runs at two batch sizes and two lengths."""
    length = subject.min_length
    signal = subject.generated(1, length)
    with torch.inference_mode():
        named = _named_outputs(subject.module(torch.from_numpy(signal)))
    base = [tuple(output.shape) for _, output in named]
    described = subject.spec.outputs if subject.spec and subject.is_front_end else ()
    if len(described) != len(named):
        described = ()
    names = []
    for index, (name, _) in enumerate(named):
        default = "output" if len(named) == 1 else f"output_{index}"
        names.append(described[index][0] if described else name or default)
    if not subject.dynamic:
        axes: tuple[Axes, ...] = tuple(base)
    elif described:
        symbolic = ("batch", "frames", "samples")
        axes = tuple(
            tuple(
                axis if axis in symbolic else size
                for axis, size in zip(axes_of, shape, strict=True)
            )
            for (_, axes_of), shape in zip(described, base, strict=True)
        )
    else:
        axes = _dynamic_axes(subject, base)
    return replace(subject, output_names=tuple(names), output_axes=axes)


def _dynamic_axes(subject: Subject, base: list[tuple[int, ...]]) -> tuple[Axes, ...]:
    length = subject.min_length
    # Far enough apart that every axis that grows with the length has grown.
    longer = 3 * length + 2 * ((subject.spec and subject.spec.hop_length) or length)
    batched, long = _probe(subject, 2, length), _probe(subject, 1, longer)
    own, other = "samples", "frames"
    if own not in subject.input_axes:
        own, other = other, own
    names: dict[tuple[int, int], str] = {(length, longer): own}
    result = []
    for shapes in zip(base, batched, long, strict=True):
        axes: list[str | int] = []
        for size, size_batched, size_long in zip(*shapes, strict=True):
            if size_batched != size:
                axes.append("batch")
            elif size_long != size:
                new = other if len(names) == 1 else f"{other}_{len(names)}"
                axes.append(names.setdefault((size, size_long), new))
            else:
                axes.append(size)
        result.append(tuple(axes))
    return tuple(result)
