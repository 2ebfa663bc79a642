"""What providers take of a graph with fixed shapes, and of the same with ``profile="mobile"``.

python -m bench.mobile
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from nnaudio_exporters import PROVIDERS, ProviderReport, check_provider
from nnaudio_runtime.tables import table
from torch import nn

from nnaudio_export import CQT, ISTFT, STFT, MelSpectrogram, export_onnx

LAYERS: dict[str, tuple[nn.Module, int]] = {
    "mel, 1 s": (MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80), 16000),
    "STFT, 1 s": (STFT(n_fft=512, hop_length=128, output_format="Complex"), 16000),
    "CQT, 1 s": (CQT(sr=16000, hop_length=256, fmin=110, n_bins=48), 16000),
    "ISTFT, 100 frames": (ISTFT(n_fft=512, hop_length=128), 100),
}


def _taken(report: ProviderReport) -> str:
    taken = len(report.nodes) - len(report.refused)
    share = report.work_share or 0
    return f"{taken}/{len(report.nodes)} nodes, {share:.0%}, {report.pieces} x"


def main() -> None:
    """Prints the table."""
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (layer, length) in LAYERS.items():
            general, mobile = Path(folder) / "general.onnx", Path(folder) / "mobile.onnx"
            export_onnx(layer, general, dynamic=False, num_samples=length)
            result = export_onnx(layer, mobile, num_samples=length, profile="mobile")
            for provider in PROVIDERS:
                before, after = (_taken(check_provider(p, provider)) for p in (general, mobile))
                rows.append((name, provider, before, after, f"{result.parity.worst:.0e}"))
    header = ("layer", "provider", "fixed shapes", "profile mobile", "parity")
    print(table(header, rows))
    print("nodes taken, share of the multiplications, how often the provider runs")


if __name__ == "__main__":
    main()
