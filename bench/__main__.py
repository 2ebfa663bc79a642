"""``python -m bench``: measures, prints the report and writes it to ``bench/RESULTS.md``."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.figures import startup_figures, streaming_figures
from bench.machine import cores
from bench.report import figure_table, render
from bench.running import measure_startup, measure_streams, run
from bench.workloads import TIMED

_RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    keys = [work.key for work in TIMED]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two workloads, few rounds")
    parser.add_argument(
        "--only", nargs="+", choices=keys, metavar="WORK", help=f"some of: {', '.join(keys)}"
    )
    parser.add_argument(
        "--threads",
        type=_thread_counts,
        default=sorted({1, cores()}),
        metavar="N,N",
        help="default: 1 and all cores",
    )
    parser.add_argument(
        "--output",
        type=Path,
        help="file for the report; by default bench/RESULTS.md for a whole run, else none",
    )
    parser.add_argument(
        "--streaming", action="store_true", help="only the figures of streams, on the terminal"
    )
    parser.add_argument(
        "--startup", action="store_true", help="only the figures of help screens and imports"
    )
    options = parser.parse_args()
    if options.streaming:
        print(figure_table(streaming_figures(measure_streams())))
        return
    if options.startup:
        print(figure_table(startup_figures(measure_startup())))
        return
    workloads = [
        work
        for work in TIMED
        if (work.key in options.only if options.only else work.quick or not options.quick)
    ]
    whole = workloads == list(TIMED) and options.threads == sorted({1, cores()})
    output = options.output or (_RESULTS if whole else None)
    results = run(workloads, options.threads, quick=options.quick)
    report = render(results, "python -m bench" + (" --quick" if options.quick else ""))
    print(report)
    if output:
        output.write_text(report, encoding="utf-8")


def _thread_counts(text: str) -> list[int]:
    counts = [int(part) for part in text.split(",")]
    if min(counts) < 1:
        raise ValueError(text)
    return counts


if __name__ == "__main__":
    main()
