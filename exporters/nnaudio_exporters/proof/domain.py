"""The domain of a file: the lengths and batches for which its graph is the module.

A trace took one way through the code. Where a size would have led another way, module and file are
compared there: most conditions make no difference, and the others bound the domain, or leave none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nnaudio_exporters.errors import ExportError
from nnaudio_exporters.prepare.assumptions import Condition
from nnaudio_exporters.prepare.inputs import Input
from nnaudio_exporters.proof.sizes import where_it_fails

Agree = Callable[[int, int], bool]
"""Whether module and file give the same for noise of a batch and a length; or both refuse it."""


def bounded_domain(
    model_input: Input, conditions: Sequence[Condition], longest: int, agree: Agree
) -> tuple[Input, list[str]]:
    """The input within the bounds for which the file holds.

    Args:
        model_input: as the module takes it.
        conditions: what the trace assumed.
        longest: length up to which is looked.
        agree: compares module and file.

    Returns:
        The input, and a remark for each bound.

    Raises:
        ExportError: the sizes for which the file would hold have gaps.
    """
    remarks = []
    for condition in conditions:
        failing, held_batches, held_lengths = where_it_fails(condition, model_input, longest)
        if not failing or (not condition.own and all(agree(*size) for size in failing)):
            continue
        if held_lengths is not None:
            _refuse_gaps(condition, held_lengths, longest)
            if held_lengths.start > model_input.min_length:
                model_input = replace(model_input, min_length=held_lengths.start)
            if held_lengths.stop <= longest:
                model_input = replace(model_input, max_length=held_lengths.stop - 1)
        if held_batches is not None:
            model_input = replace(
                model_input,
                min_batch=max(model_input.min_batch, held_batches.start),
                max_batch=held_batches.stop - 1 if held_batches.stop <= 16 else None,
            )
        remarks.append(f"{condition.text}" + (f" ({condition.place})" if condition.place else ""))
    return model_input, remarks


def _refuse_gaps(condition: Condition, held: range, longest: int) -> None:
    """A file has one range of lengths: refuses a condition that holds again beyond it."""
    near = range(held.stop + 1, min(held.stop + 700, longest))
    beyond = [n for n in near if condition.holds(2, n)]
    if not beyond:
        return
    where = f" ({condition.place})" if condition.place else ""
    raise ExportError(
        f"the module goes another way where not {condition.text}{where}: it holds for lengths of "
        f"{held.start} to {held.stop - 1} and again of {beyond[0]}, and a file goes one way for "
        "all its lengths. Write it without a branch, or export one length with dynamic=False and "
        "num_samples=..."
    )
