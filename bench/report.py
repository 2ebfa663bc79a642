"""The report, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import floor, lengths, memory, overhead, startup, streaming
from bench.contenders import OURS
from bench.figures import Figure, figures
from bench.speed import limit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.results import Results
    from bench.workloads import Workload

_NONE = "-"
_METHOD = f"""\
- Each result is first checked against the contender whose ratio is 1; the column "difference" is
  the largest difference over the largest value. Who computes something a little different says so
  below the table. Where an inverse has more than one right answer, "difference" is the distance of
  the result's own transform from what was given, over its norm.
- `ours, ONNX` and `ours, TorchScript` are lowered, as exports are by default; `ours, textbook
  ONNX` and `ours, eager` are not.
- `PyTorch` is `torch.stft(...).abs()`, with `.square()` for power, or `torch.istft`; `PyTorch,
  squares` writes re² + im² out, which is faster.
- Contenders take turns, in a new order in every round, all in one process per number of threads.
  With more than one, 0.2 s pass before a turn, in which the threads of the one before fall asleep.
  A time is the median over the rounds, a ratio the median of the rounds' own ratios.
- Freed memory stays in the process (glibc's `MALLOC_TRIM_THRESHOLD_`, `MALLOC_MMAP_MAX_`), so that
  no contender's time holds the page faults that another one causes.
- Layers, sessions, windows and mel filters are prepared before; librosa is called as its users
  call it, and makes its mel filters in every call. `ours, ONNX` runs through nnaudio_runtime,
  checks of the input included. `ONNX STFT op` is a graph on that operator, in ONNX Runtime.
- {memory.METHOD}
- {overhead.METHOD}
- {streaming.METHOD}
- {startup.METHOD}
- {lengths.METHOD}
- {floor.METHOD}
- Accuracy: the largest error over the recordings in `examples/audio`, as a part of the largest
  value (MFCC: of the range; phase: in radians on the circle, where the magnitude is above 1e-4 of
  its maximum, with the angle by which the STFT's limit turns the weakest such bin)."""


def render(results: Results, command: str) -> str:
    """The whole report."""
    sections = [
        f"# Results\n\nPrinted and written by `{command}`.",
        "\n".join(f"- {name}: {text}" for name, text in results.machine.items()),
        "## Our ONNX graph against the others",
        "Time of `ours, ONNX`, and its ratio to each of the others: below 1, ours is faster.",
        _summary(results),
        "## Figures",
        figure_table(figures(results)),
        "## Accuracy",
        _accuracy(results),
        "## Each work",
        *(
            f"### {work.title}, {work.amount}\n\n{_work(results, work)}"
            for work in results.workloads
        ),
        "## Cost per second of audio",
        "From one second to ten minutes, one thread.",
        _lengths(results),
        "## Floor",
        _rates(results),
        _floor(results),
        "## Lowering",
        "Multiplications a frame, in thousands, as the plan of an export counts them.",
        _plans(results),
        "## Where our ONNX graph's time goes",
        "Milliseconds of a call by operator, from ONNX Runtime's profiler, one thread.",
        _nodes(results),
        "## Method",
        _METHOD,
    ]
    return "\n\n".join(sections) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A Markdown table that is also aligned in a terminal.

    Args:
        header: of the columns.
        rows: their cells.
        texts: how many of the columns are text; those after it are numbers.

    Example:
        >>> print(table(["who", "ms"], [["ours", "1.5"], ["theirs", "12.0"]]))
        | who    |   ms |
        |--------|-----:|
        | ours   |  1.5 |
        | theirs | 12.0 |
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if column < texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rules = ["-" * (w + 1) + ("-" if c < texts else ":") for c, w in enumerate(widths)]
    return "\n".join([line(header), f"|{'|'.join(rules)}|", *map(line, rows)])


def _threads(count: int) -> str:
    return f"{count} thread{'s' * (count > 1)}"


def _summary(results: Results) -> str:
    others = list(
        dict.fromkeys(
            name
            for work in results.workloads
            for name in results.rounds(work, results.threads[0]).seconds
            if name != OURS
        )
    )
    rows = []
    for work in results.workloads:
        for threads in results.threads:
            rounds = results.rounds(work, threads)
            ratios = [
                f"{rounds.ratio(OURS, name):.2f}" if name in rounds.seconds else _NONE
                for name in others
            ]
            own = f"{1e3 * rounds.median(OURS):.2f}"
            rows.append([f"{work.title}, {work.amount}", str(threads), own, *ratios])
    return table(["work", "threads", "ms", *(f"÷ {name}" for name in others)], rows)


def figure_table(found: Iterable[Figure]) -> str:
    """Figures with their limits."""
    rows = [
        [
            figure.what,
            f"{figure.value:.{figure.digits}f} {figure.unit}".strip(),
            _NONE if figure.limit is None else f"{figure.limit:g} {figure.unit}".strip(),
            _NONE if figure.limit is None else _met(figure.met),
        ]
        for figure in found
    ]
    return table(["figure", "value", "limit", "met"], rows)


def _accuracy(results: Results) -> str:
    rows = []
    for row in results.accuracy:
        errors = row["errors"]
        rows.append(
            [
                row["what"],
                row["against"],
                *(
                    f"{errors[form]:.1e}" if form in errors else _NONE
                    for form in ("eager", "TorchScript", "ONNX")
                ),
                f"{row['limit']:.0e}",
                _met(max(errors.values()) <= row["limit"]),
            ]
        )
    return table(["what", "against", "eager", "TorchScript", "ONNX", "limit", "met"], rows, texts=2)


def _met(met: bool) -> str:
    return "yes" if met else "**no**"


def _work(results: Results, work: Workload) -> str:
    header = ["contender"]
    for threads in results.threads:
        count = results.rounds(work, threads).count
        header += [f"{_threads(threads)}, ms", f"÷ {work.reference} ({count} rounds)"]
    header += ["peak memory, MB", "libraries, MB", "file, kB", "difference"]
    names = results.rounds(work, results.threads[0]).seconds
    lines = [table(header, [list(_contender(results, work, name)) for name in names])]
    lines += [
        f"`{name}` is similar, not the same: it {similar.reason}. Its difference may be up to "
        f"{limit_of(work, name):g}."
        for name, similar in work.similar.items()
    ]
    if work.consistent is not None:
        lines.append(
            "More than one answer is right: the difference is that of the result's own transform "
            f"from what was given, and may be up to {work.consistent:g}."
        )
    return "\n\n".join(lines)


def _contender(results: Results, work: Workload, name: str) -> Iterator[str]:
    yield name
    for threads in results.threads:
        rounds = results.rounds(work, threads)
        yield f"{1e3 * rounds.median(name):.2f}"
        yield f"{rounds.ratio(name, work.reference):.2f}"
    used = results.memory[work.key].get(name)
    yield f"{used['peak'] / 1e6:.0f}" if used else _NONE
    yield f"{used['libraries'] / 1e6:.0f}" if used else _NONE
    size = results.sizes[work.key].get(name)
    yield f"{size / 1e3:,.0f}" if size else _NONE
    yield f"{results.difference(work, name):.1e}"


def _lengths(results: Results) -> str:
    rows = [
        [
            work.title,
            f"{row['seconds']:g}",
            f"{row['milliseconds']:.2f}",
            f"{row['peak'] / 1e6:.0f}",
        ]
        for work in results.workloads
        for row in results.lengths.get(work.key, ())
    ]
    return table(["work", "seconds", "ms per second", "peak, MB"], rows)


def _rates(results: Results) -> str:
    rates = "; ".join(
        f"{_threads(threads)}: {rate['flops'] / 1e9:.0f} GFLOP/s, {rate['bytes'] / 1e9:.1f} GB/s"
        for threads, rate in results.rates.items()
    )
    return (
        f"What no graph can beat on this machine, which multiplies and copies with {rates}. "
        "Milliseconds."
    )


def _floor(results: Results) -> str:
    rows = []
    for work in results.workloads:
        nodes = results.nodes[work.key]
        for threads, rate in results.rates.items():
            multiplying, moving = (1e3 * nodes[kind] / rate[kind] for kind in ("flops", "bytes"))
            measured = 1e3 * results.rounds(work, threads).median(OURS)
            rows.append(
                [
                    f"{work.title}, {work.amount}",
                    str(threads),
                    f"{nodes['flops'] / 1e6:,.0f}",
                    f"{multiplying:.2f}",
                    f"{nodes['bytes'] / 1e6:,.0f}",
                    f"{moving:.2f}",
                    f"{measured:.2f}",
                    f"{measured / max(multiplying, moving):.1f}",
                ]
            )
    header = ["work", "threads", "MFLOP", "to multiply", "MB", "to move", "measured", "÷ floor"]
    return table(header, rows)


def _plans(results: Results) -> str:
    rows = []
    for work in results.workloads:
        for part in results.plans[work.key]:
            before, after = (f"{number / 1e3:,.0f}" for number in part["multiplications"])
            rows.append([work.title, part["method"], before, after, f"{part['error']:.0e}"])
    return table(["work", "lowered to", "before", "after", "error"], rows, texts=2)


def _nodes(results: Results) -> str:
    rows = []
    for work in results.workloads:
        nodes = results.nodes[work.key]["seconds"]
        parts = ", ".join(f"{name} {1e3 * seconds:.2f}" for name, seconds in nodes.items())
        rows.append([work.title, f"{1e3 * sum(nodes.values()):.2f}", parts])
    return table(["work", "all", "by operator"], rows, texts=3)
