"""Finished runs in other programs: MLflow, TensorBoard, tables.

    python -m experiments.export mlflow outputs/sweeps/<sweep>
    python -m experiments.export mlflow outputs/sweeps/<sweep> --to http://127.0.0.1:5000
    python -m experiments.export tensorboard outputs/sweeps/<sweep>
    python -m experiments.export csv outputs/runs/<run>

Reads the folders of runs and changes nothing in them. Said twice, nothing is there twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from ..errors import EXIT_FAILED, ConfigError, Problem, known_names
from ..terminal import LiveLine, console
from ..terminal.program import Ending, check_words, program_words, writing_to
from ..text import count
from .destinations import Receipt, Sending, destination, destination_names
from .shipment import Shipment, shipment

LINES_LEFT_OUT = 10  # runs that are left out and named


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = program_words("export", __doc__)
    parser.add_argument("destination", help=", ".join(destination_names()))
    parser.add_argument("folder", type=Path, help="the folder of a sweep or of a run")
    parser.add_argument(
        "--to", help="a folder; mlflow: a folder, an SQLite file or the address of a server too"
    )
    parser.add_argument("--experiment", help="what the sweep is called there, its own name without")
    chosen = parser.parse_args(arguments)
    with Ending(interrupted="interrupted; the same command again completes it") as ending:
        check_words(chosen)
        with closing(LiveLine()) as line:
            _check_name(chosen.destination)
            sent = shipment(_folder(chosen.folder))
            receipt = _send(chosen.destination, sent, chosen.to, chosen.experiment, line)
        _report(sent, receipt)
        if sent.left_out:
            return EXIT_FAILED
    return ending.code


def _check_name(name: str) -> None:
    if name not in destination_names():
        what = f"must be the name of one, received {name!r}"
        raise ConfigError([Problem("destination", what, known_names(name, destination_names()))])


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise ConfigError([Problem(str(folder), "is no folder", "name that of a sweep or a run")])
    return folder.resolve()


def _send(
    name: str, sent: Shipment, to: str | None, experiment: str | None, line: LiveLine
) -> Receipt:
    """Send it, with a line that says how far it is; raises ArchlabError."""
    chosen = destination(name)
    if chosen.needs and find_spec(chosen.needs) is None:
        what = f"needs the library {chosen.needs}, which is not installed"
        fix = f"install it: python -m pip install {chosen.needs}"
        raise ConfigError([Problem(name, what, fix)])
    total, done, begun = len(sent.runs), 0, time.monotonic()

    def step() -> None:
        nonlocal done
        done += 1
        line.say(f"{name}: {done:,} of {count(total, 'run')}", begun)

    line.say(f"{name}: {count(total, 'run')}", begun)
    try:
        with writing_to("--to", to, "place"):
            return chosen.send(sent, Sending(to, experiment or sent.name, step))
    except UnicodeEncodeError:  # of a library that takes paths for texts
        what = f"must be text in UTF-8 for {name}, received {to or str(Path.cwd())!r}"
        raise ConfigError([Problem("--to", what, "name a place whose path is")]) from None


def _report(sent: Shipment, receipt: Receipt) -> None:
    """What was sent, where it is, how to look at it; and on standard error what was left out."""
    for row in sent.left_out[:LINES_LEFT_OUT]:
        console(sys.stderr).print(f"left out: {row.folder}: {row.state}: {row.reason}")
    if len(sent.left_out) > LINES_LEFT_OUT:
        more = count(len(sent.left_out) - LINES_LEFT_OUT, "more run")
        print(f"left out: {more}; the sweep's page lists them", file=sys.stderr)
    known = f", {receipt.known:,} there already" if receipt.known else ""
    words = console()
    words.print(f"{count(receipt.added, 'run')} added{known}: {receipt.where}")
    words.print(f"look: {receipt.look}")


if __name__ == "__main__":
    sys.exit(main())
