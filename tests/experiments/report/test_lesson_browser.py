"""A lesson's page in a real browser: predict first, then two runs side by side under one slider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from benchmarks.synthetic import EPOCHS, make_record, write_run
from experiments.config.course import course
from experiments.lessons import checks
from experiments.lessons.pages import INDEX, write_pages
from experiments.lessons.runs import read_cases
from experiments.lessons.spec import check_lesson
from experiments.record import Sweep
from experiments.report.lesson.stage import Drawn
from experiments.storage.sweep_folder import write_sweep
from tests.experiments.lessons.test_texts import SECTION

CHOICES = ("it stays a line", "it bends")
CHOOSE = {"predict": {"choices": list(CHOICES), "answer": 1}}
SKETCH = {"predict": {"sketch": "model.depth=3"}}
CHECK = {"check": "below", "reference": "least_squares", "runs": "model.depth=3"}
BOTH = {"pictures": ["fit", "loss_curves"]}
# What a reader must not see before predicting.
ANSWERS = ("the claim", "holds", "0.2033", "the answer of")
WIDTHS = (1440, 1024, 500, 360)


def invented(folder, records=None, **words):
    """The page of an invented lesson with three runs."""
    records = records or [
        make_record(values, {"model.depth": depth})
        for depth, values in (
            (1, [0.5, 0.52, 0.49]),
            (2, [0.3, 0.33, 0.28]),
            (3, [0.2, 0.22, 0.19]),
        )
    ]
    for number, record in enumerate(records, start=1):
        write_run(folder / str(number), record)
    command = f"python run.py lesson={course()[0].name}"
    write_sweep(folder, Sweep(folder.name, command, "2026-01-02T03:04:05+00:00", ()))
    tasks = [{"task": f"task {k}", "answer": f"the answer of {k}"} for k in range(3)]
    checks.conclude_lesson(
        folder, check_lesson({**SECTION, "checks": [CHECK], "exercises": tasks, **words})
    )
    return folder / "lesson.html"


@pytest.fixture(scope="module")
def choosing(tmp_path_factory):
    return invented(tmp_path_factory.mktemp("sweeps") / "choosing", **CHOOSE, **BOTH)


@pytest.fixture(scope="module")
def sketching(tmp_path_factory):
    return invented(tmp_path_factory.mktemp("sweeps") / "sketching", **SKETCH)


def shown(page):
    return page.locator("body").inner_text()


def paths(page, kind):
    """The `d` of every line of a kind, left to right."""
    found = page.locator(f"#stage svg.plot .{kind}")
    return [one.get_attribute("d") for one in found.all()]


def slide(page, place):
    page.locator("#epoch").evaluate(
        "(e, place) => { e.value = place; e.dispatchEvent(new Event('input')); }", place
    )


def test_nothing_is_given_away_before_the_reader_predicts(opened, choosing):
    page = opened(choosing)
    for words in ANSWERS:
        assert words not in shown(page)
    assert page.title() == "the title – archlab"
    assert page.locator("#results").is_hidden()
    assert page.locator("#reveal").is_disabled()


@pytest.mark.parametrize(("chosen", "verdict"), [(1, "You predicted it"), (0, "You predicted: ")])
def test_a_choice_is_judged_and_everything_is_shown(opened, choosing, chosen, verdict):
    page = opened(choosing)
    page.locator("input[name=choice]").nth(chosen).check()
    page.locator("#reveal").click()
    assert page.locator("#outcome").inner_text().startswith(verdict)
    assert CHOICES[1] in page.locator("#outcome").inner_text()
    assert page.locator(".choice.right").inner_text().startswith(CHOICES[1])
    assert page.locator(".choice.wrong").count() == (chosen == 0)
    for words in ("the claim holds", "0.2033", "task 2"):
        assert words in shown(page)
    assert page.locator(".exercises details[open]").count() == 0
    assert page.evaluate("document.activeElement.id") == "results-head"


def test_show_me_needs_no_prediction(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    assert page.locator("#outcome").is_hidden()
    assert "the claim holds" in shown(page)


def test_the_keyboard_is_enough(opened, choosing):
    page = opened(choosing)
    page.locator("input[name=choice]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#outcome").inner_text().startswith("You predicted it")
    page.locator("#epoch").focus()
    before = paths(page, "main")
    page.keyboard.press("ArrowLeft")
    assert paths(page, "main") != before


def test_one_slider_moves_both_runs_on_shared_axes(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    assert page.locator(".pair > div").count() == 2
    ticks = [
        page.locator(".pair > div").nth(side).locator("svg .word").all_text_contents()
        for side in (0, 1)
    ]
    assert ticks[0] == ticks[1]
    assert page.locator(".epochs output").inner_text() == str(EPOCHS)
    assert page.locator("#stage g.thin path").count() == 2 * 2
    end = paths(page, "role-prediction.main")
    slide(page, 0)
    assert page.locator(".epochs output").inner_text() == "0"
    start = paths(page, "role-prediction.main")
    assert len(start) == len(end) == 2
    assert all(one != other for one, other in zip(start, end, strict=True))
    assert start[0] == start[1]  # untrained networks that put out nothing, on the same axes
    assert page.locator("#stage g.thin").first.is_hidden()


def test_play_goes_to_the_end_and_stops(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    button = page.locator(".epochs button")
    slide(page, int(page.locator("#epoch").get_attribute("max")) - 2)
    button.click()
    assert button.inner_text() == "Pause"
    page.wait_for_function("document.querySelector('.epochs button').textContent === 'Play'")
    assert page.locator(".epochs output").inner_text() == str(EPOCHS)


def test_another_run_can_be_set_beside(opened, choosing):
    page = opened(choosing)
    page.locator("#show").click()
    selects = page.locator(".pair select")
    assert [one.input_value() for one in selects.all()] == ["0", "2"]
    before = paths(page, "role-prediction.main")
    selects.nth(1).select_option("1")
    after = paths(page, "role-prediction.main")
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert page.evaluate("document.activeElement.id") == "side-1"


def test_a_sketch_is_drawn_with_the_pointer_and_measured(opened, sketching):
    page = opened(sketching)
    box = page.locator(".pad").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, middle - 80, steps=12)
    page.mouse.up()
    page.locator("#reveal").click()
    said = page.locator("#outcome").inner_text()
    assert "Your curve has a mean squared error of" in said
    assert "comes to 0.2" in said  # the run's own, of the repeat that is shown
    assert "to 0.5, the Bayes-optimal prediction to 0.14" in said
    assert len([d for d in paths(page, "sketched") if d]) == 1


def test_the_error_of_a_sketch_is_its_mean_squared_distance_to_the_rows(opened, sketching):
    """A sketch that is nearly the flat line at the mean of the rows."""
    page = opened(sketching)
    page.locator(".handle").first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.locator("#reveal").click()
    table = make_record([0.2, 0.22, 0.19], {"model.depth": 3}).predictions
    held = table[table["split"] == "val"]["y"].to_numpy()
    flat = float(np.mean((held - table["y"].mean()) ** 2))
    said = page.locator("#outcome").inner_text()
    found = float(said.partition("error of ")[2].split()[0])
    assert found == pytest.approx(flat, rel=1e-2)


def test_a_sketch_is_made_with_the_keyboard(opened, sketching):
    page = opened(sketching)
    assert page.locator("#reveal").is_disabled()
    first = page.locator(".handle").first
    first.focus()
    before = page.locator(".pad .sketched").get_attribute("d")
    low = float(first.get_attribute("aria-valuenow"))
    page.keyboard.press("PageUp")
    assert float(first.get_attribute("aria-valuenow")) > low
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") != (
        first.get_attribute("aria-label")
    )
    page.keyboard.press("ArrowDown")
    assert page.locator(".pad .sketched").get_attribute("d") != before
    page.locator("#reveal").click()
    assert page.locator("#results").is_visible()


def test_without_script_the_results_are_folded_below_the_question(opened, choosing):
    page = opened(choosing, java_script_enabled=False)
    text = shown(page)
    assert text.index("the question") < text.index(CHOICES[0]) < text.index("What came out")
    assert "the claim holds" not in text
    page.locator("#results > summary").click()
    assert "the claim holds" in shown(page)
    assert page.locator("#reveal").is_hidden()


def test_print_shows_all(opened, choosing):
    page = opened(choosing)
    page.emulate_media(media="print")
    for words in ("the claim holds", "0.2033", "the answer of 2", "task 0"):
        assert words in shown(page)
    assert page.locator("#stage svg.plot").first.is_visible()
    assert page.locator(".epochs").is_hidden()


@pytest.mark.parametrize(("old", "plots", "images"), [((1, 2), 0, 2), ((2,), 1, 1)])
def test_runs_without_a_grid_are_shown_by_their_pictures(opened, tmp_path, old, plots, images):
    """Those of an earlier version; a run that has a grid is drawn beside them."""
    records = []
    for depth, values in ((1, [0.5, 0.52]), (2, [0.3, 0.33])):
        record = make_record(values, {"model.depth": depth})
        records.append(replace(record, grid=None) if depth in old else record)
        (tmp_path / f"old/{depth}").mkdir(parents=True)
        Image.new("RGB", (80, 60)).save(tmp_path / f"old/{depth}/fit.png")
    page = opened(invented(tmp_path / "old", records, **CHOOSE))
    page.locator("#show").click()
    assert page.locator("svg.plot:visible").count() == plots
    assert page.locator("img:visible").count() == images
    assert "the claim does not hold" in shown(page)  # there is no third run


def test_learning_curves_stand_in_place_of_fits(opened, tmp_path):
    page = opened(invented(tmp_path / "curves", **CHOOSE, pictures=["loss_curves"]))
    page.locator("#show").click()
    assert page.locator("#stage svg.plot").count() == 2
    assert "epoch" in page.locator("#stage .title").all_text_contents()
    cursor = page.locator("#stage .cursor").first.get_attribute("d")
    slide(page, 3)
    assert page.locator("#stage .cursor").first.get_attribute("d") != cursor


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("step", ["before", "after"])
def test_axe_finds_nothing(opened, choosing, sketching, scheme, step):
    for path in (choosing, sketching):
        page = opened(path, color_scheme=scheme)
        if step == "after":
            page.locator("#show").click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_index(opened, choosing, scheme):
    found = Axe().run(opened(choosing.parents[1] / INDEX, color_scheme=scheme))
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_part_is_cut_at_any_width(opened, choosing, sketching, width):
    for path in (choosing, sketching, choosing.parents[1] / INDEX):
        page = opened(path, viewport={"width": width, "height": 800})
        if path.name != INDEX:
            page.locator("#show").click()
            for plot in page.locator("svg.plot").all():
                box = plot.bounding_box()
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_choice_is_not_called_right_where_the_claim_does_not_hold(opened, tmp_path):
    check = {"check": "above", "reference": "least_squares"}
    page = opened(invented(tmp_path / "other", **CHOOSE, checks=[check]))
    page.locator("input[name=choice]").nth(1).check()
    page.locator("#reveal").click()
    assert "These runs do not bear it out." in page.locator("#outcome").inner_text()
    assert page.locator(".choice.right").count() == 0
    assert "the claim does not hold" in shown(page)


def test_a_loss_that_grows_without_end_leaves_the_picture_and_is_told(opened, tmp_path):
    tame, wild = (make_record([0.2, 0.2], {"model.depth": depth}) for depth in (1, 2))
    grown = np.tile(np.geomspace(2, 1e30, EPOCHS), 2)
    table = wild.history.assign(**dict.fromkeys(("mse", "val_mse", "loss", "val_loss"), grown))
    wild = replace(
        wild, history=table, about=replace(wild.about, diverged_at=(EPOCHS, None), shown_repeat=0)
    )
    folder = tmp_path / "diverged"
    page = opened(invented(folder, [tame, wild], **CHOOSE, pictures=["loss_curves"]))
    page.locator("#show").click()
    told = page.locator(".pair .numbers").all_inner_texts()
    assert "diverged" not in told[0]
    assert told[1].endswith(f"diverged: not finite from epoch {EPOCHS}")
    ticks = page.locator("#stage svg .word[text-anchor=end]").all_text_contents()
    assert ticks
    assert all(float(tick) < 1e5 for tick in ticks)


def test_drawings_of_the_lesson_wait_for_the_prediction_too(opened, tmp_path):
    path = invented(tmp_path / "drawn", **CHOOSE)
    drawn = Drawn(
        '<svg width="90" height="60" role="img" aria-label="D"></svg>', "./d.png", "A bowl."
    )
    (path.parent / "d.png").write_bytes(b"")
    lesson = check_lesson({**SECTION, **CHOOSE})
    write_pages(path.parent, lesson, read_cases(path.parent), [], [drawn])
    page = opened(path)
    assert "A bowl." not in shown(page)
    page.locator("#show").click()
    assert page.locator(".drawn svg").is_visible()
    assert page.locator(".drawn a").get_attribute("href") == "./d.png"
    assert "A bowl." in shown(page)


def test_a_real_lesson(opened, ask, tmp_path):
    """Few repeats and epochs: whether its claim holds is not asked here."""
    less = ["training.repeats=2", "training.epochs=20", "hydra.sweep.dir=here"]
    done = ask(tmp_path, ["lesson=bend", *less])
    assert "lesson page: " in done.stdout, done
    page = opened(tmp_path / "here" / "lesson.html")
    assert page.locator("#results").is_hidden()
    page.locator("#show").click()
    lines = [d for d in paths(page, "role-prediction.main") if d]
    assert len(lines) == 2
    assert all(d.count("L") > 50 and "NaN" not in d for d in lines)
    assert page.locator("#stage g.thin path").count() == 2
