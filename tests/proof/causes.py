"""Which words a refusal must contain, by the kind of model: it must name the true cause."""

from __future__ import annotations

import re

from nnaudio_exporters import ParityError
from proof.model import Model

CAUSES = {
    # What no file can be right about.
    "random branch": r"random|chance|repeat|two outputs",
    "random noise": r"random|dropout|repeat|two outputs",
    "counter": r"state|repeat|calls|counts|two outputs",
    "running state": r"state|repeat|buffer|average",
    "bad weight": r"(nan|inf|finite).*bad|bad.*(nan|inf|finite)",
    "bad filter": r"matrix.*(inf|finite)|(inf|finite).*matrix",
    "bad convolution": r"conv\.weight.*(nan|finite)|(nan|finite).*conv\.weight",
    "branch on values": r"values? of|depends on (the )?(data|values|audio)|data.dependent",
    # What a format or an option cannot do.
    "fp16": r"fp16|half precision",
    "streaming": r"stream.*(whole|future|frames?|state|ahead|input|pad|frame by frame)|chunk",
    "torchscript": r"TorchScript",
    # What the caller has to say.
    "rate unsaid": r"sample_rate|sampling rate|\brate\b",
    "channel mean": r"channel|inputs=|axes",
    # What may be bounded, and where it cannot be, is refused.
    "branch on frames": r"length|longest|bound|samples|frames",
    "branch on batch": r"batch",
    "branch on parity": r"length|odd|even|samples|frames",
    "even samples": r"length|odd|even|samples|frames",
    "padding when short": r"length|shortest|samples|bound",
    "cut to seconds": r"length|longest|samples|bound",
    "first frames": r"length|longest|samples|frames|bound",
    "at most": r"length|longest|samples|frames|bound",
    "clock": r"arange|clock|16,?777,?216|2\^24|longest|bound",
    "pieces": r"length|pieces|split|chunk|samples|frames|bound",
}
"""Tag → a pattern for the message, where a refusal may be right."""

# What engines and tools say of a fault that they met, in place of its cause.
_SYMPTOMS = re.compile(
    r"runs at no length|graph refuses batch|cannot compute this input|size of tensor|constant "
    r"folding|unexpected keyword|dynamic_shapes|unhinted|Timing\(|!inf|object has no attribute|"
    r"NaN or infinite everywhere|call \.to\("
)


def true_cause(model: Model, error: Exception) -> str | None:
    """The tag of the model that a refusal names; None where it names another cause, or none."""
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, ParityError):  # a table of errors is a symptom
        told = told.replace(str(error.report), "")
    if _SYMPTOMS.search(told):
        return None
    for tag in (model.unsound, *model.tags):
        pattern = CAUSES.get(tag)
        if pattern and re.search(pattern, told, re.IGNORECASE | re.DOTALL):
            return tag
    return None
