"""The frozen copy of a module: on the CPU, in evaluation mode, with weights that stay."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from nnaudio_exporters.prepare.wrappers import unwrapped_copy


def frozen_copy(module: nn.Module) -> nn.Module:
    """Copies a module for inference.

    Raises:
        ValueError: it is no module, or one whose weights have no float32 values.
    """
    if not isinstance(module, nn.Module):
        raise ValueError(f"layer is a {type(module).__name__}: must be a torch.nn.Module")
    if isinstance(module, torch.jit.ScriptModule):
        raise ValueError("layer is scripted already: pass the nn.Module it was made from")
    _check_weights(module)
    return unwrapped_copy(module).cpu().requires_grad_(False).eval()


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
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            bad = (~torch.isfinite(tensor.detach())).nonzero()
            place, value = tuple(bad[0].tolist()), float(tensor.detach()[tuple(bad[0])])
            raise ValueError(
                f"{name} has {len(bad)} values that are NaN or infinite, the first {value} at "
                f"{list(place)}: must be finite; load a checkpoint from before training diverged"
            )


def weights_sha256(module: nn.Module) -> str:
    """Hash over names, shapes and bytes of all parameters and buffers of a frozen module."""
    digest = hashlib.sha256()
    weights = dict(module.named_parameters()) | dict(module.named_buffers())
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)};".encode())
        digest.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
