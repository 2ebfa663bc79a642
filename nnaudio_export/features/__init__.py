"""The layers under nnAudio's own spellings, so that changing the import line is a migration.

Its modules (``features.cqt``, ``features.mel`` ...) have the names of nnAudio's.

Example:
    >>> from nnaudio_export import features
    >>> features.iSTFT is features.ISTFT
    True
"""

from typing import TYPE_CHECKING

from nnaudio_export.layers import LAYERS

if TYPE_CHECKING:  # for editors and type checkers
    from nnaudio_export.layers import *  # noqa: F403
    from nnaudio_export.layers import ICQT, ISTFT, CombinedFrequencyPeriodicity, GriffinLim

    iCQT = ICQT  # noqa: N816 - nnAudio's names
    iSTFT = ISTFT  # noqa: N816
    Griffin_Lim = GriffinLim
    Combined_Frequency_Periodicity = CombinedFrequencyPeriodicity

_ENTRIES = {name: entry for entry in LAYERS for name in (entry.name, entry.nnaudio) if name}
__all__ = sorted(_ENTRIES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name not in _ENTRIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _ENTRIES[name].load()
