"""Runs an exported front end where there is no PyTorch: features, picture, self-test.

Usage: python run_exported.py MODEL.onnx RECORDING FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nnaudio_runtime
import numpy as np
import soundfile


def main() -> None:
    """Computes the features of a recording and lets the file prove its numbers."""
    model, recording, folder = map(Path, sys.argv[1:4])
    audio, sr = soundfile.read(recording, dtype="float32")
    frontend = nnaudio_runtime.load(model)
    features = frontend(audio, sample_rate=sr)
    target = folder / f"{recording.stem}.npy"
    np.save(target, features)
    times = frontend.frame_times(features.shape[-1])
    print(f"{recording.name}: {features.shape} features up to {times[-1]:.2f} s -> {target}")
    print(f"Self-test on {frontend.provider}: worst error {frontend.selftest():.1e}")
    picture = folder / f"{recording.stem}.png"
    command = Path(sys.executable).with_name("nnaudio-run")
    subprocess.run([command, "plot", model, recording, "-o", picture], check=True)
    loaded = sorted({"torch", "scipy", "onnx"} & set(sys.modules))
    print(f"PyTorch, SciPy and onnx imported here: {', '.join(loaded) or 'none'}")


if __name__ == "__main__":
    main()
