"""What lowering did, and how it was measured."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LoweredPart:
    """What became of one front end.

    Attributes:
        name: path in the module, ``""`` for the module itself.
        layer: class name.
        method: what it became; ``"as it is"`` where it stays.
        multiplications: per frame, before and after.
        error: largest error in float64, relative to the largest output; 0 where it stays.
        rounding: largest error of float32 against float64, before and after.
        row_error: as ``error``, of each row (bin or filter) relative to its own largest value: what
            is faint beside the loudest row, and counts all the same behind a logarithm.
        exact: it differs by rounding only: nothing is let through that the filters stop, and no
            sample is read that they do not read.
    """

    name: str
    layer: str
    method: str
    multiplications: tuple[int, int]
    error: float
    rounding: tuple[float, float]
    row_error: float
    exact: bool

    def __str__(self) -> str:
        before, after = (count / 1e3 for count in self.multiplications)
        return (
            f"{self.name or self.layer}: {self.method}, {before:,.0f} -> {after:,.0f} thousand "
            f"multiplications a frame, error {self.error:.0e}, per row {self.row_error:.0e}"
        )


@dataclass(frozen=True)
class ErrorBehind:
    """How far the module's outputs move where its front ends are replaced.

    Attributes:
        signal: on which they came closest to what is allowed.
        error: there, in float64, relative to the output's scale.
        allowed: there.
    """

    signal: str
    error: float
    allowed: float

    def __str__(self) -> str:
        return f"what is behind: error {self.error:.0e}, allowed {self.allowed:.0e} ({self.signal})"


@dataclass(frozen=True)
class LoweringPlan:
    """What lowering did; ``str`` is a readable table.

    Attributes:
        parts: the front ends.
        behind: what their errors come to in the module's outputs; None where it was not measured.
    """

    parts: tuple[LoweredPart, ...] = field(default=())
    behind: ErrorBehind | None = None

    @property
    def error(self) -> float:
        """The largest error of a part, and of the module's outputs."""
        behind = self.behind.error if self.behind else 0.0
        return max((behind, *(part.error for part in self.parts)))

    def __str__(self) -> str:
        if not self.parts:
            return "nothing to lower"
        lines = [str(part) for part in self.parts]
        # Of a front end alone, its own error says it all.
        if any(part.name for part in self.parts):
            lines.append(str(self.behind) if self.behind else "what is behind was not measured")
        return "\n".join(lines)
