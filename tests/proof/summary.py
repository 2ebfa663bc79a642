"""A table of verdicts: how many files are right, what was refused and why, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from proof.judge import KINDS, Verdict

_LINES = 25


def summary(verdicts: Sequence[Verdict]) -> str:
    """Lines of text for people."""
    count = len(verdicts)
    if not count:
        return "no models"
    lines = [f"{count} models"]
    for kind in KINDS:
        chosen = [verdict for verdict in verdicts if verdict.kind == kind]
        lines.append(f"{kind:<14}{len(chosen):>6}{100 * len(chosen) / count:>7.1f} %")
        excused = sum(verdict.fault is not None for verdict in chosen)
        if kind == "right" and excused:
            lines.append(f"{excused:>10}  above four times the module's own rounding somewhere")
        if kind != "right":
            causes = Counter(verdict.cause or _headline(verdict) for verdict in chosen)
            lines += [f"{number:>10}  {cause}" for cause, number in causes.most_common(_LINES)]
    exported, whole = (sum(verdict.seconds[i] for verdict in verdicts) / count for i in (0, 1))
    lines.append(f"{whole:.1f} s a model, of which {exported:.1f} s for the export")
    return "\n".join([*lines, *_by_part(verdicts)])


def _by_part(verdicts: Sequence[Verdict]) -> list[str]:
    """Which parts the models have whose files are not right, the worst share first."""
    tags = Counter(tag for verdict in verdicts for tag in verdict.model.tags)
    kinds = Counter((tag, verdict.kind) for verdict in verdicts for tag in verdict.model.tags)
    bad = {tag: 1 - kinds[tag, "right"] / number for tag, number in tags.items()}
    worst = sorted((tag for tag in tags if bad[tag] > 0), key=lambda tag: (-bad[tag], tag))
    lines = ["", f"{'models with':<28}" + "".join(f"{kind:>14}" for kind in KINDS)]
    for tag in worst:
        cells = (f"{kinds[tag, kind] or '':>14}" for kind in KINDS)
        lines += [f"{tag:<28}{''.join(cells)}"]
    return lines


def _headline(verdict: Verdict) -> str:
    return verdict.message.splitlines()[0][:110] if verdict.message else "?"
