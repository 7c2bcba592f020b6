"""The command line on a terminal: one line that moves, the verdict, links, the page that opens."""

from __future__ import annotations

import json
import re

import pytest

from experiments.storage import run_folder
from tests.conftest import ROOT
from tests.on_terminal import left_on_screen, links, on_terminal, widest
from tests.test_run import run, runs_of

SMALL = ["training.epochs=30", "training.repeats=2"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """(a program that notes what it is asked to open, what it noted)."""
    folder = tmp_path_factory.mktemp("browser")
    script, noted = folder / "browser", folder / "opened"
    script.write_text(f'#!/bin/sh\necho "$1" >> "{noted}"\n')
    script.chmod(0o755)
    return script, noted


def opened(browser):
    """What was opened since the last time."""
    _, noted = browser
    lines = noted.read_text().splitlines() if noted.exists() else []
    noted.write_text("")
    return lines


def phases(text):
    """What the moving line said, each once, without its numbers."""
    said = re.findall(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (\D*?)(?: ·| \d|\r|\x1b)", text)
    return list(dict.fromkeys(said))


def test_a_run_on_a_terminal_says_what_is_going_on_and_ends_with_the_verdict(tmp_path, browser):
    arguments = [ROOT / "run.py", *SMALL, "hydra.run.dir=here", "open=true"]
    code, text = on_terminal(arguments, tmp_path, BROWSER=str(browser[0]))
    assert code == 0
    said = phases(text)
    order = ["making data", "loading TensorFlow", "compiling the program", "writing the folder"]
    # What lasts less than a redraw is never seen.
    seen = [words for words in said if words in order]
    assert seen == [words for words in order if words in seen]
    assert {"loading TensorFlow", "compiling the program"} <= {*seen}
    assert said.index(seen[0]) <= 2
    lines = left_on_screen(text)
    assert lines[0].startswith("sine (400 training, 100 validation rows)")
    ending = lines[next(n for n, line in enumerate(lines) if " has a typical " in line) :]
    assert widest(ending) <= 80
    assert not re.search("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "".join(lines)), "the moving line is gone"
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is shown again"
    assert ending[-1] == "report: here/report.html"
    assert (tmp_path / "here" / "report.html").resolve() in [path.resolve() for path in links(text)]
    assert opened(browser) == [(tmp_path / "here/report.html").as_uri()]
    about = run_folder.read_about(tmp_path / "here")
    assert "open=true" not in about.command
    assert "open" not in json.dumps(about.config)


def test_a_sweep_opens_its_page_and_stays_the_same_sweep(tmp_path, browser):
    asked = ["-m", "model=pinv,svd", "dataset=linear", "sweep.name=s"]
    done = run(*asked, "open=true", folder=tmp_path, BROWSER=str(browser[0]))
    assert done.returncode == 0, done.stderr
    page = tmp_path / "outputs" / "sweeps" / "s" / "comparison.html"
    assert opened(browser) == [page.as_uri()]
    assert "\x1b" not in done.stdout + done.stderr
    assert "report: outputs/sweeps/s/comparison.html" in done.stdout.splitlines()
    names = [path.name for path in runs_of(page.parent)]
    again = run(*asked, folder=tmp_path, BROWSER=str(browser[0]))
    assert "2 runs, nothing was missing" in again.stdout
    assert [path.name for path in runs_of(page.parent)] == names
    assert opened(browser) == []


def test_a_lesson_opens_its_own_page(tmp_path, browser):
    asked = ["lesson=three_ways", "sweep.name=l", "training.epochs=5", "open=true"]
    run(*asked, folder=tmp_path, BROWSER=str(browser[0]))
    page = tmp_path / "outputs" / "sweeps" / "l" / "lesson.html"
    assert opened(browser) == [page.as_uri()]
    assert page.is_file()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["open=[1"], "error: open: cannot be read, received 'open=[1'; "),
        (["open=2"], "error: open: must be true or false, received 2; for example open=true"),
        (["-m", "model=pinv", "open=true,false"], "error: open: is one for a whole sweep"),
        (
            ["compilation_cache=no_thanks"],
            "error: compilation_cache: must be true or false, received 'no_thanks'; for example ",
        ),
        (["opem=true"], "error: opem: unknown key, received 'true'; did you mean open?"),
    ],
)
def test_what_is_no_yes_or_no_is_refused(tmp_path, arguments, line):
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_refused_command_leaves_nothing_of_the_line_behind(tmp_path):
    code, text = on_terminal([ROOT / "run.py", "training.epochs=ten"], tmp_path)
    assert code == 2
    (line,) = left_on_screen(text)
    assert text.rfind("\x1b[?25h") >= text.rfind("\x1b[?25l"), "the cursor is shown again"
    assert line.startswith("error: training.epochs: must be a whole number")
