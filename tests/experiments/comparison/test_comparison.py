from __future__ import annotations

import csv
import json
import math
import shlex
import shutil
from dataclasses import replace

import pytest
from scipy.stats import gmean

from benchmarks.synthetic import REFERENCES, make_record, make_sweep, write_run
from experiments import record as records
from experiments import text
from experiments.comparison import run_names
from experiments.comparison.compare import collect
from experiments.comparison.run_names import command_of
from experiments.report.exports import results_csv
from experiments.storage import run_folder, sweep_folder
from experiments.storage.read_runs import natural

BEST = [0.20, 0.21, 0.19, 0.20, 0.205] * 4
GOOD = [0.203, 0.21, 0.19, 0.20, 0.206] * 4
UNCLEAR = [0.21, 0.20, 0.29, 0.21, 0.20] * 4
WORSE = [0.40, 0.43, 0.39, 0.41, 0.40] * 4


@pytest.fixture
def sweep(tmp_path):
    """sweep(values, **keys) adds a run; keys are written section__key."""
    count = 0

    def add(values, state=None, **keys):
        nonlocal count
        folder = tmp_path / f"{count:02d}-run"
        count += 1
        record = make_record(values, {key.replace("__", "."): v for key, v in keys.items()})
        write_run(folder, record, state)
        return folder

    add.folder = tmp_path
    return add


def test_runs_rank_by_the_typical_error_with_a_verdict_each(sweep):
    sweep(WORSE, model__width=1)
    sweep(BEST, model__width=2)
    sweep(UNCLEAR, model__width=3)
    sweep(GOOD, model__width=4)
    said = collect(sweep.folder)
    assert [row.rank for row in said.rows] == [4, 1, 3, 2]
    assert [row.verdict for row in said.rows] == ["worse", "best", "unclear", "as good"]
    assert [row.how for row in said.rows] == ["paired", "best", "paired", "paired"]
    assert [row.typical for row in said.rows] == pytest.approx(
        [gmean(values) for values in (WORSE, BEST, UNCLEAR, GOOD)]
    )
    assert [row.stuck for row in said.rows] == [0, 0, 4, 0]
    assert said.rows[2].wins == pytest.approx(0.28)
    (group,) = said.groups
    assert (group.best, group.comparisons, group.runs) == (1, 3, 4)
    assert said.counts == {"done": 4}
    assert said.varying == ("model.width",)
    best = said.rows[1]
    assert best.mean == pytest.approx(0.201)
    assert best.above_best == pytest.approx(gmean(BEST) - REFERENCES["bayes"])
    assert best.excess == pytest.approx(0.201 - 0.14)
    assert best.parameters == 21  # that training changes, of 26


def test_the_verdict_is_in_words(sweep):
    sweep(WORSE, model__width=1)
    sweep(BEST, model__width=2)
    sweep(UNCLEAR, model__width=3)
    sweep(GOOD, model__width=4)
    (said,) = collect(sweep.folder).verdict
    assert said == (
        "sine: 2 tanh ×1 has the lowest validation error: 0.2009, the geometric mean over 20 "
        "repeats (mean 0.201 ± 0.0068). As good, shown to have at most 1.05 times its error: "
        "4 tanh ×1. 1 is shown to be worse. 1 is unclear: 3 tanh ×1 (1.09 times, a random seed "
        "wins 28 of 100). The repeats cannot rule out that seeds of a kind not seen yet turn the "
        "order: the best run may get stuck now and then. With 20 repeats a run has to be about "
        "1.28 times worse to be called so; with training.repeats=80, about 1.06 times. "
        "sweep.settle=true trains more of them only where it is unclear. "
        "Its error is 1.43 times the Bayes-optimal error (0.14 on the "
        "same rows; noise floor 0.15) and 60% below least squares (0.5). All this speaks of other "
        "seeds on these very rows. Other data could turn it, and seeds cannot show by how much; "
        "training.vary varies data or split too."
    )


def test_one_repeat_cannot_judge(sweep):
    sweep([0.2], model__width=1)
    sweep([0.4], model__width=2)
    said = collect(sweep.folder)
    assert [row.verdict for row in said.rows] == ["best", "unclear"]
    assert "So few repeats are too few to say; ask for more" in said.verdict[0]


def test_a_closed_form_is_compared_though_it_has_one_repeat(sweep):
    sweep(BEST)
    sweep([0.5], model__kind="pinv")
    sweep([0.5 * (1 + 1e-13)], model__kind="svd")
    said = collect(sweep.folder)
    assert [row.verdict for row in said.rows] == ["best", "worse", "worse"]
    assert "All 2 others are shown to be worse." in said.verdict[0]


def test_below_the_floor_above_least_squares_and_unknown_floor(sweep, tmp_path):
    sweep([0.1] * 5, dataset__kind="linear")
    sweep([0.7, 0.71, 0.72], dataset__kind="cubic")
    record = make_record(BEST)
    references = {"least_squares": {"val/mse": 0.5}, "mean_predictor": {"val/mse": 0.6}}
    metrics = replace(record.metrics, references=references, noise_floor=None)
    write_run(tmp_path / "unknown", replace(record, metrics=metrics))
    linear, cubic, sine = collect(sweep.folder).verdict
    assert "29% below the Bayes-optimal error" in linear
    assert "by chance or because the noise of these rows was learned" in linear
    assert "1.42 times that of least squares (0.5)" in cubic
    assert "It is the only run that is done on these data." in cubic
    assert "How low it could be is unknown" in sine
    assert collect(sweep.folder).rows[2].above_best is None


def test_what_two_repeats_cannot_tell_is_no_wild_number(sweep):
    sweep([0.2, 0.4], model__width=1)
    sweep([0.5, 0.3], model__width=2)
    (said,) = collect(sweep.folder).verdict
    assert "With 2 repeats a run has to be more than 100 times worse" in said
    sweep([0.50001] * 2, dataset__kind="cubic")
    assert "the same as that of least squares (0.5)" in collect(sweep.folder).verdict[1]


def test_only_runs_on_the_same_rows_are_compared(sweep):
    sweep(BEST, dataset__kind="sine")
    sweep(WORSE, dataset__kind="sine", split__seed=7)
    sweep(WORSE, dataset__kind="cubic")
    sweep(WORSE, dataset__kind="cubic", dataset__seed=1)
    said = collect(sweep.folder)
    assert [row.rank for row in said.rows] == [1, 1, 1, 1]
    assert [group.name for group in said.groups] == [
        "sine (split.seed 42)",
        "sine (split.seed 7)",
        "cubic (dataset.seed 42)",
        "cubic (dataset.seed 1)",
    ]


def test_undone_runs_never_rank_and_never_vanish(sweep):
    sweep(BEST)
    for state in ("failed", "interrupted", "running"):
        folder = sweep(BEST, state)
    diverged = make_record([0.1, math.nan])
    about = replace(diverged.about, diverged_at=(None, 7))
    write_run(sweep.folder / "diverged", replace(diverged, about=about))
    said = collect(sweep.folder)
    assert said.counts == dict.fromkeys(["done", "diverged", "failed", "interrupted", "running"], 1)
    assert [row.rank for row in said.undone] == [None] * 4
    by_state = {row.state: row for row in said.undone}
    assert by_state["diverged"].reason == "1 of 2 repeats diverged, first at epoch 7"
    assert "process was killed" in by_state["running"].reason
    assert by_state["running"].log_tail == f"first line\nlast line of {folder.name}"
    assert said.groups[0].runs == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("status.json", None),
        ("status.json", b"{"),
        ("status.json", b"[1]"),
        ("status.json", b"\xff\xfe"),
        ("status.json", b"[" * 100_000),
        ("metrics.json", None),
        ("metrics.json", b"{}"),
        ("history.csv", None),
        ("history.csv", b"half"),
    ],
)
def test_a_broken_folder_is_listed_with_its_reason(sweep, name, content):
    sweep(BEST)
    folder = sweep(BEST)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    said = collect(sweep.folder)
    assert said.counts == {"done": 1, "broken": 1}
    assert said.undone[0].reason
    assert said.undone[0].log_tail
    assert said.groups[0].runs == 1


@pytest.mark.parametrize(
    "change",
    [
        {"state": "splendid"},
        {"config": ["alien"]},
        {"config": {"dataset": 3}},
        {"label": 5},
        {"data": {}},
        {"diverged_at": 3},
        {"files": {}},
        {"files": None},
    ],
)
def test_a_status_that_says_other_things_is_broken(sweep, change):
    folder = sweep(BEST)
    status = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps({**status, **change}))
    assert collect(sweep.folder).counts == {"broken": 1}


@pytest.mark.parametrize("mean", ["many", None, 1e999, [1]])
def test_numbers_that_are_none_are_broken(sweep, mean):
    record = make_record(BEST)
    scores = {**record.metrics.scores, "val/mse": replace(record.metrics.final, mean=mean)}
    folder = sweep(BEST)
    text = json.dumps(
        json.loads(run_folder.metrics_text(record.metrics))
        | {"val/mse": {**scores["val/mse"].__dict__, "mean": mean}}
    )
    (folder / "metrics.json").write_text(text)
    run_folder.finish(folder, record.about, "done", [])
    assert collect(sweep.folder).counts == {"broken": 1}


def test_alien_folders_and_files_are_left_alone(sweep):
    sweep(BEST)
    (sweep.folder / "notes").mkdir()
    (sweep.folder / "notes" / "todo.txt").write_text("x")
    (sweep.folder / ".hidden").mkdir()
    (sweep.folder / ".hidden" / "status.json").write_text("{}")
    (sweep.folder / "multirun.yaml").write_text("x")
    assert collect(sweep.folder).counts == {"done": 1}


def test_an_empty_or_absent_folder_has_no_runs(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        said = collect(folder)
        assert (said.rows, said.counts, said.planned) == ((), {}, None)
        assert said.verdict == ("No run is done yet.",)


def test_the_plan_of_a_sweep_tells_what_is_missing(sweep):
    sweep(BEST)
    planned = tuple(records.Planned(name, ("model.width=9",), "hash") for name in ("00-run", "77"))
    plan = records.Sweep("widths", "python run.py -m sweep.name=widths", "now", planned)
    sweep_folder.write_sweep(sweep.folder, plan)
    assert sweep_folder.read_sweep(sweep.folder) == plan
    said = collect(sweep.folder)
    assert (said.name, said.command, said.started) == (plan.name, plan.command, plan.started)
    assert said.counts == {"done": 1, "missing": 1}
    assert said.planned == 2
    assert said.undone[0].reason == "never started, or its folder is gone: model.width=9"
    (sweep.folder / "sweep.json").write_text("{")
    assert sweep_folder.read_sweep(sweep.folder) is None


def test_without_a_plan_the_command_comes_from_the_runs():
    commands = [f"python run.py model.depth={d} model.width={w}" for d in (1, 2) for w in (5, 9)]
    assert command_of(commands) == "python run.py -m model.depth=1,2 model.width=5,9"
    assert command_of(commands[:1]) == commands[0]
    assert command_of(commands[:3]).endswith("(and 2 more; each run's page has its own)")
    assert command_of([]) == ""


def test_folders_are_in_the_order_that_people_count_in():
    names = ["10", "9", "0010-a", "0009-b", "x2", "x10", "", "a/2", "a/10"]
    assert sorted(names, key=natural) == [
        "",
        "0009-b",
        "9",
        "0010-a",
        "10",
        "a/2",
        "a/10",
        "x2",
        "x10",
    ]


def test_results_csv_has_a_row_a_run_and_times_last(sweep):
    sweep(WORSE, model__width=1)
    sweep(BEST, model__width=2)
    sweep(BEST, "failed", model__width=3)
    text = results_csv.content(collect(sweep.folder)).decode()
    header, *rows = csv.reader(text.splitlines())
    assert header[-3:] == ["training_seconds", "seconds", "started"]
    assert not [name for name in header[:-3] if name.endswith(("seconds", "started"))]
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["folder"] for row in table] == ["00-run", "01-run", "02-run"]
    assert [row["rank"] for row in table] == ["2", "1", ""]
    assert [row["verdict"] for row in table] == ["worse", "best", ""]
    assert float(table[1]["typical"]) == pytest.approx(gmean(BEST))
    assert [row["state"] for row in table] == ["done", "done", "failed"]
    assert [row["model.width"] for row in table] == ["1", "2", "3"]
    assert float(table[1]["mean"]) == collect(sweep.folder).rows[1].mean
    assert results_csv.content(collect(sweep.folder)).decode() == text


def test_results_csv_does_not_depend_on_where_or_when(sweep, tmp_path_factory):
    sweep(WORSE, model__width=1)
    sweep(BEST, model__width=2)
    other = tmp_path_factory.mktemp("elsewhere")
    for name in ("01-run", "00-run"):
        shutil.copytree(sweep.folder / name, other / name)
    assert results_csv.content(collect(other)) == results_csv.content(collect(sweep.folder))


def test_many_folders(tmp_path):
    make_sweep(tmp_path / "many", runs=60, broken=10)
    said = collect(tmp_path / "many")
    assert said.counts == {"done": 50, "broken": 10}
    assert len(said.groups) == 3
    assert sum(group.runs for group in said.groups) == 50
    assert all(row.reason for row in said.undone)


def test_what_repeats_vary_is_said_and_not_mixed(sweep):
    """Runs whose repeats draw other rows stand apart from those that only draw other seeds."""
    for vary in (["weights"], ["weights", "data"]):
        for values in (BEST, WORSE):
            folder = sweep(values, model__width=len(vary), training__learning_rate=values[0])
            status = json.loads((folder / run_folder.STATUS).read_text())
            status["data"] |= {"vary": vary, "compared_by": ",".join(vary)}
            (folder / run_folder.STATUS).write_text(json.dumps(status))
    seeds, data = collect(sweep.folder).groups
    assert (seeds.vary, data.vary) == (("weights",), ("weights", "data"))
    assert "All this speaks of other seeds on these very rows." in seeds.sentences[-1]
    assert "this speaks of other data too" in data.sentences[-1]


def test_the_margin_and_the_stages_of_a_sweep_are_those_of_its_file(sweep):
    sweep(BEST, model__width=1)
    sweep([value * 1.2 for value in BEST], model__width=2)
    sweep(WORSE[:10], model__width=3)
    alone = collect(sweep.folder)
    assert [row.verdict for row in alone.rows] == ["best", "unclear", "worse"]
    held = records.Sweep("s", "python run.py -m", "", (), margin=1.5, stages=(10, 20))
    sweep_folder.write_sweep(sweep.folder, held)
    assert sweep_folder.read_sweep(sweep.folder) == held
    assert [row.verdict for row in collect(sweep.folder).rows] == ["best", "as good", "worse"]


def test_where_the_target_has_units_the_verdict_speaks_in_them(sweep):
    millions = [2.2e9, 2.3e9, 2.1e9, 2.25e9]
    of_a_table = {"dataset__kind": "csv", "dataset__seed": None}
    sweep(millions, **of_a_table, model__width=1)
    sweep([3 * value for value in millions], **of_a_table, model__width=2)
    (group,) = collect(sweep.folder).groups
    assert (group.units, group.target) == (True, "y")
    off = math.sqrt(gmean(millions))
    assert f"typically off by {text.number(off)} (" in group.sentences[0]
    assert "(RMSE, in the units of y)" in group.sentences[0]
    assert "Its RMSE is " in " ".join(group.sentences)
    assert "e+" not in " ".join(group.sentences)


@pytest.mark.parametrize(
    "command",
    [
        "python run.py model.depth=2  dataset=sine",
        "python run.py 'model.width=[2,3]' a=\"b c\" d=e\\ f",
        "python run.py\tx=1\ny=2 z=ü",
        "python run.py a='open",
        "",
        " python run.py +a=1 # b=2",
    ],
)
def test_words_of_a_command_are_those_of_a_shell(command):
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    assert run_names._shell_words(command) == words


def test_values_are_told_apart_where_their_json_is():
    values = [1, 1.0, True, "1", "true", None, "null", 0.0, -0.0, 0, False, [1], [1.0], ["1"], {}]
    values += [math.nan, float("nan"), math.inf, "NaN", {"a": 1}, {"a": 1.0}, 0.1, 0.1 + 2e-17]
    for one in values:
        for other in values:
            same = run_names.told_apart(one) == run_names.told_apart(other)
            assert same == (json.dumps(one) == json.dumps(other)), (one, other)
