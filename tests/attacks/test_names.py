"""Names of columns that a stranger's file brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datasets import Csv, DataError, load
from datasets.dataset import OWN_COLUMNS, beside_own_columns
from experiments.config.schema import Config
from experiments.notebook.__main__ import main as notebook_main
from experiments.predict import main as predict_main
from experiments.runner.run import run as run_
from experiments.storage import run_folder

Refuse = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def refused(tmp_path: Path) -> Refuse:
    """refused(feature, target) -> the key and the fix of each problem of such a file."""

    def refuse(feature: str, target: str = "price") -> list[tuple[str, str]]:
        path = tmp_path / "names.csv"
        columns = {feature: np.arange(9.0), target: np.arange(9.0) ** 2}
        pd.DataFrame(columns).to_csv(path, index=False, lineterminator="\r\n")
        spec = Csv(
            kind="csv",
            path=str(path),
            features=(feature,),
            target=target,
            delimiter="comma",
            decimal="point",
            encoding="utf-8",
            missing="refuse",
            ask=(),
            source="",
        )
        try:
            load(spec)
        except DataError as error:
            return [(where, fix) for where, _, fix in error.problems]
        return []

    return refuse


CALLED = ["y", "x", "prediction", "split", "row"]
SHOWN = ["y (feature)", "x", "prediction (feature)", "split (feature)", "row (feature)"]
Trained = Callable[..., Path]


@pytest.fixture
def trained(tmp_path: Path, configured: Callable[..., Config]) -> Trained:
    """trained(names) -> the folder of a run on the same numbers, whatever their names."""
    rows = np.random.default_rng(0).normal(size=(30, 6)).round(3)

    def train(names: list[str], *more: str) -> Path:
        folder = tmp_path / "-".join(names)
        folder.mkdir()
        pd.DataFrame(rows, columns=[*names, "z"]).to_csv(folder / "d.csv", index=False)
        listed = ",".join(f'"{name}"' for name in names)
        words = ["dataset=csv", f"dataset.path={folder / 'd.csv'}", "dataset.target=z"]
        words += [f"dataset.features=[{listed}]", *more]
        run_(configured(*words), folder / "run", words)
        return folder / "run"

    return train


def test_features_called_as_columns_of_predictions_are_kept(
    trained: Trained, tmp_path: Path
) -> None:
    run, plain = trained(CALLED, "model=pinv"), trained(["a", "b", "c", "d", "e"], "model=pinv")
    record, other = run_folder.read(run), run_folder.read(plain)
    assert record.features == SHOWN
    assert [*record.predictions] == ["row", "split", *SHOWN, *OWN_COLUMNS[2:]]
    for mine, theirs in [
        *zip(SHOWN, other.features, strict=True),
        *((own, own) for own in OWN_COLUMNS),
    ]:
        pd.testing.assert_series_equal(
            record.predictions[mine], other.predictions[theirs], check_names=False
        )
    assert record.metrics.scores == other.metrics.scores
    out = tmp_path / "out.csv"
    assert predict_main([str(run), str(run.parent / "d.csv"), "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert [*table] == [*SHOWN, "prediction"]
    said = record.predictions["prediction"]
    np.testing.assert_allclose(table["prediction"], said, rtol=1e-4, atol=1e-5)


def test_a_notebook_reads_such_columns(trained: Trained) -> None:
    run = trained(CALLED, "model.depth=0", "training.epochs=1", "training.repeats=1")
    assert notebook_main([str(run)]) == 0


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["a", "b"], ["a", "b"]),
        (["y", "y (feature)"], ["y (feature) (feature)", "y (feature)"]),
        (["y (feature)"], ["y (feature)"]),
        (["Y"], ["Y"]),
    ],
)
def test_no_two_features_get_one_name(names: list[str], shown: list[str]) -> None:
    assert [*beside_own_columns(names)] == shown


def test_a_name_that_a_table_would_not_give_back_is_refused(refused: Refuse) -> None:
    fix = "take the carriage return out of it in the file"
    assert refused("a\rb") == [("dataset.features", fix)]
    assert refused("width", target="a\rb") == [("dataset.target", fix)]
    assert refused("a\nb") == []
