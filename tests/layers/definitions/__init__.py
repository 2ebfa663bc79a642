"""The transforms as their definitions state them, in float64 NumPy.

Written from the mathematics and from librosa's documentation, with explicit sums where they can
be afforded: nothing here comes from the package under test.
"""

from layers.definitions.cfp import combined_frequency_periodicity, periodic_frames
from layers.definitions.cqt import bin_frequencies, cqt, cqt_by_octaves, filter_length, wavelet
from layers.definitions.fourier import (
    Real,
    Spectrum,
    Window,
    as_pairs,
    centred_window,
    clear_phase,
    cos_sin,
    overlap_add,
    phase,
    spaced_frequencies,
    stft,
    window_values,
)
from layers.definitions.gammatone import gammatonegram
from layers.definitions.griffin_lim import griffin_lim
from layers.definitions.icqt import icqt
from layers.definitions.inverse_mel import inverse_mel
from layers.definitions.mel import dct, decibel, hz_to_mel, mel, mel_filters, mel_to_hz

__all__ = [
    "Real",
    "Spectrum",
    "Window",
    "as_pairs",
    "bin_frequencies",
    "centred_window",
    "clear_phase",
    "combined_frequency_periodicity",
    "cos_sin",
    "cqt",
    "cqt_by_octaves",
    "dct",
    "decibel",
    "filter_length",
    "gammatonegram",
    "griffin_lim",
    "hz_to_mel",
    "icqt",
    "inverse_mel",
    "mel",
    "mel_filters",
    "mel_to_hz",
    "overlap_add",
    "periodic_frames",
    "phase",
    "spaced_frequencies",
    "stft",
    "wavelet",
    "window_values",
]
