"""How a constant-Q transform is split into octaves at halved sampling rates."""

import numpy as np
from numpy.typing import NDArray

from nnaudio_export.blocks.octave_decimation import OctaveDecimation, plan_decimation
from nnaudio_export.kernels.lowpass import half_band
from nnaudio_export.kernels.wavelets import decimated_wavelets
from nnaudio_export.layers.wavelet_plan import WaveletPlan

# A wavelet is kept intact up to this many bandwidths above its centre: the main lobe of a Hann
# window has 2, and its side lobes beyond 4 are below 0.6 %.
_BANDWIDTHS = 4
# Pass bands end here at the latest, in cycles per sample: closer to a quarter, the low-pass would
# need more than its 111 taps.
_LAST_PASS_EDGE = 0.22
# Early halvings end where the highest wavelet would no longer be sampled generously.
_LAST_EARLY_EDGE = 0.15


def plan_octaves(
    plan: WaveletPlan, *, hop_length: int, early_downsampling: bool
) -> tuple[NDArray[np.complex128], OctaveDecimation]:
    """Filters and halvings of all octaves.

    Returns:
        What the audio is correlated with in every octave, the highest first, complex
        ``(octaves, bins_per_octave, length)``, time 0 in the middle; and the way down.

    Raises:
        ValueError: the window is no good for octaves.
    """
    bins = len(plan.frequencies)
    per_octave = min(plan.bins_per_octave, bins)
    octaves = -(-bins // per_octave)
    frequencies, lengths = plan.frequencies[-per_octave:], plan.lengths[-per_octave:]
    top = frequencies[-1] * (1 + _BANDWIDTHS * plan.bandwidth) / plan.sr

    early = 0
    while early_downsampling and top * 2**early <= _LAST_EARLY_EDGE:
        if hop_length % 2 ** (early + 1):
            break  # no sample could be left out
        early += 1
    kernels = [
        decimated_wavelets(
            frequencies=frequencies / 2**octave,
            lengths=lengths * 2**octave,
            sr=plan.sr,
            step=2 ** (early + octave),
            window=plan.window,
            norm=plan.norm,
        )
        for octave in range(octaves)
    ]
    half = max(kernel.shape[1] for kernel in kernels) // 2
    bank = np.zeros((octaves, per_octave, 2 * half), dtype=np.complex128)
    for row, kernel in zip(bank, kernels, strict=True):
        margin = half - kernel.shape[1] // 2
        row[:, margin : 2 * half - margin] = np.conj(kernel)
    # After the early halvings, each octave's highest wavelet is half of the one before.
    edges = [top * 2.0 ** min(level, early - 1) for level in range(early + octaves - 1)]
    decimation = plan_decimation(
        [half_band(pass_edge=min(edge, _LAST_PASS_EDGE)) for edge in edges],
        hop_length=hop_length,
        frame_length=plan.width,
        filter_length=2 * half,
        early=early,
    )
    return bank, decimation
