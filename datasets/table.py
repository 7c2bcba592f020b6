"""A table of texts -> a Dataset, or everything in it that cannot be used.

`csv.py` and `openml.py` bring the table; columns, cells and rows are judged here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from .dataset import Dataset, Floats, beside_own_columns
from .errors import DataError, Wrong
from .spec import DESCRIBES, STRICT

if TYPE_CHECKING:
    import pandas as pd

# What stands for a missing value, in small letters: pandas' own list, and the question mark.
MISSING = frozenset(
    ("", "?", "na", "n/a", "nan", "-nan", "null", "none", "<na>", "#n/a", "#n/a n/a", "#na")
)
# Larger numbers leave float32, in which networks compute, when they are squared.
LARGEST = 1e15
# Columns whose every number is smaller than this vanish there in the same way.
SMALLEST = 1e-15
# How many cells are told one by one.
TOLD = 10


@dataclass(frozen=True, config=STRICT)
class Columns:
    """What a table from outside is asked for, as `conf/dataset/csv.yaml` writes it."""

    features: Annotated[
        str | tuple[str, ...],
        Field(
            min_length=1, examples=["[TV]"], description="the columns that the prediction may use"
        ),
    ]
    target: Annotated[
        str, Field(min_length=1, examples=["Sales"], description="the column that is predicted")
    ]
    missing: Annotated[
        Literal["refuse", "drop"],
        Field(
            examples=["drop"],
            description="rows with missing values; refuse: name the cells, drop: leave them out",
        ),
    ]
    ask: Annotated[
        tuple[float | tuple[float, ...], ...],
        Field(
            examples=["[50,120]", "[[1710,7],[1200,6]]"],
            description="feature values to predict and to mark in the picture: "
            "a number each, or a list each where there are several features",
            json_schema_extra=DESCRIBES,
        ),
    ]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The feature columns, also where one is written without a list."""
        return (self.features,) if isinstance(self.features, str) else self.features


class Table(NamedTuple):
    """Cells as texts, a column each, and where a cell stands: location(row, column) for people."""

    name: str
    cells: pd.DataFrame
    location: Callable[[int, str], str]
    decimal: str = "."


def dataset_of(table: Table, spec: Columns) -> Dataset:
    """The rows and columns that a spec asks for; raises DataError with all problems."""
    names = spec.feature_names
    asked = [("dataset.features", one) for one in names] + [("dataset.target", spec.target)]
    problems = [*_wrong_columns(table, asked), *_wrong_questions(spec)]
    if not problems and table.cells.empty:
        problems = [Wrong(table.name, "has no rows, received a header alone", "add rows")]
    if problems:
        raise DataError(problems)
    values_NxK, missing_NxK = _numbers(table, [*names, spec.target], spec.missing)
    kept_N = np.logical_not(missing_NxK.any(axis=1))
    values_NxK = values_NxK[kept_N]
    problems = list(_without_variation(values_NxK, [*names, spec.target], table.name))
    if problems:
        raise DataError(problems)
    dropped = int((~kept_N).sum())
    return Dataset(
        x_NxF=values_NxK[:, :-1],
        y_N=values_NxK[:, -1],
        feature_names=beside_own_columns(names),
        target_name=spec.target,
        description=f"{table.name}, {', '.join(names)} → {spec.target}"
        + (f"; {dropped} of {len(kept_N)} rows dropped for missing values" if dropped else ""),
        asked_QxF=np.array([np.ravel(one) for one in spec.ask]).reshape(-1, len(names)),
        dropped=dropped,
    )


def features_of(table: Table, names: Sequence[str]) -> Floats:
    """The columns of these names as numbers (N, F); raises DataError with all problems."""
    problems = _wrong_columns(table, [(table.name, name) for name in names])
    if problems:
        raise DataError(problems)
    return _numbers(table, names, "refuse")[0]


def _wrong_columns(table: Table, asked: Sequence[tuple[str, str]]) -> list[Wrong]:
    """Columns, each with the key that asks for it, that are not there, or not there once."""
    columns = [str(name) for name in table.cells]
    found: dict[Wrong, None] = {}
    counts, wanted = Counter(columns), Counter(column for _, column in asked)
    for key, column in asked:
        if wanted[column] > 1:
            what = f"features and target must differ, received {column!r} {wanted[column]} times"
            found[Wrong(key, what, "name it once")] = None
        if not counts[column]:
            what = f"no such column in {table.name}, received {column!r}"
            found[Wrong(key, what, _known(column, columns))] = None
        if counts[column] > 1:
            what = f"{table.name} has {counts[column]} columns of this name, received {column!r}"
            found[Wrong(key, what, "rename all but one in the file")] = None
        if "\r" in column:
            what = f"must be a name that a table can hold, received {column!r}"
            found[Wrong(key, what, "take the carriage return out of it in the file")] = None
    return list(found)


def _known(column: str, columns: Sequence[str]) -> str:
    """The fix for an unknown column: the one that is meant, if any, and the known ones."""
    by_small = {one.lower(): one for one in columns}
    near = get_close_matches(column.lower(), by_small, n=1, cutoff=0.7)
    meant = f"did you mean {by_small[near[0]]}? " if near else ""
    more = f" and {len(columns) - TOLD} more" if len(columns) > TOLD else ""
    return f"{meant}known: {', '.join(columns[:TOLD])}{more}"


def _wrong_questions(spec: Columns) -> list[Wrong]:
    """Asked-for rows that do not hold one value a feature."""
    names = spec.feature_names
    sizes = [len(one) if isinstance(one, tuple) else 1 for one in spec.ask]
    wrong = [one for one, size in zip(spec.ask, sizes, strict=True) if size != len(names)]
    if not wrong:
        return []
    received = list(wrong[0]) if isinstance(wrong[0], tuple) else wrong[0]
    what = f"must hold {len(names)} values each ({', '.join(names)}), received {received}"
    example = ",".join("[" + ",".join("1" * len(names)) + "]" for _ in range(2))
    return [Wrong("dataset.ask", what, f"for example dataset.ask=[{example}]")]


def _numbers(
    table: Table, columns: Sequence[str], missing: str
) -> tuple[Floats, NDArray[np.bool_]]:
    """The cells as numbers (N, K), nan where a value is missing, and where that is (N, K).

    Raises DataError with the cells that are no number, and, unless they are to be dropped, with
    those that are missing.
    """
    parts = [parse(table.cells[name], table.decimal) for name in columns]
    values_NxK = np.column_stack([values_N for values_N, _ in parts])
    missing_NxK: NDArray[np.bool_] = np.column_stack([missing_N for _, missing_N in parts])
    wrong_NxK = ~missing_NxK & ~(np.abs(values_NxK) <= LARGEST)
    if missing == "refuse":
        wrong_NxK |= missing_NxK
    cells = np.argwhere(wrong_NxK).tolist()
    problems = [
        _wrong_cell(table, row, columns[k], bool(missing_NxK[row, k])) for row, k in cells[:TOLD]
    ]
    if len(cells) > TOLD:
        told = f"{len(cells) - TOLD} more cells cannot be used, {len(cells)} in all"
        rows = int(wrong_NxK.any(axis=1).sum())
        fix = f"mend them; they stand in {rows} of {len(table.cells)} rows"
        problems.append(Wrong(table.name, told, fix))
    if problems:
        raise DataError(problems)
    return values_NxK, missing_NxK


def parse(cells: pd.Series[str], decimal: str = ".") -> tuple[Floats, NDArray[np.bool_]]:
    """Texts as numbers (N,), nan where they are none, and which of them are missing (N,)."""
    import pandas as pd

    texts = cells.str.strip()
    missing_N = texts.str.lower().isin(MISSING).to_numpy(dtype=bool)
    if decimal == ",":  # a point then is no decimal sign, and must not be read as one
        texts = texts.where(~texts.str.contains(".", regex=False), "")
        texts = texts.str.replace(",", ".", regex=False)
    values_N = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    return values_N, missing_N


def _wrong_cell(table: Table, row: int, column: str, missing: bool) -> Wrong:
    cell, location = table.cells[column].iloc[[row]], table.location(row, column)
    received = f"received {cell.iloc[0]!r}"
    if missing:
        fix = "fill it in, or leave such rows out (a run does with dataset.missing=drop)"
        return Wrong(location, f"has no value, {received}", fix)
    if not np.isnan(parse(cell, table.decimal)[0][0]):
        what = f"is larger than {LARGEST:g}, too large for a network to compute with, {received}"
        return Wrong(location, what, "give the column in larger units")
    other, name = (".", "point") if table.decimal == "," else (",", "comma")
    if np.isfinite(parse(cell, other)[0][0]):
        fix = f"if the {name} is the file's decimal sign, set dataset.decimal={name}"
        return Wrong(location, f"is no number, {received}", fix)
    return Wrong(location, f"is no number, {received}", "mend the cell, or use another column")


def _without_variation(values_NxK: Floats, columns: Sequence[str], name: str) -> Iterator[Wrong]:
    """What is wrong with the rows that are left: too few, or a column that says nothing."""
    if len(values_NxK) < 2:
        what = f"leaves too few rows to learn from, received {len(values_NxK)}"
        yield Wrong(name, what, "at least two rows must hold a value in every column used")
        return
    for column, values_N in zip(columns, values_NxK.T, strict=True):
        key = "dataset.target" if column == columns[-1] else "dataset.features"
        if 0 < np.abs(values_N).max() < SMALLEST:
            what = f"column {column!r} of {name} holds nothing as large as {SMALLEST:g}"
            what = f"{what}, too small for a network to compute with"
            received = f"received {np.abs(values_N).max():g} at most"
            yield Wrong(key, f"{what}, {received}", "give the column in smaller units")
        elif np.ptp(values_N) == 0:
            what = f"column {column!r} of {name} holds one value, received {values_N[0]:g}"
            fix = "choose another target" if column == columns[-1] else "leave it out"
            yield Wrong(key, f"{what} in all {len(values_N)} rows", fix)
