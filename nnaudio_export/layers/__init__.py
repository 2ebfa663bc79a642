"""The transforms, and the one list of them. Many files, because each transform has its own.

A new layer is entered here, a line in each half: the package, nnAudio's spellings, the command
line, the gallery and the tests read :data:`LAYERS`. Nothing is imported before it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # for editors and type checkers
    from nnaudio_export.layers.cfp import CFP as CFP
    from nnaudio_export.layers.cfp import (
        CombinedFrequencyPeriodicity as CombinedFrequencyPeriodicity,
    )
    from nnaudio_export.layers.cqt1992 import CQT1992 as CQT1992
    from nnaudio_export.layers.cqt1992v2 import CQT as CQT
    from nnaudio_export.layers.cqt1992v2 import CQT1992v2 as CQT1992v2
    from nnaudio_export.layers.cqt2010 import CQT2010 as CQT2010
    from nnaudio_export.layers.cqt2010v2 import CQT2010v2 as CQT2010v2
    from nnaudio_export.layers.gammatonegram import Gammatonegram as Gammatonegram
    from nnaudio_export.layers.griffin_lim import GriffinLim as GriffinLim
    from nnaudio_export.layers.icqt import ICQT as ICQT
    from nnaudio_export.layers.inverse_mel import InverseMel as InverseMel
    from nnaudio_export.layers.istft import ISTFT as ISTFT
    from nnaudio_export.layers.layer import Layer
    from nnaudio_export.layers.mel import MelSpectrogram as MelSpectrogram
    from nnaudio_export.layers.mfcc import MFCC as MFCC
    from nnaudio_export.layers.stft import STFT as STFT
    from nnaudio_export.layers.vqt import VQT as VQT

Family = Literal["Fourier", "constant-Q", "pitch", "inverse"]


class Entry(NamedTuple):
    """A layer of the list.

    Attributes:
        name: of the class.
        module: of this package, where the class is.
        family: what kind of transform it is.
        nnaudio: nnAudio's spelling, where it is another one.
        gallery: whether docs/gallery.md shows it.
    """

    name: str
    module: str
    family: Family
    nnaudio: str = ""
    gallery: bool = True

    def load(self) -> "type[Layer]":
        """The class."""
        found: type[Layer] = getattr(import_module(f"{__name__}.{self.module}"), self.name)
        return found


LAYERS = (
    Entry("STFT", "stft", "Fourier"),
    Entry("MelSpectrogram", "mel", "Fourier"),
    Entry("MFCC", "mfcc", "Fourier"),
    Entry("Gammatonegram", "gammatonegram", "Fourier"),
    Entry("CQT", "cqt1992v2", "constant-Q"),
    Entry("CQT1992v2", "cqt1992v2", "constant-Q"),
    Entry("CQT1992", "cqt1992", "constant-Q"),
    Entry("CQT2010v2", "cqt2010v2", "constant-Q"),
    Entry("CQT2010", "cqt2010", "constant-Q"),
    Entry("VQT", "vqt", "constant-Q"),
    Entry("CFP", "cfp", "pitch"),
    Entry("CombinedFrequencyPeriodicity", "cfp", "pitch", "Combined_Frequency_Periodicity"),
    Entry("ISTFT", "istft", "inverse", "iSTFT"),
    Entry("ICQT", "icqt", "inverse", "iCQT"),
    Entry("GriffinLim", "griffin_lim", "inverse", "Griffin_Lim"),
    Entry("InverseMel", "inverse_mel", "inverse"),
)
"""In the order in which they are shown."""


def __getattr__(name: str) -> object:
    for entry in LAYERS:
        if entry.name == name:
            return entry.load()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
