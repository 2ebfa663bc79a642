"""The commands of ``nnaudio-run``. Results go to stdout, progress and remarks to stderr.

A command imports what it needs when it runs, so that the help comes at once: it needs neither NumPy
nor an engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nnaudio_runtime.cli.choices import Channels, Providers
from nnaudio_runtime.errors import SelfTestError

if TYPE_CHECKING:
    from collections.abc import Iterable

app = typer.Typer(
    help="Runs audio front ends that nnaudio-export wrote, without PyTorch.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Model = Annotated[
    Path,
    typer.Argument(
        help="The front end: an .onnx or .ort file, a TorchScript .pt or an ExecuTorch .pte."
    ),
]
Audio = Annotated[Path, typer.Argument(help="An audio file (WAV, FLAC, Ogg, MP3 ...).")]


Provider = Annotated[
    Providers,
    typer.Option("--providers", help="Where to run; auto is CUDA where it works, else the CPU."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
ChannelsOption = Annotated[
    Channels,
    typer.Option(help="Several channels: mix them, take the first, or make them a batch."),
]


@app.command()
def info(model: Model, providers: Provider = Providers.AUTO, json: Json = False) -> None:
    """Show what a front end is, what it takes and gives, and where it runs."""
    from nnaudio_runtime.cli.info import describe
    from nnaudio_runtime.cli.report import Report
    from nnaudio_runtime.loading import load

    Report(json).show(describe(model, load(model, providers=providers.value)))


@app.command()
def run(
    model: Model,
    audio: Annotated[
        list[Path], typer.Argument(help="Audio files, or .npy arrays in the graph's own shape.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="A .npy file, or a folder for one .npy per input."),
    ] = Path(),
    channels: ChannelsOption = Channels.MIX,
    providers: Provider = Providers.AUTO,
    json: Json = False,
) -> None:
    """Compute the features of audio files and save them as .npy arrays.

    Audio of another rate is resampled. Existing arrays of the same name are replaced.
    """
    from nnaudio_runtime.cli.audio_file import named, read_audio
    from nnaudio_runtime.cli.output import save_arrays, targets
    from nnaudio_runtime.cli.report import Report
    from nnaudio_runtime.loading import load

    report = Report(json)
    frontend = load(model, providers=providers.value)
    contract = frontend.contract
    files = targets(audio, output)
    for source, target in _with_progress(list(files.items())):
        clip = read_audio(source, contract.sample_rate, channels, pcm=contract.dtype == "int16")
        report.remark(source, clip.remarks)
        with named(source):
            features = frontend.run(clip.samples, clip.sample_rate)
        saved = save_arrays(target, features)
        report.item({"input": source, "outputs": saved, "seconds": clip.seconds})
    report.finish("outputs")


@app.command()
def selftest(
    model: Annotated[list[Path], typer.Argument(help="The front ends to test.")],
    providers: Provider = Providers.AUTO,
    json: Json = False,
) -> None:
    """Prove that front ends compute on this machine what they were exported with.

    The exit code is 1 where one does not.
    """
    from nnaudio_runtime.cli.report import Report
    from nnaudio_runtime.loading import load

    report = Report(json)
    failed = False
    for path in model:
        frontend = load(path, providers=providers.value)
        result: dict[str, Any] = {"model": path, "provider": frontend.provider}
        try:
            report.item(result | {"passed": True, "error": frontend.selftest()})
        except SelfTestError as error:
            failed = True
            report.item(result | {"passed": False, "error": str(error)})
    report.finish("self-tests")
    if failed:
        raise typer.Exit(1)


@app.command()
def bench(
    model: Model,
    seconds: Annotated[
        list[float], typer.Option("--seconds", "-s", min=0.001, help="Lengths of audio.")
    ] = [1.0, 10.0],  # noqa: B006  (typer copies it)
    threads: Annotated[
        list[int],
        typer.Option("--threads", "-t", min=0, help="Threads; 0: the engine chooses."),
    ] = [1, 0],  # noqa: B006
    batch: Annotated[int, typer.Option(min=1, help="Items in a batch.")] = 1,
    providers: Provider = Providers.AUTO,
    json: Json = False,
) -> None:
    """Measure how fast a front end is, as the median of its runs on noise.

    Of a streaming file, the runs are pushes of one chunk, whatever --seconds says. The real-time
    factor is computing time over length of audio: 0.01 is a hundredth of it.
    """
    from nnaudio_runtime.cli.bench import measure
    from nnaudio_runtime.cli.report import Report

    report = Report(json)
    for result in measure(model, seconds, threads, batch, providers.value):
        report.item(result)
    report.finish("measurements")


@app.command()
def stream(
    model: Annotated[Path, typer.Argument(help="A front end that was exported as a stream.")],
    audio: Audio,
    block: Annotated[
        float, typer.Option("--block", "-b", min=1e-6, help="Length of a push in seconds.")
    ] = 0.01,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .npy file for the features.")
    ] = None,
    channels: ChannelsOption = Channels.MIX,
    providers: Provider = Providers.AUTO,
    json: Json = False,
) -> None:
    """Play an audio file block by block, as a microphone would, as fast as it goes.

    The latency is how much audio must come beyond a frame's centre before the frame is given.
    """
    from nnaudio_runtime.cli.audio_file import named, read_audio
    from nnaudio_runtime.cli.output import save_arrays, targets
    from nnaudio_runtime.cli.playback import play
    from nnaudio_runtime.cli.report import Report
    from nnaudio_runtime.loading import load

    report = Report(json)
    if output is not None and output.suffix != ".npy":
        raise typer.BadParameter(f"{output} must end in .npy", param_hint="--output")
    frontend = load(model, providers=providers.value)
    contract = frontend.contract
    clip = read_audio(audio, contract.sample_rate, channels, pcm=contract.dtype == "int16")
    report.remark(audio, clip.remarks)
    with named(audio):
        features, measured = play(model, frontend, clip.samples, block)
    if output is not None:
        measured["outputs"] = save_arrays(targets([audio], output)[audio], features)
    report.show(measured)


@app.command()
def plot(
    model: Model,
    audio: Audio,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The PNG; by default beside you.")
    ] = None,
    channels: Annotated[
        Channels, typer.Option(help="Several channels: mix them, or take the first.")
    ] = Channels.MIX,
    providers: Provider = Providers.AUTO,
    json: Json = False,
) -> None:
    """Draw the features of an audio file as a PNG."""
    from nnaudio_runtime.cli.audio_file import named, read_audio
    from nnaudio_runtime.cli.plot import save_plot
    from nnaudio_runtime.cli.report import Report
    from nnaudio_runtime.loading import load

    report = Report(json)
    target = output or Path(audio.with_suffix(".png").name)
    if target.suffix.lower() != ".png":
        raise typer.BadParameter(f"{target} must end in .png", param_hint="--output")
    frontend = load(model, providers=providers.value)
    contract = frontend.contract
    clip = read_audio(audio, contract.sample_rate, channels, pcm=contract.dtype == "int16")
    report.remark(audio, clip.remarks)
    with named(audio):
        features = frontend.run(clip.samples, clip.sample_rate)
    save_plot(target, frontend, features, title=audio.name)
    report.show({"plot": target})


def _with_progress(work: list[tuple[Path, Path]]) -> Iterable[tuple[Path, Path]]:
    """Shows a bar on stderr where a person looks at it."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:
        return work
    return track(work, description="Computing", console=console, transient=True)
