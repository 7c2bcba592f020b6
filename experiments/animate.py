"""The fit of a finished run while it learned, as a moving picture for slides.

    python -m experiments.animate outputs/runs/<run>
    python -m experiments.animate outputs/sweeps/<sweep> --format mp4
    python -m experiments.animate <run> <other run> --out both.webp --width 1280 --seconds 6

Several runs stand side by side. Of a sweep these are the best of each group; of a single group all
runs, or, where it has many, some from the best to the worst. Every frame is the trained network
after that many epochs; none is made up between them.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .comparison.compare import collect
from .comparison.rows import Comparison, Row
from .errors import ConfigError, Problem, RunError
from .plots.animation import PANELS, GrowingFit, growing_fit, timeline
from .predict import finished_run
from .record import Record
from .storage import files, run_folder
from .terminal import console
from .terminal.program import Ending, check_words, program_words, writing_to

NEEDED = (run_folder.METRICS_FILE, "history.csv", "predictions.csv", run_folder.SNAPSHOTS)
SLIDE_WIDTH, NARROW, WIDE = 1920, 320, 3840  # pixels: without --width, and what it may be
SECONDS, LONGEST = 8.0, 600.0
STILL = 0.25  # share of the time for which the last frame stays
RATE = 30  # frames of a video in a second
TICK = 10  # milliseconds that a GIF counts in
Frames = Iterator[NDArray[np.uint8]]


class Chosen(NamedTuple):
    """A run that is shown: its folder, and what stands above its panel."""

    folder: Path
    title: str


def durations(count: int, seconds: float) -> list[int]:
    """Milliseconds of so many frames, `seconds` in all; the last one stays for a quarter of it."""
    moving = seconds * 1000 * (1 - STILL) / max(count - 1, 1)
    each = max(round(moving / TICK), 2) * TICK  # players take less than 20 ms for 100
    return [each] * (count - 1) + [round(seconds * 1000 * STILL / TICK) * TICK]


def _webp(path: Path, frames: Frames, each: list[int]) -> None:
    """Without loss, which lines and letters are small in; a method beyond 1 gains nothing more."""
    pictures = [Image.fromarray(frame).convert("RGB") for frame in frames]
    _with_pillow(path, pictures, each, lossless=True, method=1)


def _gif(path: Path, frames: Frames, each: list[int]) -> None:
    """Colours are those of the last frame, which has everything in it."""
    pictures = [Image.fromarray(frame).convert("RGB") for frame in frames]
    palette = pictures[-1].quantize(255, Image.Quantize.MAXCOVERAGE)
    indexed = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
    _with_pillow(path, indexed, each, optimize=False)


def _with_pillow(path: Path, pictures: list[Image.Image], each: list[int], **more: Any) -> None:
    first, *rest = pictures
    first.save(path, save_all=True, append_images=rest, duration=each, loop=0, **more)


def _mp4(path: Path, frames: Frames, each: list[int]) -> None:
    """H.264 in the colours and at a constant rate that every player and slide program takes."""
    first = next(frames)
    command = ffmpeg_command(path, first.shape[1], first.shape[0])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        assert encoder.stderr is not None
        try:
            ends = np.round(np.cumsum(each) * RATE / 1000).astype(int)
            for frame, times in zip(_then(first, frames), np.diff(ends, prepend=0), strict=True):
                for _ in range(times):
                    encoder.stdin.write(frame.tobytes())
            encoder.stdin.close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        said = encoder.stderr.read().decode(errors="replace").strip().splitlines()
    if encoder.returncode:
        what = f"ffmpeg failed: {said[-1] if said else f'exit code {encoder.returncode}'}"
        raise RunError([Problem("--format", what, "mend ffmpeg, or choose webp or gif")])


def _then(first: NDArray[np.uint8], rest: Frames) -> Frames:
    yield first
    yield from rest


def ffmpeg_command(path: Path, width: int, height: int) -> list[str]:
    """What turns raw RGBA frames on standard input into a video file."""
    taken = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-r", str(RATE)]
    made = ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    return ["ffmpeg", "-loglevel", "error", "-y", *taken, "-i", "-", *made, "-f", "mp4", str(path)]


# By the name of the format, which is the file's suffix too.
FORMATS: dict[str, Callable[[Path, Frames, list[int]], None]] = {
    "webp": _webp,
    "gif": _gif,
    "mp4": _mp4,
}


def chosen_runs(folders: Sequence[Path]) -> list[Chosen]:
    """The runs that folders of runs and of sweeps stand for; raises ConfigError."""
    found: list[Chosen] = []
    for folder in folders:
        if (folder / run_folder.STATUS).exists() or not any(folder.rglob(run_folder.STATUS)):
            found.append(Chosen(folder, finished_run(folder, NEEDED).label))
        else:
            rows = _among(collect(folder))
            found += [Chosen(folder / row.folder, f"{row.dataset}: {row.label}") for row in rows]
    if not found:
        what = "holds no finished run"
        raise ConfigError([Problem(str(folders[0]), what, "name a folder with one")])
    if len(found) > PANELS:
        what = f"{len(found)} runs are more than stand beside each other, which are {PANELS}"
        raise ConfigError([Problem("folder", what, "name fewer")])
    return found


def _among(comparison: Comparison) -> list[Row]:
    """The best of each group, the first groups of many; of one group some from best to worst."""
    groups = range(len(comparison.groups))
    ranked = [
        sorted((row for row in comparison.rows if row.group == group and row.rank), key=_by_rank)
        for group in groups
    ]
    ranked = [rows for rows in ranked if rows]
    if len(ranked) != 1:
        return [rows[0] for rows in ranked][:PANELS]
    (rows,) = ranked
    if len(rows) <= PANELS:
        return [row for row in comparison.rows if row in rows]
    return [rows[at] for at in np.linspace(0, len(rows) - 1, PANELS).round().astype(int)]


def _by_rank(row: Row) -> int:
    return row.rank or 0


def fits_of(runs: Sequence[Chosen]) -> list[GrowingFit]:
    """What is drawn of each run; raises ConfigError where a run has nothing that moves."""
    fits = []
    for run in runs:
        finished_run(run.folder, NEEDED)
        record = run_folder.read(run.folder)
        if len(record.snapshot_epochs) < 2:
            what = f"has nothing that moves, it was trained for {_epochs(record)}"
            raise ConfigError([Problem(str(run.folder), what, "name a run with epochs")])
        fits.append(growing_fit(record, run.title))
    return fits


def _epochs(record: Record) -> str:
    return f"{record.metrics.epochs:,} epochs"


def headline(titles: Sequence[str]) -> tuple[str, list[str]]:
    """What stands above all panels, and above each: `sine` where all are `sine: ...`."""
    parts = [title.partition(": ") for title in titles]
    if len(titles) == 1:
        return titles[0], [""]
    if len({before for before, colon, _ in parts if colon}) == 1 and all(p[2] for p in parts):
        return parts[0][0], [after for *_, after in parts]
    return "", list(titles)


def write_animation(path: Path, fits: Sequence[GrowingFit], width: int, seconds: float) -> None:
    """Write the moving picture in the format of the path's suffix."""
    from .plots.animation_frames import frames

    title, own = headline([one.title for one in fits])
    fits = [replace(one, title=text) for one, text in zip(fits, own, strict=True)]
    each = durations(len(timeline(fits)), seconds)
    with files.replacing(path) as aside, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # characters of names that the font lacks
        FORMATS[path.suffix[1:]](aside, frames(fits, width, title), each)


def _settings(chosen: argparse.Namespace) -> Path:
    """Where to write, once every setting has been checked; raises ConfigError."""
    problems = []
    if not NARROW <= chosen.width <= WIDE:
        what = f"must be from {NARROW} to {WIDE} pixels, received {chosen.width}"
        problems.append(Problem("--width", what, f"for example {SLIDE_WIDTH}"))
    if not 1 <= chosen.seconds <= LONGEST:
        what = f"must be from 1 to {LONGEST:g}, received {chosen.seconds:g}"
        problems.append(Problem("--seconds", what, f"for example {SECONDS:g}"))
    first = chosen.folder[0]
    suffix = chosen.out.suffix[1:] if chosen.out else ""
    kind = chosen.format or (suffix if suffix in FORMATS else next(iter(FORMATS)))
    out: Path = chosen.out or first.resolve().with_name(f"{first.resolve().name}.{kind}")
    if out.suffix != f".{kind}":
        what = f"must end in .{kind}, received {out.name!r}"
        fix = f"name it {out.stem}.{kind}, or choose a --format of {', '.join(FORMATS)}"
        problems.append(Problem("--out", what, fix))
    if kind == "mp4" and shutil.which("ffmpeg") is None:
        what = "mp4 needs ffmpeg, which is not on the PATH"
        problems.append(Problem("--format", what, "install ffmpeg, or choose webp or gif"))
    if problems:
        raise ConfigError(problems)
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = program_words("animate", __doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a run or of a sweep")
    help_ = "webp unless --out says otherwise; mp4 needs ffmpeg"
    parser.add_argument("--format", choices=list(FORMATS), help=help_)
    parser.add_argument("--out", type=Path, help="the file; beside the folder without")
    parser.add_argument(
        "--width", type=int, default=SLIDE_WIDTH, help=f"in pixels, 16:9; {SLIDE_WIDTH} without"
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"in all; {SECONDS:g} without"
    )
    chosen = parser.parse_args(arguments)
    with Ending() as ending:
        check_words(chosen)
        out = _settings(chosen)
        fits = fits_of(chosen_runs(chosen.folder))
        with writing_to("--out", out):
            write_animation(out, fits, chosen.width, chosen.seconds)
        console().print(str(out))
    return ending.code


if __name__ == "__main__":
    sys.exit(main())
