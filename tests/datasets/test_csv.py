"""A CSV file: what is read, and what is said of everything that cannot be used."""

from __future__ import annotations

import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import numpy as np
import pytest

from datasets import Csv, DataError, load
from datasets.table import LARGEST, TOLD, parse

GOOD = "a,b,price\n1,10,100\n2,20,150\n3,5,400\n"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def made(tmp_path, monkeypatch):
    """made(text, key=value, ...) -> the dataset of a file with that text, seen from its folder."""
    monkeypatch.chdir(tmp_path)

    def make(content=GOOD, **keys):
        encoded = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "my.csv").write_bytes(encoded)
        return load(spec(**keys))

    return make


def spec(**keys):
    given = {
        "kind": "csv",
        "path": "my.csv",
        "features": ("a", "b"),
        "target": "price",
        "delimiter": "comma",
        "decimal": "point",
        "encoding": "utf-8",
        "missing": "refuse",
        "ask": (),
        "source": "",
    }
    return Csv(**{**given, **keys})


def lines_of(make, *arguments, **keys):
    with pytest.raises(DataError) as caught:
        make(*arguments, **keys)
    return [f"{place}: {what}; {fix}" for place, what, fix in caught.value.problems]


def test_columns_are_chosen_by_name_in_the_order_asked_for(made):
    dataset = made(features=("b", "a"), ask=((1.0, 2.0),))
    np.testing.assert_array_equal(dataset.x_NxF, [[10, 1], [20, 2], [5, 3]])
    np.testing.assert_array_equal(dataset.y_N, [100, 150, 400])
    assert dataset.feature_names == ("b", "a")
    assert dataset.target_name == "price"
    assert dataset.description == "my.csv, b, a → price"
    assert dataset.asked_QxF.tolist() == [[1, 2]]
    assert (dataset.optimum_N, dataset.noise_floor) == (None, None)


def test_one_feature_needs_no_list(made):
    dataset = made(features="a", ask=(4.0, (5.0,)))
    assert dataset.x_NxF.shape == (3, 1)
    assert dataset.asked_QxF.tolist() == [[4], [5]]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (GOOD.replace("\n", "\r\n"), {}),
        ("\ufeff" + GOOD, {}),
        (GOOD.replace(",", ";"), {"delimiter": "semicolon"}),
        (GOOD.replace(",", ";"), {"delimiter": ";"}),
        (GOOD.replace(",", "\t"), {"delimiter": "tab"}),
        (GOOD.replace(",", "|"), {"delimiter": "bar"}),
        (GOOD.replace(",", " ").replace("a ", "a   "), {"delimiter": "space"}),
        ("a;b;price\n1,0;10;1,0e2\n2;20;150\n3;5,0;400\n", {"delimiter": ";", "decimal": ","}),
        ('" a ","b",price\n"1", 10 ,100\n\n2,20,150\n3,5,400\n\n\n', {}),
        (GOOD.encode("utf-16"), {"encoding": "utf-16"}),
    ],
)
def test_files_are_read_as_they_are_written(made, text, keys):
    assert made(text, **keys).fingerprint() == made().fingerprint()


def test_numbers_are_read_to_the_last_digit(made):
    values = np.random.default_rng(0).normal(size=50) * 10.0 ** np.arange(-30, 10).repeat(2)[:50]
    text = "a,price\n" + "".join(f"{v!r},{k}\n" for k, v in enumerate(map(float, values)))
    np.testing.assert_array_equal(made(text, features="a").x_NxF[:, 0], values)


def test_a_url_is_read(made, tmp_path):
    expected = made().fingerprint()
    server = HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        assert load(spec(path=f"{base}/my.csv")).fingerprint() == expected
        (line,) = lines_of(lambda: load(spec(path=f"{base}/none.csv", source="example.org")))
    finally:
        server.shutdown()
        server.server_close()
    assert line.startswith("dataset.path: cannot be read, received 'http")
    assert "404" in line
    assert "get it from example.org" in line


def test_cells_without_a_number_are_named_all_at_once(made):
    text = 'a,b,price\n1,10,100\n\n,20,"1\n50"\n3,x,n/a\n4,1e16,7\n5,"1,5",8\n6,inf,9\n'
    lines = lines_of(made, text)
    assert [line.split(": ")[0] for line in lines] == [
        "my.csv:4:a",
        "my.csv:4:price",
        "my.csv:6:b",  # the cell in quotes above holds a line break
        "my.csv:6:price",
        "my.csv:7:b",
        "my.csv:8:b",
        "my.csv:9:b",
    ]
    assert "has no value, received ''; fill it in" in lines[0]
    assert "dataset.missing=drop" in lines[0]
    assert "is no number, received 'x'; mend the cell" in lines[2]
    assert "has no value, received 'n/a'" in lines[3]
    assert f"is larger than {LARGEST:g}" in lines[4]
    assert "set dataset.decimal=comma" in lines[5]
    assert "received 'inf'" in lines[6]


def test_many_bad_cells_are_counted(made):
    text = "a,b,price\n" + "x,1,2\n" * 30
    lines = lines_of(made, text)
    assert len(lines) == TOLD + 1
    assert lines[-1].startswith("my.csv: 20 more cells cannot be used, 30 in all; mend them")


def test_a_decimal_comma_is_never_read_as_a_point_and_back(made):
    points = "a;price\n1.5;2\n2;3\n"
    (line,) = lines_of(made, points, features="a", delimiter="semicolon", decimal="comma")
    assert line.startswith("my.csv:2:a: is no number, received '1.5'; ")
    assert "set dataset.decimal=point" in line


def test_rows_with_missing_values_are_dropped_and_counted(made):
    text = "a,b,price,other\n1,10,100,\n?,20,150,\n3,NA,400,\n4,7,200,\n5,8,300,x\n"
    dataset = made(text, missing="drop")
    assert dataset.y_N.tolist() == [100, 200, 300]
    assert dataset.dropped == 2
    assert "2 of 5 rows dropped for missing values" in dataset.description
    lines = lines_of(made, "a,b,price\n1,,3\n,2,3\n4,5,6\n", missing="drop")
    assert lines[0].startswith("my.csv: leaves too few rows to learn from, received 1; ")
    (line,) = lines_of(made, text.replace("8,300", "8,many"), missing="drop")
    assert line.startswith("my.csv:6:price: is no number")


@pytest.mark.parametrize(
    ("keys", "starts"),
    [
        (
            {"features": ("A", "c"), "target": "prise"},
            [
                "dataset.features: no such column in my.csv, received 'A'; did you mean a? ",
                "dataset.features: no such column in my.csv, received 'c'; known: a, b, price",
                "dataset.target: no such column in my.csv, received 'prise'; did you mean price? ",
            ],
        ),
        (
            {"features": ("a", "a", "price")},
            [
                "dataset.features: features and target must differ, received 'a' 2 times; ",
                "dataset.features: features and target must differ, received 'price' 2 times; ",
                "dataset.target: features and target must differ, received 'price' 2 times; ",
            ],
        ),
        (
            {"ask": (1.0,), "features": ("a", "x")},
            [
                "dataset.features: no such column in my.csv, received 'x'",
                "dataset.ask: must hold 2 values each (a, x), received 1.0; for example ",
            ],
        ),
    ],
)
def test_columns_that_cannot_be_used_are_told_at_once(made, keys, starts):
    lines = lines_of(made, **keys)
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("content", "start"),
    [
        ("", "my.csv: is empty; "),
        ("\n\n", "my.csv: is empty; "),
        ("a,b,price\n", "my.csv: has no rows, received a header alone; "),
        ("a,b,price,a\n1,2,3,4\n", "dataset.features: my.csv has 2 columns of this name, received"),
        (
            "a,b,price\n1,2,3\n1,3,4\n",
            "dataset.features: column 'a' of my.csv holds one value, received 1 in all 2 rows; ",
        ),
        (
            "a,b,price\n1,2,3\n2,3,3\n",
            "dataset.target: column 'price' of my.csv holds one value, received 3 in all 2 rows; ",
        ),
        ("a,b,price\n1,2,3\n1,2,3,4\n", "my.csv:3: must hold 3 cells at most, received 4; "),
        ('a,b,price\n1,2,"3\n', "my.csv: cannot be read as a table: EOF inside string"),
        (
            GOOD.replace(",", ";"),
            "dataset.delimiter: leaves my.csv with one column, 'a;b;price', received 'comma'; "
            "set dataset.delimiter=semicolon",
        ),
        (
            "a;b;price\n1,5;2;3\n",
            "dataset.delimiter: leaves my.csv with one column, 'a;b;price', received 'comma'; ",
        ),
        (
            "a,b,price\n1,2,ä\n".encode("latin-1"),
            "dataset.encoding: does not fit my.csv, received 'utf-8': ",
        ),
    ],
)
def test_files_that_are_no_table_are_refused_in_one_line(made, content, start):
    (line,) = lines_of(made, content)
    assert line.startswith(start)
    assert "; " in line


def test_a_file_that_is_not_there_says_where_to_get_it(made, tmp_path):
    (line,) = lines_of(made, path="data/my.csv", source="https://example.org")
    assert line == (
        "dataset.path: there is no such file, received 'data/my.csv' (looked for from "
        f"{tmp_path}); get it from https://example.org and save it as data/my.csv, "
        "or set dataset.path to where it is"
    )
    (line,) = lines_of(made, path=str(tmp_path))
    assert line.startswith(f"dataset.path: cannot be read, received '{tmp_path}': Is a directory; ")
    (line,) = lines_of(made, encoding="utf-99")
    assert line.startswith("dataset.encoding: does not fit my.csv, received 'utf-99': ")
    (line,) = lines_of(made, path="s9://x/my.csv")
    assert line.startswith("dataset.path: cannot be read, received 's9://x/my.csv': ")


def test_a_file_is_read_once_for_the_look_before_a_run_and_the_run(made, monkeypatch):
    import pandas as pd

    read_csv, count = pd.read_csv, []
    monkeypatch.setattr(pd, "read_csv", lambda *a, **k: count.append(1) or read_csv(*a, **k))
    first = made(GOOD + "9,9,900\n")
    assert load(spec()) is first
    assert len(count) == 1


def test_a_file_is_read_again_when_it_changes(made):
    assert len(made().y_N) == 3
    assert len(made(GOOD + "4,6,700\n").y_N) == 4


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [("1e3", ".", 1000), (" -2.5 ", ".", -2.5), ("+7", ".", 7), ("1,5", ",", 1.5)],
)
def test_what_is_a_number(text, decimal, value):
    import pandas as pd

    values_N, missing_N = parse(pd.Series([text]), decimal)
    assert (values_N.tolist(), missing_N.tolist()) == ([value], [False])


@pytest.mark.parametrize("text", ["0x1A", "1_000", "1,000", "True", "12 000", "1.2.3", "€5"])
def test_what_is_no_number(text):
    import pandas as pd

    values_N, missing_N = parse(pd.Series([text]))
    assert np.isnan(values_N).all()
    assert not missing_N.any()
