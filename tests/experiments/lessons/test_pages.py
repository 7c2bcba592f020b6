"""What a lesson leaves for its reader: a page with its neighbours, and an index of all lessons."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

from benchmarks.synthetic import make_record, write_run
from experiments.config.help.course import course
from experiments.lessons import checks
from experiments.lessons.pages import INDEX, LESSON_PAGE, lessons_taken
from experiments.lessons.spec import check_lesson
from experiments.record import Sweep
from experiments.report.lesson.page import PNG
from experiments.storage.sweep_folder import write_sweep
from tests.experiments.lessons.test_texts import SECTION
from tests.experiments.report.test_report import Page

FIRST, SECOND, THIRD = course()[:3]


def run_lesson(sweeps, name, folder=None, started="2026-01-02T03:04:05+00:00", more="", **words):
    """The folder of an invented sweep that was asked for as a lesson, with its pages."""
    at = sweeps / (folder or name)
    for depth, values in ((1, [0.5, 0.52]), (2, [0.2, 0.21])):
        write_run(at / str(depth), make_record(values, {"model.depth": depth}))
    write_sweep(at, Sweep(at.name, f"python run.py lesson={name}{more}", started, ()))
    checks.conclude_lesson(at, check_lesson({**SECTION, **words}))
    return at


def refers(path):
    return Page(path.read_text(encoding="utf-8")).refers


def test_the_index_lists_the_course_and_what_was_run(tmp_path):
    run_lesson(tmp_path, SECOND.name, "some name")
    text = (tmp_path / INDEX).read_text(encoding="utf-8")
    places = [text.index(f'id="{entry.name}"') for entry in course()]
    assert places == sorted(places)
    for entry in course():
        for words in (entry.title, entry.question, entry.compared, entry.command):
            assert words in unescape(text)
    assert Page(text).refers == ["./some%20name/lesson.html"]
    assert text.count(">done<") == 1
    assert "2026-01-02" in text
    assert "holds" not in text.partition("</style>")[2].replace(SECOND.question, "")


def test_the_index_is_rewritten_and_the_last_run_of_a_lesson_counts(tmp_path):
    run_lesson(tmp_path, FIRST.name, "old", "2026-01-01T00:00:00+00:00")
    run_lesson(tmp_path, FIRST.name, "new", "2026-01-03T00:00:00+00:00")
    run_lesson(tmp_path, SECOND.name)
    taken = lessons_taken(tmp_path)
    assert set(taken) == {FIRST.name, SECOND.name}
    assert taken[FIRST.name].page == "./new/lesson.html"
    assert (tmp_path / INDEX).read_text(encoding="utf-8").count(">done<") == 2


def test_neighbours_are_pages_where_they_were_run_and_else_entries(tmp_path):
    first = run_lesson(tmp_path, FIRST.name) / LESSON_PAGE
    assert f"../{INDEX}#{SECOND.name}" in refers(first)
    second = run_lesson(tmp_path, SECOND.name) / LESSON_PAGE
    assert f"../{FIRST.name}/lesson.html" in refers(second)
    assert f"../{INDEX}#{THIRD.name}" in refers(second)
    for page in (first, second):
        for address in refers(page):
            path = page.parent / address.partition("#")[0]
            assert path.is_file() or path.name in ("comparison.html", "report.html"), address


def test_a_lesson_that_the_course_does_not_have_has_a_page_and_no_neighbours(tmp_path):
    page = run_lesson(tmp_path, "a_lesson_of_mine") / LESSON_PAGE
    assert not (tmp_path / INDEX).exists()
    assert 'rel="next"' not in page.read_text(encoding="utf-8")


def test_a_changed_lesson_says_that_the_claim_is_about_another(tmp_path):
    def text(folder, more):
        at = run_lesson(tmp_path, FIRST.name, folder, more=more) / LESSON_PAGE
        return at.read_text(encoding="utf-8").partition("</style>")[2]

    about = "; the claim is about the lesson as it is written."
    fewer = "With fewer repeats a difference may not show."
    assert about not in text("same", " hydra.sweep.dir=here sweep.name=mine open=true")
    longer = text("longer", " training.epochs=1000 '+dataset.name=<b>x</b>'")
    changed = "<code>training.epochs=1000</code>, <code>dataset.name=&lt;b&gt;x&lt;/b&gt;</code>"
    assert f"You changed {changed}{about}" in longer
    assert fewer not in longer
    assert f"{about} {fewer}" in text("quick", " training.repeats=2")


def test_no_lesson_fails_for_an_index_that_cannot_be_written(tmp_path):
    (tmp_path / INDEX).mkdir()
    page = run_lesson(tmp_path, FIRST.name) / LESSON_PAGE
    assert INDEX not in page.read_text(encoding="utf-8")


def test_a_folder_of_an_earlier_version_is_shown_by_its_pictures(tmp_path):
    at = tmp_path / FIRST.name
    write_run(at / "1", replace(make_record([0.5, 0.52], {"model.depth": 1}), grid=None))
    (at / "1" / "fit.png").write_bytes(PNG)
    checks.conclude_lesson(at, check_lesson(SECTION))
    assert "./1/fit.png" in refers(at / LESSON_PAGE)
