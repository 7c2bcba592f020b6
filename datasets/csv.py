"""A CSV file of one's own: any file or URL that pandas reads, every cell checked."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from csv import QUOTE_NONE
from functools import lru_cache
from http.client import HTTPException
from lzma import LZMAError
from pathlib import Path
from tarfile import TarError
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.error import HTTPError
from zipfile import BadZipFile

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from .dataset import Dataset
from .errors import DataError, Wrong
from .spec import DESCRIBES, STRICT
from .table import Columns, Table, dataset_of
from .unpacking import unpacked_table

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " ", "bar": "|"}
DECIMALS = {"point": ".", "comma": ","}
# What reading raises of a file that is cut, or is another one than its name says.
BROKEN_FILES = (
    EOFError,
    BadZipFile,
    LZMAError,
    zlib.error,
    TarError,
    HTTPException,
    MemoryError,
    RuntimeError,  # zipfile's, of a part that is encrypted or packed otherwise
)


def _names_of_signs(signs: dict[str, str]) -> BeforeValidator:
    """Take the sign itself for its name: names need no quotes on a command line."""
    names = {sign: name for name, sign in signs.items()}
    return BeforeValidator(
        lambda value: names.get(value, value) if isinstance(value, str) else value
    )


@dataclass(frozen=True, config=STRICT)
class Csv(Columns):
    """A CSV file and what is wanted of it, as `conf/dataset/csv.yaml` writes it."""

    kind: Literal["csv"]
    path: Annotated[
        str, Field(min_length=1, examples=["data/mine.csv"], description="the file, or a URL of it")
    ]
    source: Annotated[
        str,
        Field(
            examples=["https://example.org/mine"],
            description="where a person gets the file",
            json_schema_extra=DESCRIBES,
        ),
    ]
    delimiter: Annotated[
        Literal["comma", "semicolon", "tab", "space", "bar"],
        _names_of_signs(DELIMITERS),
        Field(examples=["semicolon"], description="what stands between two cells"),
    ]
    decimal: Annotated[
        Literal["point", "comma"],
        _names_of_signs(DECIMALS),
        Field(examples=["comma"], description="the decimal sign"),
    ]
    encoding: Annotated[
        str,
        Field(min_length=1, examples=["latin-1"], description="the file's encoding, Python's name"),
    ]

    @property
    def label(self) -> str:
        """The file's name without its folder and ending."""
        return self.path.rstrip("/").rpartition("/")[2].partition("?")[0].removesuffix(".csv")


def csv(spec: Csv) -> Dataset:
    """The dataset in a file; raises DataError with everything that is wrong with it."""
    stamp = None
    if "://" not in spec.path:
        with suppress(OSError, ValueError):  # said when it is read
            about = Path(spec.path).stat()
            stamp = (str(Path(spec.path).resolve()), about.st_mtime_ns, about.st_size)
    return _dataset(spec, stamp)


@lru_cache(maxsize=4)
def _dataset(spec: Csv, stamp: object) -> Dataset:
    """Read once for each state of a file: it is looked at before a run, and then by the run."""
    table = read_table(spec.path, spec.delimiter, spec.decimal, spec.encoding, spec.source)
    return dataset_of(table, spec)


def read_table(
    path: str,
    delimiter: str = "comma",
    decimal: str = "point",
    encoding: str = "utf-8",
    source: str = "",
) -> Table:
    """All cells of a file as texts, blank lines left out; raises DataError if it cannot be read."""
    cells = _read_cells(path, delimiter, encoding, source)
    header = [str(name).strip() for name in cells.iloc[0]]
    if len(header) == 1 and (wrong := _wrong_delimiter(path, header[0], delimiter)):
        raise DataError([wrong])
    body = cells.iloc[1:]
    written_N = (body != "").any(axis=1).to_numpy()
    lines = (np.flatnonzero(written_N) + 1).tolist()

    def location(row: int, column: str) -> str:
        # A cell in quotes may hold line breaks; those above the row count as lines.
        above = cells.iloc[: lines[row]]
        breaks = sum(int(above[k].str.count("\n").sum()) for k in above)
        return f"{path}:{lines[row] + 1 + breaks}:{column}"

    body = body[written_N].reset_index(drop=True)
    return Table(path, body.set_axis(header, axis=1), location, DECIMALS[decimal])


def _read_cells(path: str, delimiter: str, encoding: str, source: str) -> pd.DataFrame:
    """Every line of a file as a row of texts, the header first."""
    import pandas as pd

    try:
        with unpacked_table(path, DELIMITERS[delimiter]) as content:
            return pd.read_csv(
                content,
                sep=DELIMITERS[delimiter],
                encoding=encoding,
                header=None,
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,
                skipinitialspace=delimiter == "space",
            )
    except (OSError, ImportError, *BROKEN_FILES) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise DataError([_not_read(path, source, error)]) from None
    except (UnicodeError, LookupError) as error:
        what = f"does not fit {path}, received {encoding!r}: {error}"
        fix = "for example dataset.encoding=latin-1, or cp1252 for files from Excel"
        raise DataError([Wrong("dataset.encoding", what, fix)]) from None
    except pd.errors.EmptyDataError:
        problem = Wrong(path, "is empty", "its first line must name the columns")
        raise DataError([problem]) from None
    except pd.errors.ParserError as error:
        raise DataError([_no_table(path, delimiter, encoding, str(error))]) from None
    except ValueError as error:  # fsspec, where it is installed, knows no such address
        raise DataError([_not_read(path, source, error)]) from None


def _no_table(path: str, delimiter: str, encoding: str, error: str) -> Wrong:
    """Why a file is no table: the wrong delimiter if that explains it, else the line."""
    import pandas as pd

    with suppress(OSError, ValueError, *BROKEN_FILES):  # it may be no text at all
        with unpacked_table(path) as content:
            first = pd.read_csv(
                content,
                sep="\x1f",
                quoting=QUOTE_NONE,
                encoding=encoding,
                header=None,
                nrows=1,
                dtype=str,
            )
        if wrong := _wrong_delimiter(path, str(first.iloc[0, 0]), delimiter):
            return wrong
    fix = "mend the line, or set dataset.delimiter and dataset.decimal to what the file uses"
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error)
    if found is None:
        reason = error.strip().rpartition("error: ")[2]
        return Wrong(path, f"cannot be read as a table: {reason}", fix)
    cells, line, received = found.groups()
    return Wrong(f"{path}:{line}", f"must hold {cells} cells at most, received {received}", fix)


def _not_read(path: str, source: str, error: Exception) -> Wrong:
    """A file that is not there, or cannot be opened."""
    if isinstance(error, FileNotFoundError):
        what = f"there is no such file, received {path!r} (looked for from {Path.cwd()})"
        get = f"get it from {source} and save it as {path}" if source else "correct the path"
        return Wrong("dataset.path", what, f"{get}, or set dataset.path to where it is")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    reason = " ".join(str(reason).split())
    fix = (
        f"get it from {source}, save it, and set dataset.path to it"
        if source
        else ("set dataset.path to a CSV file, or to a URL that can be reached")
    )
    return Wrong("dataset.path", f"cannot be read, received {path!r}: {reason}", fix)


def _wrong_delimiter(path: str, header: str, delimiter: str) -> Wrong | None:
    """A first line that the delimiter leaves whole, and that another one would cut."""
    if DELIMITERS[delimiter] in header:
        return None
    for name, sign in DELIMITERS.items():
        if sign in header and name != "space":
            what = f"leaves {path} with one column, {header!r}, received {delimiter!r}"
            return Wrong("dataset.delimiter", what, f"set dataset.delimiter={name}")
    return None
