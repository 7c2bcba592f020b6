"""What fell when finished folders were attacked beyond the first list, tool by tool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from experiments import animate, predict
from experiments.errors import StorageError
from experiments.export.__main__ import main as export
from experiments.notebook.__main__ import main as notebook
from experiments.report import __main__ as report
from experiments.storage.guarded.links import NESTED
from experiments.terminal import shortened
from experiments.terminal.program import writing_to
from experiments.verify.__main__ import main as verify
from tests.attacks.stamps import edit
from tests.conftest import ROOT

RUN = "0000-depth-1"
ORDERS = "\x1b]0;mine\x07\x1b[31mred\u202e\x9b2J"


def test_a_label_gives_the_terminal_no_orders(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for run in (RUN, "0001-depth-2"):
        edit(sweep / run / "status.json", "label", to=ORDERS)
    assert report.main([str(sweep)]) == 0
    words = ["--width", "320", "--seconds", "1", "--out", str(tmp_path / "one.gif")]
    assert animate.main([str(sweep / RUN), *words]) == 0
    told = "".join(capsys.readouterr())
    assert "red" in told
    assert not set("\x1b\x07\u202e\x9b") & set(told)


@pytest.mark.parametrize("name", ["x" * 2_000_000, "深" * 2_000_000])
def test_an_enormous_name_is_shortened_at_once(name: str) -> None:
    begun = time.monotonic()
    short = shortened(name, 20)
    assert time.monotonic() - begun < 10
    assert 19 <= cell_len(short) <= 20


def test_a_folder_that_is_left_out_gives_the_terminal_no_orders(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sweep / RUN).rename(sweep / "\x1b[31m")
    (sweep / "\x1b[31m" / "metrics.json").write_text("none")
    assert export(["csv", str(sweep), "--to", str(tmp_path / "csv")]) == 1
    told = capsys.readouterr().err
    assert "left out: ?[31m: broken" in told
    assert "\x1b" not in told


def test_where_something_lies_gives_the_terminal_no_orders(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sweep.rename(tmp_path / "it's \x1b[31m\u202e")
    assert verify([str(folder)]) == 0
    assert notebook([str(folder / RUN)]) == 0
    assert export(["csv", str(folder), "--to", str(tmp_path / "it's")]) == 0
    told = "".join(capsys.readouterr())
    assert "it's ?[31m?: 2 runs looked at" in told
    assert f'pandas.read_csv("{tmp_path}/it\'s/runs.csv")' in told
    assert not set("\x1b\u202e") & set(told)


def test_a_folder_whose_name_is_no_text_is_broken(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        (sweep / RUN).rename(sweep / os.fsdecode(b"one\xff"))
    except OSError:
        pytest.skip("this file system takes no such name")
    assert report.main([str(sweep)]) == 0
    assert export(["csv", str(sweep), "--to", str(tmp_path / "csv")]) == 1
    assert "rename the folder" in capsys.readouterr().err
    assert "one\\udcff" in (sweep / "results.csv").read_text()


@pytest.mark.parametrize("tool", [report.main, verify])
def test_folders_within_folders_without_end(sweep: Path, tool: Callable[..., int]) -> None:
    at = os.open(sweep, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    try:
        assert tool([str(sweep)]) == 0
    finally:
        _unnest(sweep)


def _unnest(sweep: Path) -> None:
    """Take nested folders away, from the outside in: paths as long as theirs are refused."""
    while (sweep / "d").exists():
        inner = sweep / "d" / "d"
        if inner.exists():
            inner.rename(sweep / "inner")
        (sweep / "d").rmdir()
        if (sweep / "inner").exists():
            (sweep / "inner").rename(sweep / "d")


def test_runs_are_found_some_folders_deep(sweep: Path) -> None:
    deep = sweep.joinpath(*["d"] * (NESTED - 1))
    deep.mkdir(parents=True)
    (sweep / RUN).rename(deep / RUN)
    assert report.main([str(sweep)]) == 0
    assert f"d/{RUN}" in (sweep / "results.csv").read_text()


@pytest.mark.parametrize("command", ["%% code mine", "%% markdown mine", "``` %% code mine"])
def test_no_command_begins_a_cell_of_a_notebook(sweep: Path, tmp_path: Path, command: str) -> None:
    def cells() -> list[str]:
        out = tmp_path / "one.ipynb"
        assert notebook([str(sweep / RUN), "--out", str(out)]) == 0
        return [cell["id"] for cell in json.loads(out.read_text())["cells"]]

    before = cells()
    edit(sweep / RUN / "status.json", "command", to=command)
    assert cells() == before


TOOLS = {
    "animate": (animate.main, ["{}", "--out", "{}.gif"]),
    "csv": (export, ["csv", "{}", "--to", "{}"]),
    "mlflow": (export, ["mlflow", "{}", "--to", "{}"]),
    "notebook": (notebook, ["{}", "--out", "{}.ipynb"]),
    "predict": (predict.main, ["{}", "1,2", "--out", "{}.csv"]),
    "report": (report.main, ["{}"]),
    "verify": (verify, ["{}"]),
}


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000], ids=["a zero byte", "5,000 letters"])
@pytest.mark.parametrize(
    ("tool", "place"),
    [
        (tool, place)
        for tool, (_, words) in TOOLS.items()
        for place in range(sum("{}" in w for w in words))
    ],
)
def test_a_path_that_can_be_none_is_one_line(
    sweep: Path,
    told: Callable[[Callable[[], int]], tuple[int, str]],
    tool: str,
    place: int,
    name: str,
) -> None:
    """First the folder, then where to write."""
    main, words = TOOLS[tool]
    right = [str(sweep / RUN), str(sweep / "out")]
    right[place] = name
    given = iter(right)
    code, err = told(lambda: main([w.format(next(given)) if "{}" in w else w for w in words]))
    assert code in (2, 3)
    assert ("a\\x00b" if "\0" in name else "x" * 5000) in err
    assert "free space" not in err


@pytest.mark.parametrize("shown", [3, 10**15])
def test_a_repeat_that_there_is_not_is_one_line(
    sweep: Path, told: Callable[[Callable[[], int]], tuple[int, str]], shown: int
) -> None:
    edit(sweep / RUN / "status.json", "shown_repeat", to=shown)
    for tool in (animate.main, notebook, report.main):
        code, err = told(lambda tool=tool: tool([str(sweep / RUN)]))  # type: ignore[misc]
        assert code == 2
        assert "shows a repeat that it has not, of 3" in err
    assert report.main([str(sweep)]) == 0
    assert "shows a repeat that it has not" in (sweep / "results.csv").read_text()


@pytest.mark.parametrize(
    ("module", "inner", "more"),
    [
        (report, "_of_folder", []),
        (predict, "finished_run", ["1,2"]),
        (animate, "chosen_runs", []),
    ],
)
def test_ctrl_c_is_one_word(
    sweep: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: object,
    inner: str,
    more: list[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, inner, interrupted)
    assert module.main([str(sweep / RUN), *more]) == 130  # type: ignore[attr-defined]
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("out", ["pipe", "link", "folder", ""])
def test_no_file_takes_the_place_of_a_device_or_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    Path("folder").mkdir()
    with pytest.raises(StorageError, match="and no file"), writing_to("--out", Path(out)):
        raise AssertionError("it would be written")
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("where", ["tensorboard", "mlflow"])
def test_a_place_whose_path_is_no_text_is_one_line(
    sweep: Path, tmp_path: Path, told: Callable[..., tuple[int, str]], where: str
) -> None:
    code, line = told(lambda: export([where, str(sweep), "--to", str(tmp_path / "a\udcff")]))
    assert code == 2
    assert "must be text in UTF-8" in line


@pytest.mark.parametrize("ending", ["| true", ">&-", ">&- 2>&-", ">/dev/full", "2>/dev/full"])
@pytest.mark.parametrize(
    ("program", "code"), [("-m experiments.verify", 0), ("-m experiments.verify no", 2)]
)
def test_who_listens_makes_no_difference_to_a_program(
    sweep: Path, tmp_path: Path, ending: str, program: str, code: int
) -> None:
    before, after = ("", ending) if "|" in ending else (ending, "")
    told = f"{sys.executable} {program} {sweep} {before} 3>&-"
    ended = subprocess.run(
        ["sh", "-c", f"{{ {{ {told}; echo $? >&3; }} {after}; }} 3>{tmp_path / 'code'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (tmp_path / "code").read_text() == f"{code}\n"
