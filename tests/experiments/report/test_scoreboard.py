"""What the terminal says at the end: the verdict first, tables that fit, paths to click on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len

from benchmarks.synthetic import make_record, write_run
from experiments.comparison.compare import collect
from experiments.comparison.verdict import percent
from experiments.record import Metrics
from experiments.report import scoreboard
from experiments.report.scoreboard.lines import fitted, wrapped
from experiments.report.scoreboard.of_run import run_verdict
from experiments.report.scoreboard.verdicts import sweep_verdict
from experiments.terminal import place, shortened
from tests.on_terminal import links, on_terminal, plain_lines, widest

RNG = np.random.default_rng(0)


def errors(level, scatter=0.02, repeats=12):
    return list(level * np.exp(scatter * RNG.normal(size=repeats)))


def sweep_of(folder, *runs):
    """A comparison of runs, each given as (its errors, its keys, how it ended)."""
    for number, (values, keys, state) in enumerate(runs):
        record = make_record(values, {"model.width": number + 1, **keys})
        write_run(folder / f"{number:04d}-run", record, state)
    return collect(folder)


@pytest.fixture
def four(tmp_path):
    """Best, as good, worse, unclear."""
    levels = [(0.2, 0.004), (0.201, 0.004), (0.4, 0.02), (0.21, 0.15)]
    return sweep_of(tmp_path / "four", *((errors(*one), {}, None) for one in levels))


def shown(capsys, monkeypatch, comparison, folder, columns=80):
    """The lines that a sweep's end has where nothing is a terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    scoreboard.show(comparison, folder / "comparison.html")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    return out.splitlines()


def test_a_verdict_on_one_group_says_who_is_best_and_how_the_others_stand(four):
    text = " ".join(sweep_verdict(four))
    best = next(row for row in four.rows if row.verdict == "best")
    assert text.startswith(f"{best.label} is best: typical validation error ")
    assert f"{best.typical / 0.14:.2f} times the Bayes-optimal 0.14 on these rows." in text
    assert "Of the 3 others 1 is as good, 1 is shown to be worse and 1 is unclear." in text
    assert "sweep.settle=true" in text


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([0.2], "is the only run that is done: "),
        ([0.2, 0.4], "The other one is shown to be worse."),
        ([0.2, 0.4, 0.5], "All 2 others are shown to be worse."),
        ([0.1], "29% below the Bayes-optimal 0.14 on these rows"),
    ],
)
def test_a_verdict_has_the_grammar_of_its_numbers(tmp_path, levels, said):
    comparison = sweep_of(tmp_path, *(([level] * 8, {}, None) for level in levels))
    assert said in " ".join(sweep_verdict(comparison))


def test_where_the_best_error_is_unknown_least_squares_is_what_is_beside(four):
    known = four.groups[0]
    unknown = replace(known, references={"least_squares": 0.4}, noise_floor=None)
    text = " ".join(sweep_verdict(replace(four, groups=(unknown,))))
    assert "below that of least squares." in text
    floor = replace(known, references={}, noise_floor=0.1)
    assert "times the noise floor 0.1." in " ".join(sweep_verdict(replace(four, groups=(floor,))))


def test_a_verdict_on_a_table_leads_in_the_units_of_its_target(four):
    known = four.groups[0]
    units = replace(known, units=True, target="SalePrice", references={"least_squares": 0.8})
    lines = sweep_verdict(replace(four, groups=(replace(units, noise_floor=None),)))
    best = next(row for row in four.rows if row.verdict == "best")
    off = math.sqrt(best.typical)
    text = f"is best: typically off by {off:.4g} (SalePrice, RMSE) on the validation rows, "
    assert text + f"{percent(1 - off / math.sqrt(0.8))} below that of least squares." in " ".join(
        lines
    )
    assert len(lines) <= 3


@pytest.mark.parametrize("groups", [2, 3, 4, 9])
@pytest.mark.parametrize("name", ["short", "a long name of data 數據 that fills the line " * 3])
def test_a_verdict_has_three_lines_of_80_columns_at_most(tmp_path, groups, name):
    runs = [
        (errors(0.2 + 0.1 * width, 0.1), {"dataset.seed": group, "model.width": width}, None)
        for group in range(groups)
        for width in (1, 2, 3)
    ]
    comparison = sweep_of(tmp_path, *runs, ([0.2] * 8, {}, "failed"))
    renamed = tuple(replace(one, name=f"{k} {name}") for k, one in enumerate(comparison.groups))
    rows = tuple(replace(row, label=f"{row.label} {name}") for row in comparison.rows)
    lines = sweep_verdict(replace(comparison, groups=renamed, rows=rows))
    assert len(lines) == groups if groups <= 3 else len(lines) <= 3
    assert widest(lines) <= 80
    if groups <= 3:
        assert all("is best" in line and "× Bayes-optimal" in line for line in lines)
    else:
        assert lines[0].startswith(f"{groups} groups of data, each with a best run; ")
        assert "1 run is not done." in " ".join(lines)


def test_a_long_name_gives_way_and_the_rest_of_the_verdict_stays(four):
    rows = tuple(replace(row, label=row.label + " and more" * 30) for row in four.rows)
    lines = sweep_verdict(replace(four, rows=rows))
    assert len(lines) <= 3
    assert widest(lines) <= 80
    assert "1 is shown to be worse" in " ".join(lines)


def test_a_sweep_without_a_finished_run_says_so(tmp_path):
    comparison = sweep_of(tmp_path, ([0.2] * 5, {}, "failed"), ([0.2] * 5, {}, "interrupted"))
    assert sweep_verdict(comparison) == ["None of the 2 runs is done."]
    assert sweep_verdict(collect(tmp_path / "none")) == ["No run is done yet."]


def test_the_end_of_a_sweep_is_verdict_table_undone_links(tmp_path, capsys, monkeypatch):
    runs = [(errors(level), {}, None) for level in (0.2, 0.4)]
    comparison = sweep_of(tmp_path / "s", *runs, ([0.2] * 8, {}, "interrupted"))
    monkeypatch.chdir(tmp_path)
    lines = shown(capsys, monkeypatch, comparison, tmp_path / "s")
    starts = [lines.index(line) for line in sweep_verdict(comparison)]
    assert starts == list(range(len(starts)))
    heads = next(n for n, line in enumerate(lines) if line.split()[:1] == ["run"])
    assert lines[heads].split("  ")[1].strip() == "sine"
    assert [line[:4] for line in lines[heads + 1 : heads + 3]] == ["0000", "0001"]
    assert lines[heads + 1].rstrip().endswith("best")
    assert lines[heads + 2].rstrip().endswith("worse")
    undone = next(n for n, line in enumerate(lines) if line.startswith("interrupted: 0002-run: "))
    assert undone > heads + 2
    assert lines[-2:] == ["2 done, 1 interrupted in s", "report: s/comparison.html"]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_table_fits_the_terminal_and_shortens_names_in_the_middle(
    tmp_path, capsys, monkeypatch, four, columns
):
    names = [f"2 × 5 tanh · {'very ' * 24}long {number}" for number in range(4)]
    rows = tuple(replace(row, label=n, stuck=1) for row, n in zip(four.rows, names, strict=True))
    named = replace(four, rows=rows)
    lines = shown(capsys, monkeypatch, named, tmp_path / "four", columns)
    verdict = sweep_verdict(named)
    table = [line for line in lines if "2 × 5 t" in line and line not in verdict]
    assert len(table) == 4
    assert widest(table) <= columns
    for number, line in enumerate(sorted(table, key=lambda line: line.partition("long ")[2])):
        assert "…" in line
        assert f"long {number} " in line
    assert all(any(word in line for line in table) for word in ("best", "worse", "unclear"))
    assert ("1 of 12" in table[0]) == (columns >= 60)


def test_names_stay_whole_in_place_of_columns_or_over_lines(tmp_path, capsys, monkeypatch, four):
    """Else what a search chose would be lost: a name without its middle tells nothing."""
    own = [f"batch_size {16 + number}, learning_rate 0.0{number}132" for number in range(4)]
    names = [f"3 × 1{number} relu · {words}" for number, words in enumerate(own)]
    rows = tuple(replace(row, label=n, stuck=1) for row, n in zip(four.rows, names, strict=True))
    named = replace(four, rows=rows)

    def of_table(columns):
        lines = shown(capsys, monkeypatch, named, tmp_path / "four", columns)
        heads = next(n for n, line in enumerate(lines) if "val/mse" in line and "verdict" in line)
        table = lines[heads : lines.index("", heads)]
        assert widest(table) <= columns
        assert "…" not in "".join(table)
        return table

    whole, wide, narrow, least = map(of_table, (130, 80, 60, 44))
    for table in (whole, wide):
        assert len(table) == 5
        assert all(any(name in line for line in table) for name in names)
    assert "95 % interval" in whole[0]
    assert "95 % interval" not in wide[0]
    assert "times best" in wide[0]
    assert len(narrow) == 9
    assert any(line.startswith("3 × 10 relu · batch_size 16, ") for line in narrow)
    assert any(line.strip() == "learning_rate 0.00132" for line in narrow)
    assert len(least) == 13


def test_more_runs_than_a_screen_has_are_counted(tmp_path, capsys, monkeypatch):
    many = [(errors(0.2 + 0.01 * number, 0.02, 3), {}, None) for number in range(25)]
    broken = [([0.2], {"dataset.kind": "cubic"}, "failed") for _ in range(22)]
    comparison = sweep_of(tmp_path, *many, *broken)
    lines = shown(capsys, monkeypatch, comparison, tmp_path)
    assert "… and 5 more in comparison.html" in lines
    assert "… and 2 more in comparison.html" in lines
    assert sum(line.startswith("failed: ") for line in lines) == 20


def test_a_run_says_its_score_beside_the_best_possible_one_first(tmp_path, capsys, monkeypatch):
    record = make_record([0.2, 0.3])
    monkeypatch.chdir(tmp_path)
    scoreboard.show_run(record, tmp_path / "run")
    lines = capsys.readouterr().out.splitlines()
    typical = (0.2 * 0.3) ** 0.5
    verdict = run_verdict(record)
    assert lines[: len(verdict)] == verdict
    assert " ".join(verdict) == (
        f"{record.about.label} has a typical validation MSE of {typical:.4g} over 2 repeats, "
        f"{typical / 0.14:.2f} times the Bayes-optimal 0.14 on these rows."
    )
    assert lines[-1] == "report: run/report.html"


def measured(values=(49.0, 49.0), label="house prices: 2 × 20 relu"):
    """A run on data that somebody measured, in units."""
    record = make_record(list(values))
    spread = record.metrics.scores["val/mse"]
    off = replace(spread, typical=44_312.7, mean=44_400.0)
    r2 = replace(spread, typical=None, mean=0.714)
    line = {"least_squares": {"val/mse": 98.0}}
    scores = {**record.metrics.scores, "val/rmse": off, "val/r2": r2}
    metrics = replace(record.metrics, scores=scores, references=line, noise_floor=None)
    config = {**record.about.config, "dataset": {"kind": "csv", "target": "SalePrice"}}
    data = {**record.about.data, "target": "SalePrice"}
    about = replace(record.about, config=config, data=data, label=label)
    return replace(record, about=about, metrics=metrics)


def test_where_the_target_has_units_they_lead():
    assert " ".join(run_verdict(measured())) == (
        "house prices: 2 × 20 relu is typically off by 44,300 (SalePrice, RMSE), R² 0.71 on the "
        "validation rows over 2 repeats, MSE 50% below that of least squares."
    )


@pytest.mark.parametrize("label", ["a: b", "data of a long name " * 9, "x" * 300])
def test_a_verdict_on_a_run_has_three_lines_of_80_columns_at_most(label):
    for record in (measured(label=label), make_record([0.1]), make_record([0.2] * 3)):
        about = replace(record.about, label=label)
        lines = run_verdict(replace(record, about=about))
        assert len(lines) <= 3
        assert widest(lines) <= 80
        assert lines[-1].endswith(".")


def test_a_diverged_run_has_no_score():
    record = make_record([0.2, 0.3, 0.4])
    final = replace(record.metrics.final, mean=None, typical=None, values=(0.2, None, 0.4))
    metrics: Metrics = replace(record.metrics, scores={"val/mse": final})
    about = replace(record.about, diverged_at=(None, 7, None))
    (line,) = run_verdict(replace(record, about=about, metrics=metrics))
    assert line.endswith(": 1 of 3 repeats diverged, so the run has no score.")


def test_paths_are_relative_below_where_one_stands_and_whole_elsewhere(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert place(here / "a" / "b.html").plain == "a/b.html"
    assert place(tmp_path / "c").plain == str(tmp_path / "c")
    assert place(here / "a b", "words").plain == "words"


@pytest.mark.parametrize("width", range(1, 12))
def test_a_shortened_name_keeps_its_ends_and_its_width(width):
    for name in ("abcdefghij", "數據數據數據", "abc"):
        short = shortened(name, width)
        assert cell_len(short) <= width
        assert short == name or "…" in short
    if width >= 3:
        assert shortened("abcdefghijkl", width)[0] == "a"
        assert shortened("abcdefghijkl", width)[-1] == "l"


def test_words_are_wrapped_and_the_last_version_is_cut():
    assert wrapped("a bb ccc", 4) == ["a bb", "ccc"]
    long = ["word " * 100]
    assert fitted([long, ["short"]]) == ["short"]
    assert len(fitted([long])) == 3
    assert widest(fitted([long])) <= 80


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("there")
    sweep_of(folder / "s", (errors(0.2), {}, None), (errors(0.4), {}, None))
    return folder


@pytest.mark.parametrize(
    ("environment", "linked", "coloured"),
    [({}, True, True), ({"NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, False, False)],
)
def test_a_terminal_gets_links_where_it_can(on_disk, environment, linked, coloured):
    code, text = on_terminal(["-m", "experiments.report", "s"], on_disk, **environment)
    assert code == 0
    lines = plain_lines(text)
    assert "report: s/comparison.html" in lines
    assert widest(lines) <= 80
    found = {path.resolve() for path in links(text)}
    wanted = {on_disk / "s", on_disk / "s/comparison.html", on_disk / "s/0000-run/report.html"}
    assert (wanted <= found) == linked
    assert bool(found) == linked
    assert ("\x1b[1m" in text) == (linked or coloured)
