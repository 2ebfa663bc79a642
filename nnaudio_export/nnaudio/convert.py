"""From nnAudio's layers, live or as state dicts, to ours."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from nnaudio_export.layers.layer import Layer
from nnaudio_export.nnaudio import (
    convert_constant_q,
    convert_fourier,
    convert_others,
    landweber,
)
from nnaudio_export.nnaudio.convert_octaves import faults as multirate_faults
from nnaudio_export.nnaudio.convert_octaves import multirate
from nnaudio_export.nnaudio.repair import repaired
from nnaudio_export.nnaudio.signatures import CALL_ARGUMENTS, SIGNATURES
from nnaudio_export.nnaudio.source import Source, nnaudio_class, take_apart


@dataclass(frozen=True)
class _Kind:
    """How a class of nnAudio is converted.

    Attributes:
        convert: to a layer with the same numbers.
        faults: what is wrong with these numbers.
        repair: to a layer with right numbers; None: ``convert`` gives them.
        same: ``convert`` gives the same numbers as nnAudio.
    """

    convert: Callable[[Source], Layer]
    faults: Callable[[Source], list[str]] = lambda source: []  # noqa: ARG005
    repair: Callable[[Source], Layer] | None = None
    same: bool = True


def _vqt(source: Source) -> Layer:
    """nnAudio2's VQT holds a CQT1992v2 where gamma is 0; else it is a cascade of octaves."""
    return (
        convert_constant_q.cqt1992v2(_inner_cqt(source)) if _is_cqt(source) else multirate(source)
    )


def _vqt_faults(source: Source) -> list[str]:
    return [] if _is_cqt(source) else multirate_faults(source)


def _is_cqt(source: Source) -> bool:
    return "cqt.lenghts" in source.weights


def _inner_cqt(source: Source) -> Source:
    inner = source.part("cqt.", "CQT1992v2", norm=source.arguments["basis_norm"])
    return replace(inner, call=source.call)


_SPECTRAL = _Kind(
    convert_constant_q.cqt1992,
    convert_constant_q.faults_of_cqt1992,
    lambda source: convert_constant_q.cqt1992(source, repair=True),
)
_TIME = _Kind(convert_constant_q.cqt1992v2)
_OCTAVES = _Kind(multirate, multirate_faults, repaired)
_KINDS: Mapping[str, _Kind] = {
    "STFT": _Kind(convert_fourier.stft),
    "iSTFT": _Kind(convert_fourier.istft),
    "MelSpectrogram": _Kind(convert_fourier.mel),
    "MFCC": _Kind(
        convert_fourier.mfcc,
        convert_fourier.faults_of_mfcc,
        lambda source: convert_fourier.mfcc(source, repair=True),
    ),
    "CQT1992": _SPECTRAL,
    "CQT1992v2": _TIME,
    "CQT": _TIME,
    "CQT2010": _OCTAVES,
    "CQT2010v2": _OCTAVES,
    "Gammatonegram": _Kind(convert_others.gammatonegram),
    "CFP": _Kind(convert_others.cfp),
    "Combined_Frequency_Periodicity": _Kind(convert_others.cfp),
    "Griffin_Lim": _Kind(
        convert_others.griffin_lim, convert_others.faults_of_griffin_lim, same=False
    ),
    "iCQT": _Kind(landweber.icqt, landweber.faults, landweber.repaired_icqt),
    "VQT": _Kind(_vqt, _vqt_faults, repaired),
}


def from_nnaudio(
    obj: nn.Module | Mapping[str, Tensor],
    *,
    layer: str | None = None,
    repair: bool = False,
    **arguments: Any,
) -> Layer:
    """Turns a layer of nnAudio (0.3.4) or nnAudio2 (2.0.3) into one of ours: the same numbers.

    Kernels are taken over, trained ones included; parameters stay parameters. nnAudio itself is
    not imported.

    A model that was trained on a faulty transform depends on the fault, so it is reproduced, with
    a warning that names it.

    Args:
        obj: a live layer, or its state dict.
        layer: class name of the state dict, e.g. ``"CQT1992v2"``; a live layer needs none.
        repair: right numbers in place of nnAudio's where nnAudio has a fault, from a new layer of
            ours with the same arguments; kernels that were trained on the fault are dropped.
        **arguments: for a state dict, the constructor's arguments, by nnAudio's names and with
            its defaults. For a live layer, those that it does not keep (``sr`` of some). And
            what nnAudio takes per call: ``onesided`` and ``length`` of iSTFT,
            ``normalization_type`` of the constant-Q layers.

    Returns:
        The layer, on the same device, in the same dtype and mode. Its ``config`` has the
        arguments as far as they are known.

    Raises:
        TypeError: ``obj`` is neither a module nor a state dict of tensors.
        ValueError: the class, an argument or a weight is none of nnAudio's; or nnAudio's layer
            itself runs on no audio.

    Warns:
        UserWarning: names the fault that the layer reproduces or that was repaired.

    Example:
        >>> import torch
        >>> state = {  # torch.load("checkpoint.pt"), say
        ...     "wsin": torch.zeros(5, 1, 8),
        ...     "wcos": torch.ones(5, 1, 8),
        ...     "window_mask": torch.ones(1, 8, 1),
        ... }
        >>> stft = from_nnaudio(state, layer="STFT", n_fft=8, output_format="Magnitude")
        >>> stft(torch.ones(1, 5)).shape
        torch.Size([1, 5, 3])
    """
    source = take_apart(obj, layer, arguments)
    kind = _KINDS[source.layer]
    faults = kind.faults(source)
    converted = kind.repair(source) if faults and repair and kind.repair else kind.convert(source)
    if faults:
        warnings.warn(
            _about(source, faults, converted, same=kind.same and not repair), stacklevel=2
        )
    if isinstance(obj, nn.Module):
        converted.train(obj.training)
    tensors = obj.state_dict() if isinstance(obj, nn.Module) else obj
    floating = [t for t in tensors.values() if t.is_floating_point()]
    if floating:
        # iSTFT has a float64 window beside its kernels.
        reference = max(floating, key=Tensor.numel)
        converted.to(device=reference.device, dtype=reference.dtype)
    return converted


def convert_nnaudio(model: nn.Module, *, repair: bool = False, **arguments: Any) -> nn.Module:
    """A copy of a model in which every nnAudio layer, at any depth, is one of ours.

    Args:
        model: any module; it stays as it is.
        repair: see :func:`from_nnaudio`.
        **arguments: see :func:`from_nnaudio`; they go to every layer that takes them.

    Returns:
        The copy. What reads ``self.layer(x, output_format=...)`` in the model's ``forward`` still
        works.

    Raises:
        ValueError: there is no such layer, or one cannot be converted; the message says where.

    Example:
        >>> convert_nnaudio(nn.Sequential(nn.Linear(2, 2)))
        Traceback (most recent call last):
            ...
        ValueError: Sequential holds no layer of nnAudio or nnAudio2
    """
    found: dict[int, Any] = {}
    _collect(model, "", found, {"repair": repair, **arguments})
    if not found:
        raise ValueError(f"{type(model).__name__} holds no layer of nnAudio or nnAudio2")
    # A copy takes what is here already, instead of copying it.
    return copy.deepcopy(model, found)


def _about(source: Source, faults: list[str], converted: Layer, *, same: bool) -> str:
    said = f"nnAudio's {source.layer}: {'; '.join(faults)}. "
    if same:
        return said + "The converted layer does the same; repair=True gives the right numbers."
    kept = len(list(converted.parameters())) >= len(source.parameters)
    lost = "" if kept else " Trained kernels were dropped: they compensate for the fault."
    return said + f"The converted layer does not.{lost}"


def _collect(module: nn.Module, path: str, found: dict[int, Any], options: dict[str, Any]) -> None:
    """Converts the outermost nnAudio layers: id → layer of ours."""
    if id(module) in found:
        return
    try:
        name = nnaudio_class(module)
        if name is not None:
            taken = {"repair", *SIGNATURES[name], *CALL_ARGUMENTS.get(name, {})}
            own = {option: value for option, value in options.items() if option in taken}
            found[id(module)] = from_nnaudio(module, **own)
            return
    except ValueError as error:
        raise ValueError(f"{path or 'the model'}: {error}") from error
    for name, child in module.named_children():
        _collect(child, f"{path}.{name}" if path else name, found, options)
