"""Every lesson is run, as a person runs it, and holds."""

from __future__ import annotations

import re
from html import unescape

import pytest
import yaml
from hydra import compose, initialize_config_dir

from experiments.lessons.spec import check_lesson
from experiments.storage import run_folder
from tests.conftest import ROOT
from tests.experiments.report.test_report import Page
from tests.test_docs import checked_jobs, page
from tests.test_run import run

LESSONS = sorted(path.stem for path in (ROOT / "conf/lesson").glob("*.yaml"))


def said(name):
    """The lesson section of a file, as it is written."""
    path = ROOT / "conf/lesson" / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["lesson"]


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_holds(ask, tmp_path, name):
    done = ask(tmp_path, [f"lesson={name}", "hydra.sweep.dir=here"])
    assert done.returncode == 0, done
    assert "The claim holds." in done.stdout
    text = (tmp_path / "here/lesson.html").read_text(encoding="utf-8")
    assert said(name)["claim"] in unescape(text)
    page = Page(text)
    assert page.open == []
    assert not re.search(r"(src|href)=.?(https?:)?//", text)
    carried = [one for one in page.refers if one.startswith("data:image/png;base64,")]
    assert carried, "pictures travel in the page"
    for reference in set(page.refers) - {*carried}:
        assert (tmp_path / "here" / reference.partition("#")[0]).is_file(), reference
    pictures = len(said(name).get("pictures", ["fit"]))
    assert page.tags.count("img") == pictures * len(list(tmp_path.glob("here/*/status.json")))
    index = (tmp_path / "lessons.html").read_text(encoding="utf-8")
    assert "./here/lesson.html" in Page(index).refers


# Five other draws of the data, and trainings from seeds that no claim was written after.
OTHERS = [f"dataset.seed={k}" for k in range(1, 6)] + [f"training.seed={k}" for k in (5001, 5002)]


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_holds_on_other_data_and_from_other_seeds(ask, tmp_path, name, other):
    done = ask(tmp_path, [f"lesson={name}", other, "hydra.sweep.dir=here"])
    assert done.returncode == 0, done.stdout
    assert "The claim holds." in done.stdout


def test_a_lesson_that_does_not_hold_ends_with_1_and_says_so(ask, tmp_path):
    """Three steps do not lead to the end of the way: the three ways disagree."""
    asked = ["lesson=three_ways", "training.epochs=3", "hydra.sweep.dir=here"]
    done = ask(tmp_path, asked)
    assert done.returncode == 1
    assert "fails: " in done.stdout
    assert ">the claim does not hold<" in (tmp_path / "here/lesson.html").read_text(
        encoding="utf-8"
    )
    states = {run_folder.state(path.parent) for path in tmp_path.glob("here/*/status.json")}
    assert states == {"done"}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_a_config_with_exercises_whose_commands_compose(name):
    lesson = check_lesson(said(name))
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", [f"lesson={name}"], return_hydra_config=True)
    assert cfg.hydra.mode.name == "MULTIRUN"
    assert cfg.hydra.sweeper.params
    assert lesson.words.claim.endswith(".")
    commands = [exercise.command for exercise in lesson.exercises if exercise.command]
    assert commands
    for command in commands:
        assert command.startswith("python run.py ")
        assert (len(checked_jobs(command)) > 1) == ("-m" in command.split())


def test_every_lesson_has_a_place_of_its_own():
    places = [said(name)["order"] for name in LESSONS]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_names_runs_that_it_has(name):
    """What stands side by side first, and whose fit is sketched: keys and values of its sweep."""
    section = said(name)
    path = ROOT / "conf/lesson" / f"{name}.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))["hydra"]["sweeper"]["params"]
    words = " ".join([*section.get("compare", []), section["predict"].get("sketch", "")])
    for key, _, value in (word.partition("=") for word in words.split()):
        assert key in params, key
        assert value in re.findall(r"\[[^]]*\]|[^,]+", str(params[key])), value


def test_the_documentation_tells_of_every_lesson():
    for name in LESSONS:
        assert f"| `{name}` | {said(name)['title']} |" in page("lessons")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["lesson=bendd"], "error: lesson: unknown lesson, received 'bendd'; did you mean bend? "),
        (["-m", "lesson=bend,symmetry"], "error: lesson: is one a sweep, received 'bend,symmetry'"),
        (["lesson=bend", "lesson.claim=3"], "error: lesson.claim: must be a text, received 3; "),
        (["lesson=bend", "training.epochs=x"], "error: training.epochs: must be a whole number"),
    ],
)
def test_a_bad_command_is_refused_in_a_line_and_leaves_nothing(tmp_path, arguments, line):
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_hydra_shows_lessons_as_it_shows_everything():
    job = yaml.safe_load(run("lesson=bend", "--cfg", "job").stdout)
    assert job["lesson"]["title"] == said("bend")["title"]
    assert job["model"]["width"] == 20
    text = run("--help").stdout
    assert all(name in text for name in LESSONS)
    line = "python run.py lesson=s"
    found = run("-sc", "query=bash", COMP_LINE=line, COMP_POINT=str(len(line))).stdout.split()
    assert found == ["lesson=saturation", "lesson=symmetry"]
