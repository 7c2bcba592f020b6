"""What the programs beside `run.py` share: how their words are read, and how they end."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from .. import ctrl_c
from ..errors import EXIT_CODES, EXIT_DONE, ArchlabError, ConfigError, Problem, StorageError, fix_of
from .streams import unheard_streams

POSITIONAL = {"destination", "folder", "rows"}  # words that stand after no option


def program_words(name: str, about: str | None) -> argparse.ArgumentParser:
    """What reads the words after `python -m experiments.<name>`; `about` is its docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m experiments.{name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def check_words(chosen: argparse.Namespace) -> None:
    """Raise ConfigError where a word is none that a file can be named by."""
    for option, value in vars(chosen).items():
        for word in value if isinstance(value, list) else [value]:
            if reason := _no_name(word):
                what = f"{reason}, received {str(word)!r}"
                key = option if option in POSITIONAL else f"--{option}"
                raise ConfigError([Problem(key, what, "name another")])


def _no_name(word: object) -> str:
    if isinstance(word, Path | str) and "\0" in str(word):
        return "holds a zero byte"
    if isinstance(word, Path):
        try:
            word.lstat()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return "is longer than a name can be"
    return ""


class Ending:
    """A block that ends a program: what stops it is told on standard error, without a traceback.

    Attributes:
        code: the exit code, that of a program that did what it was asked for until something stops
            the block.
    """

    def __init__(self, folder: object = "folder", interrupted: str = "interrupted") -> None:
        """Take what a failure of the disk names that names no file, and the word for Ctrl-C."""
        self.folder, self.interrupted = folder, interrupted
        self.code = EXIT_DONE
        self._kept = ExitStack()

    def __enter__(self) -> Ending:
        self._kept.enter_context(unheard_streams())
        ctrl_c.working()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        with self._kept:
            return self._tell(error)

    def _tell(self, error: BaseException | None) -> bool:
        """Tell what stopped the block; returns whether anything did that is expected."""
        if isinstance(error, OSError):
            error = StorageError.of(error, self.folder)
        if isinstance(error, ArchlabError):
            self.code = error.exit_code
            print(error, file=sys.stderr)
        elif isinstance(error, KeyboardInterrupt):
            self.code = EXIT_CODES["interrupted"]
            print(self.interrupted, file=sys.stderr)
        else:
            return False
        return True


@contextmanager
def writing_to(option: str, path: Path | str | None, place: str = "file") -> Iterator[None]:
    """What the disk refuses in the block is told of the path that an option names.

    A device or a pipe is refused: a file is written aside, and would take its place.
    """
    if place == "file" and Path(path or "").exists() and not Path(path or "").is_file():
        what = f"is a folder, a device or a pipe, and no file, received {str(path)!r}"
        raise StorageError([Problem(option, what, "choose another file")])
    try:
        yield
    except OSError as error:
        what = f"{error.strerror or error}, received {str(path or error.filename)!r}"
        fix = fix_of(error) or f"choose another {place}"
        raise StorageError([Problem(option, what, fix)]) from error
