"""What options choose from."""

from __future__ import annotations

from enum import Enum


class Channels(str, Enum):
    """What becomes of several channels."""

    MIX = "mix"
    FIRST = "first"
    BATCH = "batch"


class Providers(str, Enum):
    """Where to run."""

    AUTO = "auto"
    CUDA = "cuda"
    CPU = "cpu"
