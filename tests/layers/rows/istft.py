"""Rows of the inverse short-time Fourier transform."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from layers import definitions
from layers.definitions import Real
from layers.rows.row import Array, Input, Row
from layers.rows.tolerances import SUM_2048

from nnaudio_export import ISTFT


def _istft_row(
    name: str,
    *,
    n_fft: int = 256,
    hop: int = 64,
    window: str = "hann",
    win_length: int | None = None,
    center: bool = True,
    onesided: bool = True,
    freq_bins: int | None = None,
    length: int | None = None,
    tolerance: float = 2e-6,  # as STFT, and the frames overlap
) -> Row:
    frames = partial(
        definitions.overlap_add,
        n_fft=n_fft,
        hop=hop,
        win_length=win_length,
        window=window,
        center=center,
        full=not onesided,
        length=length,
    )

    def weight(pairs: Real) -> Real:
        # The division by the sum of squared windows magnifies rounding where windows fade out.
        return np.minimum(1.0, np.sqrt(frames(pairs)[1]))

    return Row(
        id=f"istft-{name}",
        make=partial(
            ISTFT,
            n_fft=n_fft,
            win_length=win_length,
            freq_bins=freq_bins,
            hop_length=hop,
            window=window,
            center=center,
            onesided=onesided,
            length=length,
            verbose=False,
        ),
        definition=lambda pairs: frames(pairs)[0],
        tolerance=tolerance,
        # torch.istft refuses windows that are 0 at an end, and takes no full spectrum.
        reference=partial(
            _torch_istft,
            n_fft=n_fft,
            hop=hop,
            win_length=win_length or n_fft,
            window=window,
            center=center,
            length=length,
        )
        if onesided and freq_bins is None and (center or window != "hann")
        else None,
        reference_tolerance=2e-6,
        weight=weight,
        trainable={
            "trainable_kernels": ("overlap_add.kernel",),
            "trainable_window": ("overlap_add.window",),
        },
        bins=(freq_bins or n_fft // 2 + 1) if onesided else n_fft,
        frame=n_fft,
    )


def _torch_istft(
    pairs: Input,
    *,
    n_fft: int,
    hop: int,
    win_length: int,
    window: str,
    center: bool,
    length: int | None,
) -> Array:
    taper = definitions.window_values(window, win_length).astype(np.float32)
    audio = torch.istft(
        torch.view_as_complex(torch.from_numpy(pairs)),
        n_fft,
        hop,
        win_length,
        torch.from_numpy(taper),
        center=center,
        length=length,
    )
    return np.asarray(audio.numpy())


ROWS = (
    _istft_row("one-sided"),
    _istft_row("full", onesided=False),
    _istft_row("2048", n_fft=2048, hop=512, tolerance=SUM_2048),
    _istft_row("length", length=1000),
    _istft_row("win_length", n_fft=512, hop=100, win_length=400),
    _istft_row("odd-n_fft", n_fft=401, hop=100),
    _istft_row("odd-n_fft-full", n_fft=401, hop=100, onesided=False),
    _istft_row("hop-no-divisor", n_fft=512, hop=150),
    _istft_row("not-centred", center=False),
    _istft_row("not-centred-hamming", window="hamming", center=False),
    _istft_row("freq_bins", freq_bins=100),
)
