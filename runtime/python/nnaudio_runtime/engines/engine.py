"""What a front end needs of the engine that runs its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from nnaudio_runtime.engines.placement import Placement
    from nnaudio_runtime.files.input_contract import InputContract


@runtime_checkable
class SupportsDlpack(Protocol):
    """An array of any library that shares its memory through DLPack.

    Reference: https://dmlc.github.io/dlpack/latest/python_spec.html
    """

    def __dlpack__(self, *, stream: int | None = None) -> Any:
        """A capsule around the memory."""
        ...

    def __dlpack_device__(self) -> tuple[int, int]:
        """Kind and number of the device."""
        ...


class Stepper(Protocol):
    """A streaming graph with a state of its own.

    Attributes:
        shapes: of the outputs of a run.
    """

    shapes: list[tuple[int, ...]]

    def step(self, chunk: NDArray[Any], present: NDArray[Any] | None) -> Sequence[NDArray[Any]]:
        """The outputs of a chunk, good until the next step; the state moves on."""
        ...

    def mark(self) -> None:
        """Remembers the state."""
        ...

    def rewind(self) -> None:
        """Goes back to the state that :meth:`mark` remembered."""
        ...

    def hold(self, rows: NDArray[np.intp]) -> None:
        """Gives some signals the state that :meth:`mark` remembered."""
        ...

    def clear(self, row: int) -> None:
        """Gives a signal the state of a beginning."""
        ...


class Engine(Protocol):
    """A loaded graph with one input, or a streaming one that takes its state too.

    Attributes:
        input_name: of the input.
        axes: one fixed size or one name per input axis.
        dtype: of the input.
        output_names: of the outputs.
        provider: what runs the graph.
        failures: what it raises where it cannot compute an input.
        plans_memory: whether the longest input is what a file has memory for.
    """

    input_name: str
    axes: tuple[str | int, ...]
    dtype: np.dtype[Any]
    output_names: tuple[str, ...]
    provider: str
    failures: tuple[type[Exception], ...]
    plans_memory: bool

    def run(self, array: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """The outputs for an array that the contract has admitted; safe to call from threads."""
        ...

    def run_device(
        self, array: SupportsDlpack, contract: InputContract
    ) -> Sequence[SupportsDlpack]:
        """The outputs for a DLPack array, on the engine's device."""
        ...

    def stepper(self, batch: int) -> Stepper:
        """A streaming graph's steps, for so many signals at once."""
        ...

    def placement(self) -> Placement:
        """Which node runs where."""
        ...
