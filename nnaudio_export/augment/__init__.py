"""Training-time layers: random in training mode, the identity in evaluation mode.

They stand in a model where the data should vary, and are absent from what is exported: an export
takes the model in evaluation mode, where each returns its input as it is.

Example:
    >>> import torch
    >>> from nnaudio_export import MelSpectrogram
    >>> model = torch.nn.Sequential(
    ...     AddNoise(snr=(5, 30)),
    ...     MelSpectrogram(sr=16000, n_fft=512, hop_length=160, n_mels=40),
    ...     TimeMasking(time_mask_param=20),
    ...     FrequencyMasking(freq_mask_param=8),
    ... )
    >>> model(torch.zeros(4, 16000)).shape
    torch.Size([4, 40, 101])
"""

from nnaudio_export.augment.add_noise import AddNoise
from nnaudio_export.augment.augmentation import Augmentation
from nnaudio_export.augment.gain import Gain
from nnaudio_export.augment.masking import FrequencyMasking, TimeMasking
from nnaudio_export.augment.pitch_shift import PitchShift
from nnaudio_export.augment.polarity_inversion import PolarityInversion
from nnaudio_export.augment.time_shift import TimeShift
from nnaudio_export.augment.time_stretch import TimeStretch

__all__ = [
    "AddNoise",
    "Augmentation",
    "FrequencyMasking",
    "Gain",
    "PitchShift",
    "PolarityInversion",
    "TimeMasking",
    "TimeShift",
    "TimeStretch",
]
