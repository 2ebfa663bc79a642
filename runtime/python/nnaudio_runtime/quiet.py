"""Keeps what PyTorch's exporters and ExecuTorch say of themselves out of the user's terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Silence:
    """What is silent while anybody asks for it, in any thread: the last one out restores it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = 0
        self._undo = contextlib.ExitStack()

    def enter(self) -> None:
        with self._lock:
            self._asked += 1
            if self._asked > 1:
                return
            self._undo.callback(logging.disable, logging.root.manager.disable)
            logging.disable(logging.CRITICAL)
            self._undo.enter_context(warnings.catch_warnings())
            self._undo.enter_context(contextlib.redirect_stdout(io.StringIO()))
            self._undo.enter_context(contextlib.redirect_stderr(io.StringIO()))
            warnings.simplefilter("ignore")

    def leave(self) -> None:
        with self._lock:
            self._asked -= 1
            if self._asked == 0:
                self._undo.close()


_silence = _Silence()


@contextmanager
def quiet() -> Iterator[None]:
    """Neither warnings nor logs nor prints; errors still raise.

    Example:
        >>> with quiet():
        ...     print("graph dump")
    """
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()
