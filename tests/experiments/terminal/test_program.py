"""How the programs beside `run.py` end: a line, and an exit code."""

from __future__ import annotations

import ast
import errno

import pytest

from experiments.errors import ConfigError, Problem, StorageError
from experiments.terminal.program import Ending, program_words, writing_to
from tests.conftest import ROOT

REFUSED = ConfigError([Problem("--width", "must be even, received 3", "give 4")])


def test_a_block_that_nothing_stops_is_exit_code_0(capsys):
    with Ending() as ending:
        pass
    assert ending.code == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (REFUSED, 2, "error: --width: must be even, received 3; give 4\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (PermissionError(13, "Permission denied", "a.csv"), 3, "error: a.csv: Permission denied; "),
        (OSError("no words"), 3, "error: here: no words; "),
    ],
    ids=["refused", "Ctrl-C", "a file", "no file"],
)
def test_what_stops_a_block_is_told_in_a_line(error, code, told, capsys):
    with Ending("here", interrupted="stopped") as ending:
        raise error
    assert ending.code == code
    said = capsys.readouterr().err
    assert said.startswith(told)
    assert said.count("\n") == 1


def test_what_nobody_expects_goes_on():
    with pytest.raises(ZeroDivisionError), Ending():
        raise ZeroDivisionError


def test_a_failure_to_write_names_the_option_and_one_to_read_its_file(tmp_path, capsys):
    out, run = tmp_path / "none" / "out.csv", tmp_path / "run.json"
    for read, told in (
        (False, f"--out: No such file or directory, received {str(out)!r}; choose another file"),
        (True, f"{run}: No such file or directory; "),
    ):
        with Ending() as ending:
            if read:
                run.read_text()
            with writing_to("--out", out):
                out.write_text("")
        assert ending.code == 3
        assert capsys.readouterr().err.startswith(f"error: {told}")


def test_every_program_ends_so():
    programs = [ROOT / "experiments" / name for name in ("animate.py", "predict.py")]
    programs += [*(ROOT / "experiments").glob("*/__main__.py")]
    assert len(programs) > 4
    for path in programs:
        words = {node.id for node in ast.walk(ast.parse(path.read_text())) if hasattr(node, "id")}
        assert {"Ending", "program_words"} <= words, path
        assert not {"EXIT_STORAGE", "OSError"} & words, f"{path} ends in a way of its own"


def test_a_program_is_told_by_the_words_that_start_it(capsys):
    with pytest.raises(SystemExit):
        program_words("predict", "What a saved run predicts.").parse_args(["--help"])
    said = capsys.readouterr().out
    assert said.startswith("usage: python -m experiments.predict ")
    assert "\nWhat a saved run predicts.\n" in said


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.ENOSPC, "free space, or choose another folder"),
        (errno.EMFILE, "raise the limit with ulimit -n"),
        (errno.EFBIG, "raise the limit with ulimit -f"),
        (errno.ENAMETOOLONG, "choose a shorter name"),
        (errno.EACCES, "choose another folder"),
    ],
)
def test_the_fix_is_one_of_what_the_system_refused(number, fix):
    refused = OSError(number, "words", "a.csv")
    (problem,) = StorageError.of(refused).problems
    assert fix in problem.fix
    assert ("free space" in problem.fix) == (number == errno.ENOSPC)
    with pytest.raises(StorageError) as caught, writing_to("--out", "a.csv"):
        raise refused
    assert fix.removesuffix(" folder") in str(caught.value)
