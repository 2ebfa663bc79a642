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
from nnaudio_exporters.proof.sizes import ENDLESS, ENDLESS_BATCH, Failing, where_it_fails

Agree = Callable[[int, int], bool]
"""Whether module and file give the same for noise of a batch and a length; or both refuse it."""


def bounded_domain(
    model_input: Input, conditions: Sequence[Condition], reach: int, agree: Agree
) -> tuple[Input, list[str]]:
    """The input within the bounds for which the file holds.

    Args:
        model_input: as the module takes it.
        conditions: what the trace assumed.
        reach: longest length that can be tried.
        agree: compares module and file.

    Returns:
        The input, and a remark for each bound.

    Raises:
        ExportError: the sizes for which the file would hold have gaps.
    """
    remarks = []
    # The user's own branches first: what lies beyond them says nothing of other conditions. Those
    # that fail here and there (whether a length is whole hops) come last: most make no difference.
    looked = [(one, where_it_fails(one, model_input, reach)) for one in conditions]
    order = sorted(looked, key=lambda each: (not each[0].own, each[1].gaps))
    for condition, _ in order:
        found = where_it_fails(condition, model_input, min(reach, model_input.max_length or reach))
        if found.batches is None and found.lengths is None:
            continue
        sizes = [(model_input.admitted_batch(batch), length) for batch, length in found.sizes]
        # What fails only where nothing can be tried bounds the file.
        if not condition.own and sizes and all(agree(*size) for size in sizes):
            continue
        model_input = _within(model_input, condition, found)
        remarks.append(f"{condition.text}" + (f" ({condition.place})" if condition.place else ""))
    return model_input, remarks


def _within(model_input: Input, condition: Condition, found: Failing) -> Input:
    """The input within the range for which a condition holds."""
    if found.lengths is not None:
        if found.gaps:
            raise ExportError(_gaps(condition, found.lengths))
        if found.lengths.start > model_input.min_length:
            model_input = replace(model_input, min_length=found.lengths.start)
        if found.lengths.stop <= (model_input.max_length or ENDLESS):
            model_input = replace(model_input, max_length=found.lengths.stop - 1)
    if found.batches is not None:
        least, most = found.batches.start, found.batches.stop - 1
        model_input = replace(
            model_input,
            min_batch=max(model_input.min_batch, least),
            max_batch=min(most, model_input.max_batch or most)
            if most < ENDLESS_BATCH
            else model_input.max_batch,
        )
    return model_input


def _gaps(condition: Condition, held: range) -> str:
    where = f" ({condition.place})" if condition.place else ""
    return (
        f"the module goes another way where not {condition.text}{where}: that holds for lengths of "
        f"{held.start} to {held.stop - 1}, and beyond for some but not for others, and a file goes "
        "one way for all its lengths. Write it without a branch, or export one length with "
        "dynamic=False and num_samples=..."
    )
