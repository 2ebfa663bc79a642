"""The shortest input that a module accepts."""

from __future__ import annotations

from torch import nn

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.prepare.outputs import output_shapes

_LONGEST_TRIED = 2**20


def shortest_length(module: nn.Module, model_input: Input, hint: int | None) -> int:
    """The shortest length that a module accepts, at least what its front end asks for.

    Args:
        module: whose refusals are errors of any kind.
        model_input: its input.
        hint: a length to try first.

    Raises:
        ExportError: the module runs at no length, or returns no tensors.
    """
    refused, error = model_input.min_length - 1, None
    accepted = max(model_input.min_length, hint or 0) if hint else model_input.min_length
    while True:
        try:
            output_shapes(module, model_input, 1, accepted)
            break
        except ExportError:
            raise
        except Exception as caught:  # whatever the user's module raises says "too short"
            refused, error = accepted, caught
            accepted *= 2
        if accepted > _LONGEST_TRIED:
            raise ExportError(
                f"the module runs at no length from {model_input.min_length} to {refused}: "
                f"{error}\n"
                "If it takes one length only, pass num_samples=... and dynamic=False."
            ) from error
    while accepted - refused > 1:
        middle = (accepted + refused) // 2
        try:
            output_shapes(module, model_input, 1, middle)
            accepted = middle
        except Exception:
            refused = middle
    return accepted
