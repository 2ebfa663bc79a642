"""Combined frequency and periodicity, for pitch and melody."""

import copy
import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from nnaudio_contract import (
    Demand,
    Description,
    Flow,
    LayerSpec,
    SelectRows,
    StreamedPart,
    StreamPlan,
    StreamState,
    Timing,
    fast_forms,
)
from numpy.typing import NDArray
from torch import Tensor, nn

from nnaudio_export.blocks.compression import compression
from nnaudio_export.blocks.even_dft import EvenDFT
from nnaudio_export.blocks.filter_bank import FilterBank
from nnaudio_export.blocks.heads import Magnitude
from nnaudio_export.blocks.inputs import AudioInput
from nnaudio_export.blocks.padding import CentrePad
from nnaudio_export.blocks.projection import Projection
from nnaudio_export.chunked.chunked_cascade import streamed_bank
from nnaudio_export.chunked.filter_cascade import single
from nnaudio_export.fast.split_dft.recognition import recognised_bank
from nnaudio_export.fast.squared_magnitude import OfPower, SquaredMagnitude
from nnaudio_export.kernels.fourier import fourier_kernels
from nnaudio_export.kernels.log_frequency import frequency_filters, period_filters
from nnaudio_export.kernels.windows import blackman_harris
from nnaudio_export.layers.cfp_plan import CFPPlan, plan_cfp
from nnaudio_export.layers.layer import Layer

# nnAudio's default; nothing here changes it.
_EXPONENTS = [0.24, 0.6, 1]


# Of the mean of the spectrum; float32 rounds at 1e-7 of it, and g raises that to a power below 1.
_LEAST_PERIODIC = 1e-2


class _FirstRows(Projection):
    """A projection of the first rows of every frame, as many as its matrix has columns."""

    def __init__(self, matrix: NDArray[np.float64], *, trainable: bool) -> None:
        super().__init__(matrix, trainable=trainable)
        self.columns = matrix.shape[1]

    def forward(self, frames: Tensor) -> Tensor:
        return torch.matmul(self.matrix, frames[:, : self.columns])


class _TransformStep(nn.Module):
    """From spectrum to cepstrum or back, and what is positive of it compressed."""

    def __init__(self, transform: EvenDFT, compression: nn.Module) -> None:
        super().__init__()
        self.transform: nn.Module = transform
        self.compression = compression

    def forward(self, frames: Tensor) -> Tensor:
        return self.compression(self.transform(frames))

    def lower(self, tolerance: float) -> None:
        """Takes the transform's faster equal."""
        form = fast_forms([self.transform], Description(), Demand(), tolerance)
        (self.transform,) = form.modules


class _InnerFrames(nn.Module):
    """All frames but the first and the last."""

    def forward(self, spectrum: Tensor) -> Tensor:
        return spectrum[:, :, 1:-1]


class _SpectrumLast(nn.Module):
    """Of the last two transforms, the later one is the spectrum."""

    def forward(self, earlier: Tensor, later: Tensor) -> tuple[Tensor, Tensor]:
        return later, earlier


class _CepstrumLast(nn.Module):
    """Of the last two transforms, the later one is the cepstrum."""

    def forward(self, earlier: Tensor, later: Tensor) -> tuple[Tensor, Tensor]:
        return earlier, later


class FrequencyPeriodicity(Layer):
    """Base of both layers: what they compute, with or without the frames at the ends.

    Args:
        fr: Hz from one bin to the next, above 0; the DFT has ``int(fs / fr)`` values.
        fs: sampling rate of the audio in Hz.
        hop_length: samples from one frame to the next.
        window_size: samples of the Blackman-Harris window, at most ``int(fs / fr)``.
        fc: lowest frequency in Hz, the centre of the first bin.
        tc: shortest period in seconds; the bins go up to (not including) ``1 / tc`` Hz.
        g: exponents of the compression, two or more; the first is above 0, in the others 0 stands
            for the logarithm.
        NumPerOct: bins from a frequency to its double.
        trainable_bins: make the filters parameters.
        trainable_STFT: make the Fourier kernels a parameter.

    Attributes:
        sr: sampling rate in Hz.
        hop_length: samples from frame to frame.
        n_bins: number of bins.
        frequencies: centre frequencies in Hz, float64 ``(n_bins,)``.
        min_samples: shortest audio.
        frame_offset: sample at the centre of frame 0; -1 where the window cannot be centred.
    """

    # Without the first and the last frame.
    inner_frames = False

    def __init__(
        self,
        fr: float = 2,
        fs: float = 16000,
        hop_length: int = 320,
        window_size: int = 2049,
        fc: float = 80,
        tc: float = 1 / 1000,
        g: Sequence[float] = _EXPONENTS,
        NumPerOct: int = 48,  # noqa: N803 - nnAudio's name
        *,
        trainable_bins: bool = False,
        trainable_STFT: bool = False,  # noqa: N803 - as in the other layers
    ) -> None:
        super().__init__(locals())
        plan = plan_cfp(fr, fs, hop_length, window_size, fc, tc, g, NumPerOct)
        inner_frames = self.inner_frames
        self.sr = plan.sr
        self.hop_length = plan.hop_length
        self.n_bins = len(plan.centres) - 1
        self.frequencies = plan.centres[:-1]
        self.lowest_period = plan.lowest_period
        self.size = plan.size
        # Three frames where two of them are dropped.
        self.min_samples = 1 if not inner_frames else 2 * plan.hop_length + plan.size % 2
        # The frame has `size` samples with the window in its middle; the zeros around the window
        # need no kernel, as long as what is left has the same middle.
        half = plan.size // 2 - (plan.size - plan.window_size) // 2
        taps = 2 * half + plan.size % 2
        centre = plan.window_size // 2 - half
        self.frame_offset = centre + plan.hop_length if inner_frames else centre
        window = blackman_harris(plan.window_size)
        taper = np.pad(window / np.linalg.norm(window), (0, taps - plan.window_size))
        bins = np.arange(plan.size // 2 + 1, dtype=np.float64)
        kernels = fourier_kernels(bins=bins, n_fft=plan.size, samples=taps) * taper

        self.audio = AudioInput(self.min_samples)
        self.pad: nn.Module = CentrePad(half, "constant")
        self.amount = half
        self.bank: nn.Module = FilterBank(
            kernels, hop_length=plan.hop_length, trainable=trainable_STFT
        )
        self.inner = _InnerFrames() if inner_frames else nn.Identity()
        self.magnitude: nn.Module = Magnitude()
        *steps, last = self._transforms(plan)
        self.earlier = nn.Sequential(compression(plan.exponents[0]), *steps)
        self.later = last
        self.order = _SpectrumLast() if len(plan.exponents) % 2 else _CepstrumLast()
        self.frequency = _FirstRows(
            frequency_filters(
                bins=plan.bins,
                size=plan.size,
                sr=plan.sr,
                resolution=plan.resolution,
                centres=plan.centres,
            ),
            trainable=trainable_bins,
        )
        self.periodicity = _FirstRows(
            period_filters(periods=plan.periods, sr=plan.sr, centres=plan.centres),
            trainable=trainable_bins,
        )

    @staticmethod
    def _transforms(plan: CFPPlan) -> list[nn.Module]:
        """To the cepstrum, back to the spectrum, and so on: a transform for every exponent."""
        steps: list[nn.Module] = []
        silent = 0  # of the first spectrum, everything counts
        for index, exponent in enumerate(plan.exponents[1:]):
            to_cepstrum = index % 2 == 0
            # The last transform is read by filters only.
            read = plan.periods if to_cepstrum else plan.bins
            n_out = read if index == len(plan.exponents) - 2 else plan.size // 2 + 1
            transform = EvenDFT(size=plan.size, n_out=n_out, silent_below=silent)
            steps.append(_TransformStep(transform, compression(exponent)))
            # What the filters read begins above this anyway.
            silent = plan.lowest_period if to_cepstrum else plan.lowest_bin
        return steps

    def features(self, audio: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The product, the spectrum, its enhanced form and the periodicity."""
        magnitude = self.magnitude(self.inner(self.bank(self.pad(self.audio(audio)))))
        earlier = self.earlier(magnitude)
        spectrum, cepstrum = self.order(earlier, self.later(earlier))
        frequency = self.frequency(spectrum)
        periodicity = self.periodicity(cepstrum)
        return frequency * periodicity, self.frequency(magnitude), frequency, periodicity

    def with_split_transforms(self, tolerance: float) -> nn.Module:
        """The same with the faster equals of its bank and of its transforms."""
        assert isinstance(self.bank, FilterBank)
        fast = copy.deepcopy(self)
        size, taps = self.size, self.bank.kernel.shape[2]
        bins = size // 2 + 1
        bank = recognised_bank(self.bank.kernel, self.hop_length, bins, n_fft=size)
        if bank is not None:
            rows = list(bank.order(bins).row_of)
            behind = nn.ConstantPad1d((0, size - taps), 0.0)
            fast.bank = nn.Sequential(behind, bank, SquaredMagnitude(), SelectRows(rows))
            fast.magnitude = OfPower(Magnitude())
        for module in list(fast.modules()):
            if isinstance(module, _TransformStep):
                module.lower(tolerance)
        return fast

    def in_chunks(self, state: StreamState, frames: int) -> StreamedPart:
        """The form that takes chunks: its bank keeps the end of the audio."""
        form = copy.deepcopy(self)
        padding = Timing(pad=self.amount, pad_mode="constant")
        taps = 2 * self.amount + self.size % 2
        bank = single(self.bank, hop_length=self.hop_length, length=taps)
        if not isinstance(self.inner, nn.Identity):
            bank = bank.without_ends(1)
        form.audio, form.pad, form.inner = AudioInput(1), nn.Identity(), nn.Identity()
        plan = StreamPlan(self.describe(), state, frames)
        [form.bank], flow = streamed_bank(bank, Flow(padding), plan)
        return StreamedPart(form, flow.timing)

    def describe(self) -> LayerSpec:
        return LayerSpec(
            layer=type(self).__name__,
            config=self.config,
            sample_rate=round(self.sr),
            hop_length=self.hop_length,
            frame_offset=self.frame_offset,
            min_length=self.min_samples,
            output_name="cfp",
            weight=self._periodic,
        )

    def _periodic(self, audio: Tensor) -> Tensor:
        """1 for frames with periodicity, ``(batch, 1, frames)``: that of an impulse is rounding."""
        magnitude = self.magnitude(self.inner(self.bank(self.pad(self.audio(audio)))))
        to_cepstrum = next(step for step in self.modules() if isinstance(step, _TransformStep))
        cepstrum = to_cepstrum.transform(self.earlier[0](magnitude))
        mean, periods = cepstrum[:, :1], cepstrum[:, self.lowest_period :]
        return (periods.amax(dim=1, keepdim=True) >= _LEAST_PERIODIC * mean).to(audio.dtype)


class CFP(FrequencyPeriodicity):
    """Combined frequency and periodicity: where a pitch has both its harmonics and its period.

    A compressed spectrum has a peak at a pitch and at its harmonics, its cepstrum at the period and
    at multiples of it: their product, over geometrically spaced frequencies, keeps the pitch.
    ``spectrum = |STFT| ** g[0]``, ``cepstrum = max(DFT(spectrum), 0) ** g[1]``,
    ``spectrum = max(DFT(cepstrum), 0) ** g[2]``, and so on; what is below ``fc`` in frequency and
    below ``tc`` in period is taken out in between.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1.
        - Output: ``(batch, n_bins, frames)``. The first bin, and bins that no whole period in
          samples falls into, are 0. With an even ``int(fs / fr)`` there are
          ``1 + samples // hop_length`` frames, else ``1 + (samples - 1) // hop_length``.

    Reference:
        L. Su and Y.-H. Yang, "Combining spectral and temporal representations for multipitch
        estimation of polyphonic music", IEEE/ACM Trans. ASLP 23(10), 2015,
        doi:10.1109/TASLP.2015.2442411; arguments, grids and filters of nnAudio.

    Example:
        >>> import torch
        >>> cfp = CFP(fr=20, fs=4000, hop_length=80, window_size=151, NumPerOct=12)
        >>> cfp(torch.zeros(1, 4000)).shape
        torch.Size([1, 43, 51])
    """

    def forward(self, audio: Tensor) -> Tensor:
        """Audio ``(batch, samples)`` → ``(batch, n_bins, frames)``."""
        return self.features(audio)[0]

    def lowered(self, tolerance: float) -> nn.Module:
        return self.with_split_transforms(tolerance)

    def streamed(self, state: StreamState, frames: int) -> StreamedPart:
        return self.in_chunks(state, frames)


class CombinedFrequencyPeriodicity(FrequencyPeriodicity):
    """:class:`CFP` with what it is made of, and without the first and the last frame.

    Shape:
        - Input: ``(batch, samples)``, ``(samples,)`` or ``(batch, 1, samples)``, in -1 ... 1, at
          least :attr:`min_samples` samples.
        - Output: ``(Z, tfrL0, tfrLF, tfrLQ)``, each ``(batch, n_bins, frames)``, with two frames
          fewer than :class:`CFP`: the product ``tfrLF * tfrLQ``; the magnitude of the STFT; its
          enhanced form; the periodicity.

    Reference:
        As :class:`CFP`.

    Example:
        >>> import torch
        >>> layer = CombinedFrequencyPeriodicity(fr=20, fs=4000, hop_length=80, window_size=151)
        >>> z, spectrum, frequency, periodicity = layer(torch.zeros(1, 4000))
        >>> z.shape == spectrum.shape == frequency.shape == periodicity.shape
        True
    """

    inner_frames = True

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Audio ``(batch, samples)`` → four times ``(batch, n_bins, frames)``."""
        return self.features(audio)

    def lowered(self, tolerance: float) -> nn.Module:
        return self.with_split_transforms(tolerance)

    def streamed(self, state: StreamState, frames: int) -> StreamedPart:
        return self.in_chunks(state, frames)

    def describe(self) -> LayerSpec:
        spec = super().describe()
        names = ("spectrum", "frequency", "periodicity")
        return dataclasses.replace(
            spec, more_outputs=tuple((name, spec.output_axes) for name in names)
        )
