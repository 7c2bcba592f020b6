"""The lessons in teaching order, read without composing a config."""

from __future__ import annotations

import subprocess
import sys

import yaml

from experiments.config.help.course import LAST, course
from tests.conftest import ROOT

LESSONS = ROOT / "conf" / "lesson"


def test_the_course_holds_every_lesson_in_order():
    entries = course()
    assert {entry.name for entry in entries} == {path.stem for path in LESSONS.glob("*.yaml")}
    assert [entry.order for entry in entries] == sorted(entry.order for entry in entries)
    for entry in entries:
        section = yaml.safe_load((LESSONS / f"{entry.name}.yaml").read_text("utf-8"))["lesson"]
        assert (entry.title, entry.question) == (section["title"], section["question"])
        assert entry.compared
        assert entry.command == f"python run.py lesson={entry.name}"


def test_a_place_is_read_and_one_without_comes_last(tmp_path):
    text = "# python run.py lesson={0}\n# {0} things\nlesson:\n  title: T\n  question: Q?\n"
    for name, order in (("a", ""), ("b", "  order: 20\n"), ("c", "  order: 10\n")):
        (tmp_path / f"{name}.yaml").write_text(text.format(name) + order, encoding="utf-8")
    found = course(tmp_path)
    assert [(entry.name, entry.order) for entry in found] == [("c", 10), ("b", 20), ("a", LAST)]
    assert found[0].compared == "c things"


def test_the_course_is_cheap():
    code = "from experiments.config.help.course import course; course(); import sys"
    code += "; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"tensorflow", "keras", "matplotlib", "pandas", "hydra"}
    assert not heavy & set(done.stdout.split())
