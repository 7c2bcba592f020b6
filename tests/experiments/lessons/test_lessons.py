"""Every check of a lesson can hold and can fail; a lesson that does not hold says so."""

from __future__ import annotations

import math
from dataclasses import replace
from html import unescape

import pytest

from benchmarks.synthetic import make_record, write_run
from experiments.errors import ConfigError
from experiments.lessons import checks
from experiments.lessons.arguments import ARGUMENTS
from experiments.lessons.runs import runs_named
from experiments.lessons.spec import Claim, check_lesson
from experiments.report.lesson.page import PNG
from experiments.storage import run_folder
from models import network as networks
from tests.experiments.lessons.test_texts import SECTION
from tests.experiments.report.test_comparison_page import NASTY
from tests.experiments.report.test_report import Page
from tests.models.tasks import make_task

CLOSE = [0.2, 0.21, 0.19, 0.205, 0.2]
TWICE = [0.41, 0.4, 0.4, 0.41, 0.39]
LINE = [0.5, 0.5001, 0.4999, 0.5, 0.5]
LOST = [math.nan, 0.2, 0.2, 0.2, 0.2]
HALF = [0.2, 0.58, 0.21, 0.6, 0.19]  # always answering the mean makes 0.6
WORDS = {name: f"the {name}" for name in ("title", "question", "claim", "text")}


def cases_of(folder, *runs):
    """Cases of runs, each (errors of its repeats, what of its record is to be otherwise)."""
    for width, (values, changes) in enumerate(runs, start=1):
        keys = {"model.width": width, **changes.pop("keys", {})}
        record = make_record(values, keys)
        if any(math.isnan(value) for value in values):
            at = tuple(3 if math.isnan(value) else None for value in values)
            record = replace(record, about=replace(record.about, diverged_at=at))
        write_run(folder / str(width), replace(record, **changes))
    return checks.read_cases(folder)


def keep(network, folder):
    """Make a network that of a finished run."""
    network.save(folder / "model.keras")
    run_folder.finish(folder, run_folder.read_about(folder), "done", [])


def judged(folder, name, arguments, *runs):
    (finding,) = checks.check_claims(
        cases_of(folder, *[run if isinstance(run, tuple) else (run, {}) for run in runs]),
        replace(lesson(), claims=(Claim(name, ARGUMENTS[name](**arguments)),)),
    )
    return finding


PAIR = {"run": "model.width=1", "than": "model.width=2"}


@pytest.mark.parametrize(
    ("name", "arguments", "runs", "held"),
    [
        ("equal_to_least_squares", {"within": 0.001}, [LINE], True),
        ("equal_to_least_squares", {"within": 0.0001}, [LINE], False),
        ("equal_to_least_squares", {"within": 0.001}, [LINE, [0.5, 0.5, 0.5, 0.5, 0.6]], False),
        ("equal_to_least_squares", {"within": 0.001}, [[math.nan, 0.5]], False),
        ("below", {"reference": "least_squares"}, [CLOSE], True),
        ("below", {"reference": "least_squares", "times": 0.5}, [CLOSE], True),
        ("below", {"reference": "bayes"}, [CLOSE], False),
        ("below", {"reference": "least_squares"}, [[0.2, 0.9, 0.3, 0.6, 0.2]], False),  # too wide
        ("below", {"reference": "least_squares"}, [[0.2]], False),  # no interval
        ("below", {"reference": "least_squares", "runs": "model.width=2"}, [LINE, CLOSE], True),
        (
            "below",
            {"reference": "least_squares", "runs": "model.width=9"},
            [CLOSE],
            False,
        ),  # no run
        ("below", {"reference": "least_squares"}, [LOST], False),
        ("above", {"reference": "bayes"}, [CLOSE], True),
        ("above", {"reference": "bayes", "times": 1.5}, [CLOSE], False),
        ("above", {"reference": "bayes", "times": 1.2}, [[0.3, 0.31, 0.29] * 4 + [9.0]], True),
        ("above", {"reference": "bayes"}, [[0.15, 0.3, 0.1]], False),
        ("above", {"reference": "bayes", "score": "train/mse"}, [CLOSE, [0.1, 0.1, 0.2]], False),
        (
            "above",
            {"reference": "bayes", "score": "excess/mse"},
            [CLOSE],
            False,
        ),  # unknown
        ("worse_than", PAIR, [TWICE * 8, CLOSE * 8], True),
        ("worse_than", {**PAIR, "times": 1.5}, [TWICE * 8, CLOSE * 8], True),
        ("worse_than", {**PAIR, "times": 2.5}, [TWICE * 8, CLOSE * 8], False),
        ("worse_than", PAIR, [CLOSE * 8, TWICE * 8], False),
        ("worse_than", PAIR, [[0.21, 0.2, 0.2, 0.2, 0.2], CLOSE], False),  # within the spread
        ("worse_than", PAIR, [[0.4], [0.2]], False),  # one repeat
        ("worse_than", PAIR, [LOST, CLOSE], False),
        ("worse_than", PAIR, [TWICE * 8, CLOSE * 8, CLOSE], True),
        ("worse_than", {**PAIR, "than": "model.depth=1"}, [TWICE, CLOSE], False),  # which one?
        ("diverges", {}, [[math.nan, math.nan]], True),
        ("diverges", {}, [LOST], False),
        ("diverges", {}, [CLOSE], False),
        ("stuck", {"at_least": 0.4}, [HALF], True),
        ("stuck", {"at_least": 0.5}, [HALF], False),
        ("stuck", {"at_most": 0.4}, [HALF], True),
        ("stuck", {"at_most": 0.3}, [HALF], False),
        ("stuck", {"at_most": 0.3}, [CLOSE, HALF], False),  # one run of two
        ("stuck", {"at_least": 0.7, "score": "train/mse"}, [[0.2, 0.6, 0.6, 0.6]], True),
        ("stuck", {"at_most": 1.0}, [LOST], False),
        ("stuck", {"score": "excess/mse"}, [CLOSE], False),  # the mean predictor has none
    ],
)
def test_a_check_holds_where_it_must_and_only_there(tmp_path, name, arguments, runs, held):
    finding = judged(tmp_path, name, arguments, *runs)
    assert finding.held == held
    assert finding.messages
    assert any(letter.isdigit() for letter in "".join(finding.messages))


def test_worse_than_compares_on_the_same_data_only(tmp_path):
    other = (TWICE, {"keys": {"dataset.seed": 7}})
    assert not judged(tmp_path, "worse_than", PAIR, other, CLOSE).held


@pytest.mark.parametrize(("off", "std", "held"), [(0, 0, True), (0.5, 0, False), (0, 0.5, False)])
def test_agree_looks_at_every_repeat(tmp_path, off, std, held):
    """One prediction of one row that is off, or one row over which repeats differ, is enough."""
    table = make_record(CLOSE).predictions.assign(prediction_std=0.0)
    moved = table.copy()
    moved.loc[7, "prediction_mean"] += off
    moved.loc[9, "prediction_std"] += std
    runs = [(CLOSE, {"predictions": one}) for one in (table, moved)]
    assert judged(tmp_path, "agree", {"within": 0.1}, *runs).held == held


def test_agree_needs_two_runs_on_the_same_data(tmp_path):
    table = make_record(CLOSE).predictions.assign(prediction_std=0.0)
    runs = [
        (CLOSE, {"predictions": table}),
        (CLOSE, {"predictions": table.assign(y=table["y"] + 1)}),
    ]
    assert not judged(tmp_path / "other", "agree", {"within": 1.0}, *runs).held
    assert not judged(tmp_path / "alone", "agree", {"within": 1.0}, runs[0]).held


@pytest.mark.parametrize(("initializer", "width", "held"), [
    ("ones", 3, True), ("glorot_uniform", 3, False), ("ones", 1, False),
])  # fmt: skip
def test_units_equal(tmp_path, initializer, width, held):
    task = make_task({"depth": 2, "width": width}, initializer=initializer)
    keys = {"model.depth": 2, "model.width": width}
    cases_of(tmp_path, (CLOSE, {"keys": keys}))
    network = networks.restore(networks.build(task), networks.initial_weights(task, 0))
    keep(network, tmp_path / "1")
    arguments = ARGUMENTS["units_equal"](within=1e-6)
    assert checks.CHECKS["units_equal"](checks.read_cases(tmp_path), arguments).held == held


@pytest.mark.parametrize(("activation", "bias", "held"), [
    ("relu", -1000.0, True), ("relu", 1000.0, False), ("tanh", -1000.0, False),
])  # fmt: skip
def test_dead_layers(tmp_path, activation, bias, held):
    task = make_task({"depth": 2, "width": 3, "activation": activation})
    keys = {"model.depth": 2, "model.width": 3, "model.activation": activation}
    cases_of(tmp_path, (CLOSE, {"keys": keys}))
    weights = [*networks.initial_weights(task, 0)]
    weights[3] = weights[3] + bias
    network = networks.restore(networks.build(task), tuple(weights))
    keep(network, tmp_path / "1")
    finding = checks.CHECKS["dead_layers"](
        checks.read_cases(tmp_path), ARGUMENTS["dead_layers"](at_least=1)
    )
    assert finding.held == held


def test_every_check_has_its_arguments_and_is_tried_here():
    assert list(checks.CHECKS) == list(ARGUMENTS)


def lesson(**words):
    steps = ({"check": "below", "reference": "least_squares"},)
    return check_lesson({**SECTION, **WORDS, "checks": list(steps), **words})


@pytest.mark.parametrize(("values", "held"), [(CLOSE, True), (LINE, False), (LOST, False)])
def test_result_terminal_and_page_say_what_came_out(tmp_path, capsys, values, held):
    cases_of(tmp_path, (values, {}), (CLOSE, {}))
    assert checks.conclude_lesson(tmp_path, lesson()) == held
    out = capsys.readouterr().out
    assert "claim: the claim" in out
    assert ("The claim holds." in out) == held
    assert ("does not hold" in out) == (not held)
    text = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    assert (">the claim does not hold<" in text) == (not held)
    for word in WORDS.values():
        assert word in text


def test_a_run_that_is_not_finished_fails_the_lesson(tmp_path, capsys):
    cases_of(tmp_path, (CLOSE, {}))
    write_run(tmp_path / "2", make_record(CLOSE, {"model.width": 2}), "failed")
    assert not checks.conclude_lesson(tmp_path, lesson())
    assert "failed" in capsys.readouterr().out
    assert checks.check_claims([], lesson())[0].held is False


def test_what_a_lesson_says_is_escaped_and_the_page_loads_nothing(tmp_path):
    record = make_record(CLOSE, {"model.activation": NASTY})
    write_run(tmp_path / "a b#", record)
    (tmp_path / "a b#" / "fit.png").write_bytes(PNG)
    checks.conclude_lesson(
        tmp_path, lesson(title=NASTY, claim=NASTY, exercises=[{"task": NASTY, "answer": NASTY}] * 3)
    )
    text = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    assert text.count("<script") == 3  # what hides the results, the data, the page's own
    assert NASTY.replace("\u2028", "") in unescape(text).replace("\u2028", "")
    page = Page(text)
    assert page.open == []
    assert "./a%20b%23/fit.png" in page.refers
    known = ("./", "comparison.html", "data:image/png;base64,")
    assert all(reference.startswith(known) for reference in page.refers)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"claim": 3}, "lesson.claim: must be a text, received 3"),
        ({"titel": "x"}, "lesson.titel: unknown key, received 'x'; did you mean title?"),
        ({"checks": []}, "lesson.checks: must be a list, received []"),
        ({"checks": 1}, "lesson.checks: must be a list, received 1"),
        ({"checks": [{"check": "belo"}]}, "lesson.checks[0].check: unknown check, received 'belo'"),
        ({"checks": ["below"]}, "lesson.checks[0].check: unknown check, received 'below'"),
        ({"checks": [{"check": "below"}]}, "lesson.checks[0].reference: must be bayes"),
        (
            {"checks": [{"check": "agree", "within": 0}]},
            "lesson.checks[0].within: must be a number above 0 to 1, received 0",
        ),
        (
            {"checks": [{"check": "diverges", "runs": "depth 2"}]},
            "lesson.checks[0].runs: must be words key=value",
        ),
        ({"pictures": ["fitt"]}, "lesson.pictures: must name pictures of a run: fit, "),
    ],
)  # fmt: skip
def test_a_bad_lesson_is_refused_in_a_line(changes, line):
    with pytest.raises(ConfigError) as refused:
        lesson(**changes)
    (said,) = str(refused.value).splitlines()
    assert said.startswith(f"error: {line}")


def test_a_lesson_must_be_a_section():
    with pytest.raises(ConfigError, match="lesson: must hold keys, received 'bend'"):
        check_lesson("bend")


def test_a_key_that_is_null_can_be_named(tmp_path):
    cases = cases_of(
        tmp_path,
        (CLOSE, {"keys": {"training.patience": None}}),
        (CLOSE, {"keys": {"training.patience": 50}}),
    )
    assert [len(runs_named(cases, f"training.patience={word}")) for word in ("null", "50")] == [
        1,
        1,
    ]
    assert runs_named(cases, "training.unknown=null") == []
