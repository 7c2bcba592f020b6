"""A table of OpenML, with its web service played by a function: what scikit-learn asks is real."""

from __future__ import annotations

import hashlib
import io
import json
from email.message import Message
from urllib.error import HTTPError, URLError

import pytest

from datasets import DataError, OpenMl, load, openml

ARFF = """@RELATION houses
@ATTRIBUTE Id INTEGER
@ATTRIBUTE GrLivArea INTEGER
@ATTRIBUTE OverallQual REAL
@ATTRIBUTE Zone {north,south}
@ATTRIBUTE SalePrice INTEGER
@DATA
1,1710,7,north,208500
2,1262,6,south,181500
3,?,7,north,223500
4,2198,8,north,250000
"""
COLUMNS = ["Id", "GrLivArea", "OverallQual", "Zone", "SalePrice"]


def feature(number, name):
    return {
        "index": str(number),
        "name": name,
        "data_type": "nominal" if name == "Zone" else "numeric",
        "is_target": str(name == "SalePrice").lower(),
        "is_ignore": "false",
        "number_of_missing_values": str(int(name == "GrLivArea")),
        "is_row_identifier": str(name == "Id").lower(),
    }


ANSWERS = {
    "/data/list/data_name/houses/": {
        "data": {"dataset": [{"did": 7, "name": "houses", "version": 1, "status": "active"}]}
    },
    "/json/data/7": {
        "data_set_description": {
            "id": "7",
            "name": "houses",
            "version": "1",
            "description": "four houses",
            "format": "ARFF",
            "status": "active",
            "file_id": "70",
            "url": "https://www.openml.org/data/v1/download/70",
            "md5_checksum": hashlib.md5(ARFF.encode()).hexdigest(),
        }
    },
    "/data/features/7": {
        "data_features": {"feature": [feature(k, name) for k, name in enumerate(COLUMNS)]}
    },
    "/data/qualities/7": {
        "data_qualities": {"quality": [{"name": "NumberOfInstances", "value": "4.0"}]}
    },
}


class Answer(io.BytesIO):
    def info(self):
        return Message()


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The addresses that scikit-learn asks for, answered as OpenML does."""
    found = []

    def answer(request, *arguments, **keys):
        url = request.full_url
        found.append(url)
        if "/download/70" in url:
            return Answer(ARFF.encode())
        for part, tree in ANSWERS.items():
            if url.endswith(part) or (part.endswith("/") and part in url):
                return Answer(json.dumps(tree).encode())
        body = {"error": {"code": "372", "message": "No results"}}
        raise HTTPError(
            url, 412, "Precondition Failed", Message(), Answer(json.dumps(body).encode())
        )

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr("sklearn.datasets._openml.urlopen", answer)
    openml.openml.cache_clear()
    yield found
    openml.openml.cache_clear()


def spec(**keys):
    given = {
        "kind": "openml",
        "name": "houses",
        "version": 1,
        "features": ("GrLivArea", "OverallQual"),
        "target": "SalePrice",
        "missing": "drop",
        "ask": ((1710.0, 7.0),),
    }
    return OpenMl(**{**given, **keys})


def test_a_table_is_fetched_by_its_name(asked):
    dataset = load(spec())
    assert dataset.x_NxF.tolist() == [[1710, 7], [1262, 6], [2198, 8]]
    assert dataset.y_N.tolist() == [208500, 181500, 250000]
    assert dataset.feature_names == ("GrLivArea", "OverallQual")
    assert dataset.dropped == 1
    assert dataset.description.startswith(
        "houses of OpenML, GrLivArea, OverallQual → SalePrice; 1 of"
    )
    assert any("data_name/houses" in url and url.endswith("data_version/1") for url in asked)
    count = len(asked)
    load(spec(features="OverallQual", ask=()))
    openml.openml.cache_clear()
    load(spec())
    assert len(asked) == count, "what is there is not fetched again"


def test_bad_columns_and_cells_are_named(asked):
    with pytest.raises(DataError) as caught:
        load(spec(features=("GrLivArea", "Zone"), missing="refuse"))
    places = [place for place, _, _ in caught.value.problems]
    assert places[0] == "houses:row 0:Zone"
    assert "houses:row 2:GrLivArea" in places
    with pytest.raises(
        DataError, match=r"dataset\.target: no such column .* did you mean SalePrice"
    ):
        load(spec(target="Saleprice"))


def test_a_name_that_is_not_there_is_one_line(asked):
    with pytest.raises(DataError) as caught:
        load(spec(name="hauses"))
    ((place, what, fix),) = caught.value.problems
    assert place == "dataset.name"
    assert what.startswith("cannot be fetched from openml.org, received 'hauses', version 1: ")
    assert "not found" in what
    assert "dataset=csv" in fix


def test_without_a_network_it_is_one_line(asked, monkeypatch):
    def unreachable(*arguments, **keys):
        raise URLError("no route")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", unreachable)
    with pytest.raises(DataError, match=r"dataset\.name: cannot be fetched .*no route"):
        load(spec())


def test_house_prices_comes_by_name(configured):
    """The table of the preset: its columns are those of the file."""
    ours, files = (
        configured("dataset=house_prices_openml").dataset,
        configured("dataset=house_prices").dataset,
    )
    assert (ours.kind, ours.name, ours.version) == ("openml", "house_prices", 1)
    for key in ("features", "target", "ask"):
        assert getattr(ours, key) == getattr(files, key)
    chosen = configured("experiment=house_prices", "dataset=house_prices_openml")
    assert chosen.dataset.kind == "openml"
    assert chosen.model.kind == "gradient_descent"
