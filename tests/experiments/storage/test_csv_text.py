from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from experiments.storage.csv_text import csv_line, csv_pieces, csv_text

WILD = [0.0, -0.0, 1.0, 1e-7, 1e16, 1e22, 0.1, 1 / 3, np.nan, np.inf, -np.inf, 5e-324, 1.8e308]
RANDOM = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-500, 500).clip(-300, 300)


@pytest.mark.parametrize("digits", [None, "%.9g"])
@pytest.mark.parametrize(
    "columns",
    [
        {"a": WILD, "b": np.arange(len(WILD)), "c": np.arange(len(WILD), dtype=np.int32)},
        {
            "x": RANDOM,
            "y": RANDOM.clip(-1e30, 1e30).astype(np.float32),
            "none": np.full(1000, np.nan),
        },
        {"a, b": ["plain", "with, comma", 'with "quotes"', "two\nlines", "", " ü"], 'c"': 1.5},
        {"only": ["", "a"]},
        {"only": [np.nan, 1.5]},
        {"mixed": ["a", None, 1], "yes": [True, False, True]},
        {"when": pd.to_datetime(["2026-01-01", "2026-01-02"]), "a": [1.0, 2.0]},
        {"empty": []},
    ],
)
def test_a_table_is_written_as_pandas_writes_it(columns, digits, monkeypatch):
    table = pd.DataFrame(columns)
    expected = table.to_csv(index=False, lineterminator="\n", float_format=digits)
    assert csv_text(table, digits) == expected
    for rows in (len(table), 5, 1):
        monkeypatch.setattr("experiments.storage.csv_text.ROWS_AT_ONCE", max(rows, 1))
        assert "".join(csv_pieces(table, digits)) == expected


TEXTS = ["a\rb", "\r", "a\r\nb", "a\nb", 'a"\r', "plain"]


def test_texts_with_a_carriage_return_are_read_back():
    table = pd.DataFrame({"text": TEXTS, "number": range(len(TEXTS))})
    by_line = "".join(map(csv_line, [table.columns, *table.to_numpy().tolist()]))
    for content in (csv_text(table), by_line):
        pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(content.encode())), table)
