"""Overlap-add that gives its audio chunk by chunk."""

from nnaudio_exporters.streaming import Tape
from torch import Tensor, nn
from torch.nn import functional

from nnaudio_export.blocks.factorised_synthesis import FactorisedSynthesis
from nnaudio_export.blocks.overlap_add import OverlapAdd, divisor


class StreamedSynthesis(nn.Module):
    """The streaming form of an overlap-add: ``(batch, 2 * bins, frames)`` → ``(batch, samples)``.

    A chunk of frames gives one hop of samples for each. What the frames say of later samples is
    kept, and the sum of their squared windows with it. Frames that do not exist count in neither.

    Args:
        block: of the offline layer.
        frames: of a chunk.
        tape: keeps the state, and says which frames exist.
    """

    def __init__(self, block: OverlapAdd | FactorisedSynthesis, *, frames: int, tape: Tape) -> None:
        super().__init__()
        self.block = block
        self.hop_length = block.hop_length
        self.tape = tape
        tape.reads_present = True
        n_fft, done = block.window.shape[0], frames * block.hop_length
        self.audio = _overlap(done, n_fft - block.hop_length, tape)
        self.weight = _overlap(done, n_fft - block.hop_length, tape)

    def forward(self, spectrum: Tensor) -> Tensor:
        present = self.tape.present.unsqueeze(1)
        squares = (self.block.window * self.block.window)[None, None]
        audio = self.audio(self.block.overlapped(spectrum * present))
        weight = self.weight(functional.conv_transpose1d(present, squares, stride=self.hop_length))
        return (audio / divisor(weight)).squeeze(1)


def _overlap(done: int, rest: int, tape: Tape) -> nn.Module:
    """What becomes of the sums of a chunk, ``(batch, 1, done + rest)`` → ``(batch, 1, done)``."""
    # Where the hop is longer than a frame there is no overlap, but a gap.
    return _Overlap(done, rest, tape) if rest > 0 else nn.ConstantPad1d((0, -rest), 0.0)


class _Overlap(nn.Module):
    """Adds what was kept, gives what is done, and keeps the rest.

    Args:
        done: samples that a chunk completes.
        rest: samples beyond.
        tape: keeps them.
    """

    def __init__(self, done: int, rest: int, tape: Tape) -> None:
        super().__init__()
        self.done = done
        self.rest = rest
        self.tape = tape
        self.slot = tape.reserve(rest)

    def forward(self, pieces: Tensor) -> Tensor:
        kept = functional.pad(self.tape.read(self.slot), [0, self.done]).unsqueeze(1)
        total = pieces + kept
        self.tape.write(self.slot, total.narrow(2, self.done, self.rest))
        return total.narrow(2, 0, self.done)
