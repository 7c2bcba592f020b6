"""Names that are not there: errors of the kinds that Python expects, which name the one meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConfigError, Problem, known_names

if TYPE_CHECKING:
    from .run_result import RunResult


class UnknownAttributeError(ConfigError, AttributeError):
    """An attribute that is not there, so that `hasattr` says no."""


class UnknownKeyError(ConfigError, KeyError):
    """A key that is not there."""


class Bests(dict[str, "RunResult"]):
    """The best runs by the names of their datasets."""

    def __missing__(self, name: object) -> RunResult:
        what = f"has no dataset of that name with a run that is done, received {name!r}"
        raise UnknownKeyError(
            [Problem("bests", what, known_names(name, self) if self else "see .table")]
        )
