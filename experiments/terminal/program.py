"""What the programs beside `run.py` share: how their words are read, and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from ..errors import EXIT_CODES, EXIT_DONE, ArchlabError, Problem, StorageError


def program_words(name: str, about: str | None) -> argparse.ArgumentParser:
    """What reads the words after `python -m experiments.<name>`; `about` is its docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m experiments.{name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


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

    def __enter__(self) -> Ending:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, OSError):
            error = StorageError.of(error, self.folder)
        if isinstance(error, ArchlabError):
            self.code = error.exit_code
            print(error, file=sys.stderr)
        elif isinstance(error, KeyboardInterrupt):
            self.code = EXIT_CODES["interrupted"]
            print(self.interrupted, file=sys.stderr)
        else:
            return False  # nothing stopped it, or what nobody expects
        return True


@contextmanager
def writing_to(option: str, path: Path | str | None, place: str = "file") -> Iterator[None]:
    """What the disk refuses in the block is told of the path that an option names."""
    try:
        yield
    except OSError as error:
        what = f"{error.strerror or error}, received {str(path or error.filename)!r}"
        raise StorageError([Problem(option, what, f"choose another {place}")]) from error
