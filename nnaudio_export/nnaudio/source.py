"""An nnAudio layer taken apart: its class, the arguments that are known, and its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from nnaudio_export.nnaudio.signatures import CALL_ARGUMENTS, SIGNATURES, WITHOUT_EFFECT


@dataclass(frozen=True)
class Source:
    """An nnAudio layer taken apart.

    Attributes:
        layer: nnAudio's class name.
        arguments: constructor arguments by nnAudio's names, as far as they are known.
        call: arguments of the call that the converted layer has built in.
        weights: the state dict, on the CPU.
        parameters: names of those weights that are parameters → whether they need gradients.
        module: the live layer; None where it is a state dict.
        given: names of the arguments that the caller gave.
    """

    layer: str
    arguments: Mapping[str, Any]
    call: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    parameters: Mapping[str, bool]
    module: nn.Module | None = None
    given: frozenset[str] = field(default_factory=frozenset)

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute of the live layer; ``default`` where there is none."""
        return default if self.module is None else getattr(self.module, name, default)

    def needs(self, *names: str) -> dict[str, Any]:
        """The arguments of these names.

        Raises:
            ValueError: a live layer does not hold one of them, and the caller did not give it.
        """
        missing = [name for name in names if name not in self.arguments]
        if missing:
            raise ValueError(
                f"{self.layer}: nnAudio's layer does not keep {' and '.join(missing)}; pass "
                f"{', '.join(f'{name}=...' for name in missing)} as when the layer was made"
            )
        return {name: self.arguments[name] for name in names}

    def part(self, prefix: str, layer: str, **arguments: object) -> Source:
        """The layer inside this one whose weights begin with ``prefix``."""
        cut = len(prefix)
        own = {k: v for k, v in self.arguments.items() if k in SIGNATURES[layer]}
        return Source(
            layer=layer,
            arguments={**own, **arguments},
            call={},
            weights={k[cut:]: v for k, v in self.weights.items() if k.startswith(prefix)},
            parameters={k[cut:]: v for k, v in self.parameters.items() if k.startswith(prefix)},
            module=self.attribute(prefix[:-1]),
            given=self.given,
        )

    def octave(self, index: int, names: tuple[str, ...]) -> Source:
        """The same with the weights ``NAME_index`` alone, as ``NAME``."""
        weights = {name: self.weights[f"{name}_{index}"] for name in names}
        return replace(self, weights=weights, parameters={})

    def check_weights(self, expected: Mapping[str, tuple[int, ...] | None]) -> None:
        """Compares names and shapes of the weights with what the class has.

        Args:
            expected: name → shape; None for any.

        Raises:
            ValueError: names what is missing, left over or of another shape.
        """
        problems = []
        if missing := sorted(set(expected) - set(self.weights)):
            problems.append(f"has no {', '.join(missing)}")
        if extra := sorted(set(self.weights) - set(expected)):
            shown = ", ".join(extra[:6]) + (", ..." if len(extra) > 6 else "")
            problems.append(f"has {shown}, which {self.layer} does not have")
        if problems:
            raise ValueError(
                f"the state dict {' and '.join(problems)}: must hold exactly "
                f"{', '.join(expected)} (cut the prefix off a whole model's)"
            )
        for name, shape in expected.items():
            found = tuple(self.weights[name].shape)
            if shape is not None and found != shape:
                raise ValueError(
                    f"{name} has shape {found}: must be {shape} by the arguments of {self.layer}"
                )


def take_apart(
    obj: nn.Module | Mapping[str, Tensor], layer: str | None, arguments: Mapping[str, Any]
) -> Source:
    """A live layer or a state dict → :class:`Source`, arguments checked and filled in.

    Raises:
        TypeError: ``obj`` is neither.
        ValueError: an unknown class or argument, or one that contradicts the live layer.
    """
    if isinstance(obj, nn.Module):
        name = nnaudio_class(obj)
        if name is None:
            raise ValueError(
                f"{type(obj).__module__}.{type(obj).__qualname__} is no layer of nnAudio or "
                f"nnAudio2: must be one of {', '.join(SIGNATURES)}; convert_nnaudio takes a "
                "model that has some inside"
            )
        if layer is not None and layer != name:
            raise ValueError(f"layer={layer!r}: the layer is a {name}; leave layer out")
        known = _checked(name, arguments)
        return _live(obj, name, known)
    if not isinstance(obj, Mapping) or not all(isinstance(v, Tensor) for v in obj.values()):
        raise TypeError(
            f"obj is a {type(obj).__name__}: must be an nnAudio layer or its state dict of tensors"
        )
    if layer is None or layer not in SIGNATURES:
        raise ValueError(
            f"layer={layer!r}: must name the class of the state dict, one of "
            f"{', '.join(SIGNATURES)}"
        )
    known = _checked(layer, arguments)
    constructor, call = _split(layer, known)
    parameters = {
        name: True
        for flag, names in trainable_weights(layer).items()
        if constructor.get(flag)
        for name in names
        if name in obj
    }
    return Source(
        layer=layer,
        arguments={**SIGNATURES[layer], **constructor},
        call={**CALL_ARGUMENTS.get(layer, {}), **call},
        weights={name: value.detach().cpu() for name, value in obj.items()},
        parameters=parameters,
        given=frozenset(known),
    )


def nnaudio_class(module: nn.Module) -> str | None:
    """The class name of an nnAudio layer; None for any other module.

    Raises:
        ValueError: the module is of a class of your own that overrides nnAudio's ``forward``.
    """
    for base in type(module).__mro__:
        package = base.__module__.split(".")[0]
        if package in ("nnAudio", "nnAudio2") and base.__name__ in SIGNATURES:
            if type(module).forward is not getattr(base, "forward", None):
                raise ValueError(
                    f"{type(module).__qualname__} overrides the forward of nnAudio's "
                    f"{base.__name__}: what it adds would be lost; make it a module that holds "
                    f"a {base.__name__}"
                )
            return base.__name__
    return None


def trainable_weights(layer: str) -> dict[str, tuple[str, ...]]:
    """Argument that makes weights trainable → the names of those weights."""
    fourier, kernels = ("wsin", "wcos"), ("cqt_kernels_real", "cqt_kernels_imag")
    if layer in ("MelSpectrogram", "MFCC", "Gammatonegram"):
        prefix = "melspec_layer." if layer == "MFCC" else ""
        band = "trainable_bins" if layer == "Gammatonegram" else "trainable_mel"
        basis = "gammatone_basis" if layer == "Gammatonegram" else "mel_basis"
        return {
            band: (prefix + basis,),
            "trainable_STFT": tuple(f"{prefix}stft.{name}" for name in fourier),
        }
    table: dict[str, dict[str, tuple[str, ...]]] = {
        "STFT": {"trainable": fourier},
        "iSTFT": {
            "trainable_kernels": ("kernel_sin", "kernel_cos"),
            "trainable_window": ("window_mask",),
        },
        "CQT1992": {"trainable_STFT": fourier, "trainable_CQT": kernels},
        "CQT2010": {"trainable_STFT": fourier, "trainable_CQT": kernels},
        "CQT1992v2": {"trainable": kernels},
        "CQT": {"trainable": kernels},
        "CQT2010v2": {"trainable": kernels},
        # Only where it is a CQT1992v2: the other kernels are buffers whatever is asked for.
        "VQT": {"trainable": tuple(f"cqt.{name}" for name in kernels)},
    }
    return table.get(layer, {})


def _checked(layer: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    allowed = [*SIGNATURES[layer], *CALL_ARGUMENTS.get(layer, {})]
    for name in arguments:
        if name not in allowed and name not in WITHOUT_EFFECT:
            raise ValueError(
                f"{name}={arguments[name]!r}: nnAudio's {layer} takes {', '.join(allowed)}"
            )
    return {name: value for name, value in arguments.items() if name not in WITHOUT_EFFECT}


def _split(layer: str, known: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    call = CALL_ARGUMENTS.get(layer, {})
    return (
        {name: value for name, value in known.items() if name not in call},
        {name: value for name, value in known.items() if name in call},
    )


def _live(module: nn.Module, layer: str, known: Mapping[str, Any]) -> Source:
    from nnaudio_export.nnaudio.recover import recover

    constructor, call = _split(layer, known)
    certain, likely = recover(module, layer)
    for name, value in constructor.items():
        # What nnAudio takes per call too is the caller's to choose.
        if name in certain and name != "output_format" and certain[name] != value:
            raise ValueError(f"{name}={value!r}: the layer has {certain[name]!r}")
    return Source(
        layer=layer,
        arguments={**likely, **certain, **constructor},
        call={**CALL_ARGUMENTS.get(layer, {}), **call},
        weights={name: value.detach().cpu() for name, value in module.state_dict().items()},
        parameters={name: value.requires_grad for name, value in module.named_parameters()},
        module=module,
        given=frozenset(known),
    )


def real(tensor: Tensor) -> Any:
    """A weight as a float64 NumPy array."""
    return tensor.detach().to(torch.float64).numpy()
