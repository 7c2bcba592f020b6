"""Failures that a person can mend: one line each, with the exit code that says whose turn it is."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import NamedTuple

EXIT_DONE, EXIT_FAILED, EXIT_REFUSED, EXIT_STORAGE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
# By how a run, or the program, ended.
EXIT_CODES = {
    "done": EXIT_DONE,
    "diverged": EXIT_FAILED,
    "failed": EXIT_FAILED,
    "refused": EXIT_REFUSED,
    "not stored": EXIT_STORAGE,
    "interrupted": EXIT_INTERRUPTED,
}

# How to mend what the system refuses, by its name for that; a shortage is one for every file.
_ELSEWHERE = "choose another folder with hydra.run.dir or hydra.sweep.dir"
_ROOM = f"free space, or {_ELSEWHERE}"
_FILES = "close programs that hold files, or raise the limit with ulimit -n"
SHORTAGES = {
    "ENOSPC": _ROOM,
    "EDQUOT": _ROOM,
    "EMFILE": _FILES,
    "ENFILE": _FILES,
    "EFBIG": "raise the limit with ulimit -f, or choose a disk that takes larger files",
    "ENOMEM": "free memory",
}
_AWAY = f"move away what is in its place, or {_ELSEWHERE}"
_GONE = "it was moved or removed meanwhile: run the command again"
FIXES = {**SHORTAGES, "ENAMETOOLONG": "choose a shorter name"}
# The same within a folder of results, which was whole a moment before.
CHANGED = {"EEXIST": _AWAY, "EISDIR": _AWAY, "ENOTDIR": _AWAY, "ENOENT": _GONE, "ESTALE": _GONE}


class Problem(NamedTuple):
    """One thing that is wrong: where, what (with the value received), and how to mend it."""

    key: str
    what: str
    fix: str

    def __str__(self) -> str:
        key, what = _cut(self.key), _cut(self.what)
        line = " ".join(f"error: {key}: {what}; {self.fix}".split())
        if line.isprintable():
            return line
        # Names of strangers may hold what a terminal obeys, or what no terminal can write.
        return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


def _cut(text: str) -> str:
    """A text that a stranger's value made enormous, without its middle."""
    return text if len(text) <= 6000 else f"{text[:1000]} … {text[-200:]}"


class ArchlabError(Exception):
    """An expected failure: a line for each problem, and how what it ends has ended.

    state: a key of EXIT_CODES.
    """

    state = "failed"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)  # so that it can be pickled

    @property
    def exit_code(self) -> int:
        """The exit code of a program that it ends."""
        return EXIT_CODES[self.state]

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(problem) for problem in self.problems]


class ConfigError(ArchlabError):
    """The config, an override or the data cannot be used; nothing was trained."""

    state = "refused"


def refusal(error: BaseException) -> OSError | None:
    """The system's refusal that an exception is, or was raised from, as logging does."""
    return next((one for one in (error, error.__cause__) if isinstance(one, OSError)), None)


def fix_of(error: OSError, fixes: Mapping[str, str] = FIXES) -> str:
    """How to mend what the system refused; nothing where only another place would help."""
    return fixes.get(errno.errorcode.get(error.errno or 0, ""), "")


class StorageError(ArchlabError):
    """A result could not be written."""

    state = "not stored"

    @classmethod
    def of(cls, error: OSError, folder: object = "folder") -> StorageError:
        """The failure that an OSError tells of; `folder` where it names no file itself."""
        fix = fix_of(error, FIXES | CHANGED)
        fix = fix or _ELSEWHERE
        made = ShortageError if fix in SHORTAGES.values() else cls
        # Of a file that could not be renamed the second is its name to be; the first is made up.
        path = error.filename2 or error.filename or folder
        return made([Problem(str(path), error.strerror or str(error), fix)])


class ShortageError(StorageError):
    """The machine lacks what every file needs: each that follows would say the same."""


class LinkError(StorageError):
    """A link stands in a folder of results: what is written there could land elsewhere."""

    @classmethod
    def at(cls, *paths: object) -> LinkError:
        """The links at these paths."""
        what = "is a symbolic link or a junction, and nothing is read or written through one"
        fix = "remove it, or put a copy of what it leads to in its place"
        return cls(Problem(str(path), what, fix) for path in paths)


class DamagedError(ConfigError, ValueError):
    """A file of a folder of results is not what archlab writes."""

    @classmethod
    def at(cls, path: object, what: str) -> DamagedError:
        """What is wrong with the file at a path."""
        return cls([Problem(str(path), what, "train the run again, or restore the file")])

    @property
    def reason(self) -> str:
        """The same without where and how to mend it."""
        return "; ".join(problem.what for problem in self.problems)


class RunError(ArchlabError):
    """A run broke while it was under way; its folder is marked failed and holds the traceback."""


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that is meant, if one is near: it starts so, or differs in a letter or two.

    Names with dots are compared by their last part.
    """
    from difflib import get_close_matches

    last = str(name).rpartition(".")[2]
    by_last = {one.rpartition(".")[2]: one for one in known}
    starts = [one for one in by_last if last and one.startswith(last)]
    near = starts or get_close_matches(last, by_last, n=1, cutoff=0.75)
    return by_last[near[0]] if near else None


def known_names(name: object, known: Iterable[str]) -> str:
    """The fix for an unknown name: the one that is meant, if any, and all known ones."""
    names = sorted(known)
    near = nearest(name, names)
    return (f"did you mean {near}? " if near else "") + f"known: {', '.join(names)}"
