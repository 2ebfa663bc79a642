"""A table of verdicts: how many files are right, what was refused and why, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from proof.judge import Verdict


def summary(verdicts: Sequence[Verdict]) -> str:
    """Lines of text for people."""
    count = len(verdicts)
    if not count:
        return "no models"
    lines = [f"{count} models"]
    for kind in ("right", "wrong", "refused", "wrong reason", "broken"):
        chosen = [verdict for verdict in verdicts if verdict.kind == kind]
        lines.append(f"{kind:<14}{len(chosen):>6}{100 * len(chosen) / count:>7.1f} %")
        excused = sum(verdict.fault is not None for verdict in chosen)
        if kind == "right" and excused:
            lines.append(f"{excused:>10}  above four times the module's own rounding somewhere")
        if kind != "right":
            causes = Counter(verdict.cause or _headline(verdict) for verdict in chosen)
            lines += [f"{number:>10}  {cause}" for cause, number in causes.most_common(25)]
    exported, whole = (sum(verdict.seconds[i] for verdict in verdicts) / count for i in (0, 1))
    lines.append(f"{whole:.1f} s a model, of which {exported:.1f} s for the export")
    return "\n".join(lines)


def _headline(verdict: Verdict) -> str:
    return verdict.message.splitlines()[0][:110] if verdict.message else "?"
