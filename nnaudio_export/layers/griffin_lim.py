"""Audio from a magnitude spectrogram."""

import copy
from typing import Any

import numpy as np
import torch
from nnaudio_contract import LayerSpec, SelectRows
from torch import Tensor, nn

from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.inputs import MagnitudeInput
from nnaudio_export.blocks.overlap_add import Crop, Trim
from nnaudio_export.blocks.padding import PAD_MODES, centre_pad
from nnaudio_export.blocks.phase_retrieval import IntegratedPhase, MomentumPhase, Polar
from nnaudio_export.checks import number, one_of, whole_number
from nnaudio_export.fast.split_dft.recognition import recognised_pair
from nnaudio_export.fast.split_dft.split_bank import SplitPair
from nnaudio_export.kernels.fourier import bin_weights, fourier_kernels
from nnaudio_export.kernels.windows import Window, centred_window
from nnaudio_export.layers.framing import Framed, fewest_frames, frame_sizes, shortest_audio
from nnaudio_export.layers.layer import check_sample_rate
from nnaudio_export.weights import register_weight
from nnaudio_export.window_sum import window_sum


class GriffinLim(Framed):
    """Audio whose magnitude spectrogram is the given one: the fast Griffin-Lim algorithm.

    Starts from a phase that the magnitudes themselves suggest, no random one, then repeats: to
    audio, back to a spectrum, keep its phase and restore the magnitudes. The number of
    repetitions is fixed, so that an exported graph is a straight line. It magnifies rounding: two
    correct programs agree to 1e-5 after two repetitions, and after 32 to 1e-2 or better, with the
    same spectral convergence.

    Args:
        n_fft: samples of a frame.
        n_iter: repetitions.
        hop_length: samples from one frame to the next; None for ``n_fft // 4``.
        window: the analysis window, a name that :func:`scipy.signal.get_window` knows.
        center: the magnitudes come from a centred transform; its padding is cut off.
        pad_mode: padding of that transform, ``"reflect"`` or ``"constant"``.
        momentum: from 0, the plain algorithm; values near 1 converge faster, above 1 may not.
        device: where the layer is created, as ``torch.device`` takes it.
        length: samples of the output; None for all that the frames cover.
        sr: sampling rate in Hz, for the description of an exported graph.

    Shape:
        - Input: magnitudes ``(batch, n_fft // 2 + 1, frames)``, at least 0; at least
          :attr:`min_frames` frames.
        - Output: ``(batch, samples)``, ``samples = length`` or, with ``center``,
          ``n_fft + (frames - 1) * hop_length - 2 * (n_fft // 2)``.

    Raises:
        ValueError: an argument is out of its range, or the magnitudes do not fit.

    Reference:
        N. Perraudin, P. Balazs and P. Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013,
        doi:10.1109/WASPAA.2013.6701851. The start: :class:`IntegratedPhase`.

    Example:
        >>> import torch
        >>> from nnaudio_export import STFT
        >>> stft = STFT(n_fft=256, hop_length=64, output_format="Magnitude")
        >>> magnitude = stft(torch.sin(torch.arange(4096.0) / 5)[None])
        >>> audio = GriffinLim(n_fft=256, hop_length=64)(magnitude)
        >>> audio.shape
        torch.Size([1, 4096])
        >>> bool(torch.dist(stft(audio), magnitude) < 0.15 * magnitude.norm())
        True
    """

    bin_weight: Tensor  # (bins, 1)
    window: Tensor  # (n_fft,)

    def __init__(
        self,
        n_fft: int,
        n_iter: int = 32,
        hop_length: int | None = None,
        win_length: int | None = None,
        window: Window = "hann",
        center: bool = True,
        pad_mode: str = "reflect",
        momentum: float = 0.99,
        device: str = "cpu",
        *,
        length: int | None = None,
        sr: float = 22050,
        verbose: bool = True,
    ) -> None:
        super().__init__(locals())
        n_fft = whole_number("n_fft", n_fft, minimum=2)
        hop = max(n_fft // 4, 1) if hop_length is None else hop_length
        n_fft, win_length, hop_length = frame_sizes(n_fft, win_length, hop)
        one_of("pad_mode", pad_mode, PAD_MODES)
        momentum = number("momentum", momentum, minimum=0)
        self.sr = check_sample_rate(sr)
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.bins = n_fft // 2 + 1
        self.start = n_fft // 2 if center else 0
        self.min_frames = fewest_frames(
            shortest_audio(n_fft, center=center, pad_mode=pad_mode),
            frame_length=n_fft,
            hop_length=hop_length,
            trimmed=2 * self.start,
        )

        taper = centred_window(window=window, win_length=win_length, n_fft=n_fft)
        self.magnitude = MagnitudeInput("magnitude", self.bins, self.min_frames)
        self.phase = IntegratedPhase(taper, hop_length=hop_length)
        self.polar = Polar()
        # The inverse of a frame's transform is its transpose, with these weights of the bins.
        register_weight(
            self, "bin_weight", bin_weights(n_fft=n_fft, bins=self.bins)[:, None], trainable=False
        )
        register_weight(self, "window", taper, trainable=False)
        self.trim = Trim(self.start, self.start)
        self.pad = centre_pad(self.start, pad_mode, center=center)
        self.bank: FilterBank | SplitPair = FilterBank(
            fourier_kernels(bins=np.arange(self.bins, dtype=np.float64), n_fft=n_fft) * taper,
            hop_length=hop_length,
            trainable=False,
        )
        n_iter = whole_number("n_iter", n_iter, minimum=0)
        self.order: nn.Module = nn.Identity()  # of the bank's bins
        # One module for each repetition: a list of modules is unrolled in every graph. The first
        # repetition has nothing before it that could lead on.
        self.updates = nn.ModuleList(
            MomentumPhase(momentum if index else 0.0) for index in range(n_iter)
        )
        self.last: nn.Module = Trim(self.start, self.start)
        if length is not None:
            self.last = Crop(self.start, whole_number("length", length))
        self.to(device)
        self.created(verbose)

    def forward(self, magnitude: Tensor) -> Tensor:
        """Magnitudes ``(batch, bins, frames)`` → audio ``(batch, samples)``."""
        magnitude = self.magnitude(magnitude)
        return self.refined(magnitude, self.phase(magnitude))

    def refined(self, magnitude: Tensor, phase: Tensor) -> Tensor:
        """The audio, from a phase to start with."""
        magnitude, phase = self.order(magnitude), self.order(phase)
        weighted = magnitude * self.bin_weight
        spectrum = self.polar(weighted, phase)
        weight = window_sum(self.window, spectrum, self.hop_length)
        previous = spectrum
        for update in self.updates:
            audio = self.trim(self.bank.adjoint(spectrum) / weight)
            rebuilt = self.bank(self.pad(audio))
            spectrum = update(rebuilt, previous, magnitude, weighted)
            previous = rebuilt
        return self.last((self.bank.adjoint(spectrum) / weight).squeeze(1))

    def __call__(self, magnitude: Tensor, phase: Tensor | None = None) -> Any:
        """As :meth:`forward`; in eager mode it takes a phase to start from.

        Args:
            magnitude: ``(batch, n_fft // 2 + 1, frames)``, at least 0.
            phase: in radians, of the same shape; None for the layer's own.
        """
        if phase is None:
            return super().__call__(magnitude)
        magnitude = self.magnitude(magnitude)
        if not isinstance(phase, Tensor) or phase.shape != magnitude.shape:
            raise ValueError(
                f"phase has shape {tuple(getattr(phase, 'shape', ()))}: must be a tensor of the "
                f"magnitude's shape {tuple(magnitude.shape)}"
            )
        return self.refined(magnitude, phase)

    def lowered(self, tolerance: float) -> nn.Module:  # noqa: ARG002 - exact
        assert isinstance(self.bank, FilterBank)
        pair = recognised_pair(self.bank.kernel, self.hop_length)
        if pair is None:
            return self
        fast = copy.deepcopy(self)
        fast.bank = pair
        fast.order = SelectRows(pair.bin_of_row)
        share = torch.tensor(pair.share_of_rows()).to(self.bin_weight)[:, None]
        fast.bin_weight = self.bin_weight[pair.bin_of_row] * share
        return fast

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer="GriffinLim",
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=self.hop_length,
            frame_offset=self.n_fft // 2 - self.start,
            min_length=self.min_frames,
            input_name="magnitude",
            input_axes=("batch", self.bins, "frames"),
            input_domain="non-negative",
            output_name="audio",
            output_axes=("batch", "samples"),
            needs_whole_signal=(
                "its iterations go over the whole signal: give it segments of some seconds, or "
                "keep the phase and stream an ISTFT"
            ),
        )
