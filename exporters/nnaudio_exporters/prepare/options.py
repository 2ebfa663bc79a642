"""What the callers of every export may ask for, as they say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The arguments that all formats share, in the order of their signatures.

    Attributes:
        num_samples: the fixed length of the input, without ``dynamic``; else a length to try first.
        dynamic: leave batch and length open.
        streaming: make a graph that takes chunks.
        chunk: the length of a chunk in seconds.
        samples: the same in samples (frames, where the input has frames).
        lower: give the graph the faster equals of the module's parts.
        precision: name of the number format that the graph computes in.
        input_dtype: of the file's input.
        longest: length up to which a module that looks at the whole signal is proved; None for ten
            minutes, or as far as is reasonable to run.
        sample_rate: of the input in Hz, where something in front of the front end changes it.
    """

    num_samples: int | None = None
    dynamic: bool = True
    streaming: bool = False
    chunk: float | None = None
    samples: int | None = None
    lower: bool = True
    precision: str = "fp32"
    input_dtype: str = "float32"
    longest: int | None = None
    sample_rate: int | None = None

    def check(self) -> None:
        """Checks what can be said of lengths before anything is known of the module.

        Raises:
            ValueError: the options exclude one another, or a length is out of its range.
        """
        if self.streaming and self.num_samples is not None:
            raise ValueError(
                f"num_samples={self.num_samples} with streaming=True: a stream has no fixed "
                "length; that of a chunk is chunk=... or samples=..."
            )
        if self.streaming and self.precision != "fp32":
            raise ValueError(
                f"precision={self.precision!r} with streaming=True: a chunk is too small to gain "
                "by it; use 'fp32'"
            )
        if not self.dynamic and self.num_samples is None and not self.streaming:
            raise ValueError("dynamic=False needs num_samples, the fixed length of the input")
        longest = self.longest
        if longest is not None and (
            isinstance(longest, bool) or not isinstance(longest, int) or longest < 1
        ):
            raise ValueError(f"longest={longest!r}: must be a whole number of at least 1")
        if self.num_samples is not None and self.num_samples < 1:
            raise ValueError(f"num_samples={self.num_samples}: must be at least 1")
