"""`python -m experiments.verify <run or sweep> ...`: whether folders are as they were written.

    python -m experiments.verify outputs/sweeps/<sweep>
    python -m experiments.verify outputs/runs/<run> --retrain

Looks at the size and SHA-256 of every file that a run lists, and at whether they hold what a run
holds. With --retrain each run is trained again from its own config, in a temporary folder, and its
numbers are compared: bit for bit with the versions and processor that made them, elsewhere its
errors to a thousandth of their size, at the median over repeats.

Exit codes: 0 all is right; 1 something is not; 2 there is nothing to look at; 3 no room to train.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import EXIT_FAILED, ArchlabError, ConfigError, Problem, StorageError
from ..terminal import console
from ..terminal.program import Ending, check_words, program_words
from .stored import runs_of, wrong_with_run, wrong_with_sweep


@dataclass
class Looked:
    """What a look at a folder came to, in words for its last line.

    runs: how many were looked at. lacking: planned ones that are not there or are others.
    retrained: whether they were trained again. bad: runs with something wrong. elsewhere: in words,
    what here decides last digits and is not as it was, in any order.
    """

    runs: int
    lacking: int
    retrained: bool
    bad: int = 0
    elsewhere: dict[str, None] = field(default_factory=dict)

    def __str__(self) -> str:
        right = "as written"
        if self.retrained:
            right += " and trained again: errors agree "
            other = "; ".join(self.elsewhere)
            right += f"to a thousandth, here is {other}" if other else "bit for bit"
        words = f"{self.runs} run{'s' * (self.runs != 1)} looked at"
        if self.bad or self.lacking:
            words += f", something is wrong with {self.bad}" * bool(self.bad)
            return words + f", {self.lacking} planned are missing or others" * bool(self.lacking)
        return f"{words}, {right}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at every folder that is named; returns the exit code."""
    parser = program_words("verify", __doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a run or of a sweep")
    parser.add_argument("--retrain", action="store_true", help="train every run again")
    chosen = parser.parse_args(arguments)
    with Ending() as ending:
        check_words(chosen)
        wrong = [_look_at(folder, chosen.retrain) for folder in _with_runs(chosen.folder)]
        if any(wrong):
            return EXIT_FAILED
    return ending.code


def _with_runs(folders: Sequence[Path]) -> Sequence[Path]:
    """The folders; raises ConfigError where any has no run."""
    problems = []
    for folder in folders:
        what = "holds no runs" if folder.is_dir() else "is no folder"
        if not folder.is_dir() or (not runs_of(folder) and not (folder / "sweep.json").exists()):
            problems.append(Problem(str(folder), what, "name the folder of a run or of a sweep"))
    if problems:
        raise ConfigError(problems)
    return folders


def _look_at(folder: Path, retrain: bool) -> bool:
    """Tell what is wrong with a run or a sweep; returns whether anything is."""
    runs = runs_of(folder)
    of_sweep = [] if runs == [folder] else wrong_with_sweep(folder)
    _tell_problems(of_sweep)
    looked = Looked(len(runs), len(of_sweep), retrain)
    for run in runs:
        problems = wrong_with_run(run)
        if not problems and retrain:
            problems, elsewhere = _retrained(run)
            looked.elsewhere.update(dict.fromkeys(elsewhere))
        _tell_problems(problems)
        looked.bad += bool(problems)
    console().print(f"{folder}: {looked}")
    return bool(looked.bad or of_sweep)


def _retrained(run: Path) -> tuple[list[Problem], list[str]]:
    """What comes out other than before; a StorageError is nothing of the run's."""
    from .anew import train_again

    try:
        return train_again(run)
    except StorageError:
        raise
    except ArchlabError as error:
        return list(error.problems), []


def _tell_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
