"""Keeps what PyTorch's exporters and ExecuTorch say of themselves out of the user's terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def quiet() -> Iterator[None]:
    """Neither warnings nor logs nor prints; errors still raise.

    Example:
        >>> with quiet():
        ...     print("graph dump")
    """
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
