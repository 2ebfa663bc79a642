"""Parity and searches as JSON."""

from __future__ import annotations

import math
from typing import Any

from nnaudio_exporters import ParityReport, SearchReport


def parity_json(report: ParityReport) -> dict[str, Any]:
    """What a parity report says."""
    return {
        "passed": report.passed,
        "worst": report.worst,
        "tolerance": report.tolerance,
        "engine": report.engine,
        "rows": [vars(row) for row in report.rows],
    }


def search_json(report: SearchReport, module: str = "") -> dict[str, Any]:
    """What a search says.

    Args:
        report: the search.
        module: Python that makes ``module``, for the program that shows a counter-example.
    """
    found = report.counterexample
    return {
        "passed": report.passed,
        "seconds": report.seconds,
        "cases": report.cases,
        "repeats": report.repeats,
        # JSON has no infinity: the outputs have other shapes, or there is none.
        "worst": report.worst if math.isfinite(report.worst) else None,
        "counterexample": found
        and {
            "fault": found.fault,
            "message": found.headline,
            "shape": found.shape,
            "output": found.output,
            "error": found.error if math.isfinite(found.error) else None,
            "allowed": found.allowed,
            "program": found.program(module),
        },
    }
