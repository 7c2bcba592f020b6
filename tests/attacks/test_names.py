"""Names of columns that a stranger's file brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datasets import Csv, DataError, load
from datasets.dataset import OWN_COLUMNS

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


@pytest.mark.parametrize("name", OWN_COLUMNS)
def test_a_feature_is_never_taken_for_a_column_of_predictions(refused: Refuse, name: str) -> None:
    assert refused(name) == [("dataset.features", "rename the column in the file")]
    assert refused("width", target=name) == []


def test_a_name_that_a_table_would_not_give_back_is_refused(refused: Refuse) -> None:
    fix = "take the carriage return out of it in the file"
    assert refused("a\rb") == [("dataset.features", fix)]
    assert refused("width", target="a\rb") == [("dataset.target", fix)]
    assert refused("a\nb") == []
