"""training.vary: what repeats draw anew, and that nothing of a run says otherwise."""

from __future__ import annotations

import json

import numpy as np
import pytest

from datasets import data_of, load, split_of
from experiments import report
from experiments.errors import ConfigError
from experiments.plots.pictures import fit as fit_picture
from experiments.report.payload import curves
from experiments.runner.run import run as run_config
from experiments.scoring.repeats import interval, spread
from experiments.scoring.summarize import measure
from experiments.storage import run_folder
from experiments.task import prepare
from experiments.text import each, meaning, shown_rows
from models import fit, joined
from models.prepare import Known, compared_by

DATA, SPLIT = "training.vary=[weights,data]", "training.vary=[weights,split]"
SHORT = ("training.epochs=2", "training.repeats=3")


def drawn(configured, *overrides, **rest):
    return prepare(configured(*SHORT, *overrides), **rest)[1].draws


def test_repeat_0_has_the_rows_of_the_seed_and_the_others_have_their_own(configured):
    config = configured(*SHORT, DATA)
    dataset, task = prepare(config)
    np.testing.assert_array_equal(task.draws[0].x_NxF, load(config.dataset).x_NxF)
    np.testing.assert_array_equal(task.x_NxF, task.draws[0].x_NxF)
    np.testing.assert_array_equal(task.draws[0].optimum_N, dataset.optimum_N)
    assert len({task.draws[k].y_N.tobytes() for k in range(3)}) == 3
    assert len({task.draws[k].validation_V.tobytes() for k in range(3)}) == 1
    assert prepare(configured(*SHORT))[1].draws == {}


def test_a_split_that_varies_is_a_partition_of_the_same_rows(configured):
    draws = drawn(configured, SPLIT, "split.how=shuffled")
    first = prepare(configured(*SHORT, "split.how=shuffled"))[1]
    np.testing.assert_array_equal(draws[0].train_T, first.train_T)
    assert len({draws[k].validation_V.tobytes() for k in range(3)}) == 3
    for rows in draws.values():
        np.testing.assert_array_equal(rows.x_NxF, first.x_NxF)
        assert sorted([*rows.train_T, *rows.validation_V]) == list(range(500))
        assert len(rows.train_T) == 400


def test_draws_follow_from_seed_and_repeat_alone(configured):
    whole = drawn(configured, DATA)
    later = drawn(configured, DATA, first_repeat=1, count=2)
    assert sorted(later) == [1, 2]
    for k, rows in later.items():
        np.testing.assert_array_equal(rows.y_N, whole[k].y_N)
    config = configured()
    seeds = [data_of(config.dataset, k).seed for k in range(100)]
    seeds += [split_of(config.split, k).seed for k in range(1, 100)]
    assert len(set(seeds)) == 199  # also where both seeds are 42
    other = configured("dataset.seed=43")
    assert data_of(other.dataset, 1).seed not in seeds


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["training.vary=[split]"], "split.how is tail"),
        (["training.vary=[split]", "split.how=shuffled", "split.fraction=0"], "fraction is 0"),
        (["training.vary=[data]", "dataset=tv_marketing"], "those of csv are given"),
        (["training.vary=[data]", "dataset.slope=null"], "dataset.slope is null"),
        (["training.vary=[]"], "one at least"),
        (["training.vary=[data,data]"], "once at most"),
        (["training.vary=[date]"], "did you mean data"),
        (["training.vary=data"], "must be a list"),
    ],
)
def test_what_cannot_vary_is_refused_in_one_line(configured, overrides, said):
    with pytest.raises(ConfigError) as caught:
        configured(*overrides)
    (problem,) = caught.value.problems
    assert problem.key == "training.vary"
    assert said in str(problem)
    assert "received [" in str(problem) or "received 'data'" in str(problem)


def finished(configured, folder, *overrides):
    config = configured(*SHORT, *overrides)
    run_config(config, folder, [*overrides])
    return config, run_folder.read(folder), json.loads((folder / "metrics.json").read_text())


@pytest.mark.parametrize(
    "vary", [[DATA], [SPLIT, "split.how=shuffled"], [DATA, "model=pinv"]], ids=" ".join
)
def test_each_repeat_is_scored_on_its_own_rows_beside_its_own_references(
    configured, tmp_path, vary
):
    config, _, metrics = finished(configured, tmp_path, *vary)
    _, task = prepare(config)
    (fitted,) = fit([task])
    assert len(metrics["val/mse"]["values"]) == metrics["repeats"] == 3
    for k, rows in task.draws.items():
        squares_N = (fitted.prediction_RxN[k] - rows.y_N) ** 2
        for name, chosen in (("train", rows.train_T), ("val", rows.validation_V)):
            by_hand = squares_N[chosen].mean()
            assert metrics[f"{name}/mse"]["values"][k] == pytest.approx(by_hand, rel=1e-12)
        excess = ((fitted.prediction_RxN[k] - rows.optimum_N) ** 2).mean()
        assert metrics["excess/mse"]["values"][k] == pytest.approx(excess, rel=1e-12)
    best = [((r.optimum_N - r.y_N)[r.validation_V] ** 2).mean() for r in task.draws.values()]
    assert metrics["references"]["bayes"]["val/mse"] == pytest.approx(np.mean(best), rel=1e-12)
    mean = [
        ((r.y_N[r.validation_V] - r.y_N[r.train_T].mean()) ** 2).mean() for r in task.draws.values()
    ]
    assert metrics["references"]["mean_predictor"]["val/mse"] == pytest.approx(np.mean(mean))
    assert metrics["val/mse"]["std"] > 0


@pytest.mark.parametrize("vary", [[DATA], [SPLIT, "split.how=shuffled"]], ids=" ".join)
def test_tables_pictures_and_model_are_those_of_the_repeat_shown(configured, tmp_path, vary):
    import keras

    config, record, metrics = finished(configured, tmp_path, *vary)
    shown, table = record.about.shown_repeat, record.predictions
    rows = prepare(config)[1].draws[shown]
    np.testing.assert_allclose(table["y"], rows.y_N, rtol=1e-12)
    np.testing.assert_allclose(table["y_optimal"], rows.optimum_N, rtol=1e-12)
    assert table.index[table["split"] == "val"].tolist() == sorted(rows.validation_V)
    model = keras.saving.load_model(tmp_path / "model.keras")
    again_N = np.asarray(model(table[record.features].to_numpy()))[:, 0]
    np.testing.assert_allclose(again_N, table["prediction"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(record.snapshots[-1], table["prediction"], rtol=1e-5)
    mse = ((table["prediction"] - table["y"])[table["split"] == "val"] ** 2).mean()
    assert mse == pytest.approx(metrics["val/mse"]["values"][shown])
    same = "data" not in config.training.vary
    assert table["prediction_mean"].notna().all() == table["prediction_std"].notna().all() == same
    page = (tmp_path / "report.html").read_text()
    for said in (shown_rows(record.about), each(config.training.vary), meaning(record.about)):
        assert said
        assert said in page
    caption = fit_picture.caption(record)
    assert shown_rows(record.about) in caption
    best = ((rows.optimum_N - rows.y_N)[rows.validation_V] ** 2).mean()
    assert f"{best:.4g} on the validation rows" in caption
    report.rebuild(tmp_path)
    assert run_folder.state(tmp_path) == "done"


def test_the_page_of_a_run_from_seeds_alone_says_what_it_cannot_know(configured, tmp_path, capfd):
    _, record, _ = finished(configured, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "55 % (sine) and 45 % (cubic)" in page
    assert "training.vary=[weights,data]" in page
    assert shown_rows(record.about) == ""
    assert "over 3 repeats, each with other initial weights" in capfd.readouterr().out


def test_closed_forms_have_repeats_only_where_their_rows_vary(configured, tmp_path):
    assert prepare(configured("model=svd"))[1].repeats == 1
    config, record, metrics = finished(configured, tmp_path, "model=svd", "training.vary=[data]")
    assert metrics["repeats"] == 3
    assert metrics["val/mse"]["ci95"] is not None
    assert record.about.data["vary"] == ["data"]
    assert each(config.training.vary) == "each with other rows"


def test_intervals_of_splits_are_widened():
    """The variance of the mean is (1/n + V/T) std^2, as Nadeau and Bengio (2003) have it."""
    values = [1.0, 2.0, 4.0]
    plain, wide = spread(values), spread(values, overlap=0.25)
    assert plain.ci95 == interval(values)
    widths = [np.log(high / low) for low, high in (plain.ci95, wide.ci95)]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt((1 / 3 + 0.25) / (1 / 3)))


def test_runs_that_varied_other_things_or_from_other_seeds_are_no_match(configured):
    def of(*overrides):
        config = configured(*overrides)
        return compared_by(config, prepare(config)[0])

    assert of(DATA) == of("training.vary=[data,weights]", "training.repeats=2", "model.depth=3")
    shuffled = "split.how=shuffled"
    ways = [[], [DATA], [DATA, "dataset.seed=1"], [shuffled], [shuffled, SPLIT]]
    ways += [[shuffled, SPLIT, "split.seed=1"], ["training.vary=[data]"]]
    assert len({of(*way) for way in ways}) == len(ways)


def test_curves_of_runs_that_saw_other_rows_are_drawn_at_the_same_places(configured, tmp_path):
    _, first, _ = finished(configured, tmp_path / "a", DATA, "dataset=linear", "model=pinv")
    _, other, _ = finished(
        configured, tmp_path / "b", DATA, "dataset=linear", "model=svd", "dataset.seed=2"
    )
    group, own = curves.of_group(first), curves.of_run(other, first)
    assert own["kind"] == "curve"
    table = other.predictions
    slope, intercept = np.polyfit(table["x1"], table["prediction"], 1)
    places, heights = group["grid"].values, own["fits"].values[-1]
    known = np.isfinite(heights)
    assert known.mean() > 0.6
    line = slope * places[known] + intercept
    np.testing.assert_allclose(heights[known], line, rtol=5e-3, atol=0.05)


def test_a_sweep_whose_data_vary_goes_on_where_it_was(ask, tmp_path):
    words = ["-m", "sweep.name=s", "dataset=linear,sine", "model=pinv", "training.vary=[data]"]
    first = ask(tmp_path, words)
    assert first.returncode == 0, first.stderr
    assert "nothing was missing" in ask(tmp_path, words).stdout


def test_stages_of_repeats_with_rows_of_their_own_are_scored_as_if_trained_at_once(configured):
    config = configured(*SHORT, DATA)
    whole_of, known = prepare(config), Known()
    stages = [
        prepare(config, known, first_repeat=first, count=n)[1] for first, n in ((0, 1), (1, 2))
    ]
    fitted = joined([fit([stage])[0] for stage in stages])
    ours = measure(*prepare(config, known, count=3), fitted)
    assert ours.scores == measure(*whole_of, fit([whole_of[1]])[0]).scores
    assert len(known.rows) == 3  # each repeat's rows are made once
