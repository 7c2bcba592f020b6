"""The names that keywords take, for tab completion: `names.dataset.sine` is "sine"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from datasets import Split
from models import MODELS, Training

from ..config import CONF
from ..config.field_text import choices_of, fields
from ..errors import Problem, known_names
from .unknown import UnknownAttributeError

GROUPS = ("dataset", "model", "training", "experiment")


class Choices(Sequence[str]):
    """Names of one kind: attributes that are their own name, and a sequence of all.

    >>> names = Choices("dataset", ["cubic", "sine"])
    >>> names.sine
    'sine'
    >>> list(names)
    ['cubic', 'sine']
    >>> names.sin
    Traceback (most recent call last):
    experiments.interactive.unknown.UnknownAttributeError: error: names.dataset: ...
    """

    def __init__(self, what: str, known: Iterable[str]) -> None:
        self._what, self._known = what, tuple(known)
        vars(self).update({name: name for name in self._known})

    def __getattr__(self, name: str) -> str:
        """What is none of the names: refused, with the one that is meant."""
        if name.startswith("_"):  # what Python, IPython and pickle ask of any object
            raise AttributeError(name)
        what = f"has no such name, received {name!r}"
        fix = known_names(name, self._known)
        raise UnknownAttributeError([Problem(f"names.{self._what}", what, fix)])

    def __dir__(self) -> list[str]:
        return list(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: Any) -> Any:
        return self._known[at]

    def __repr__(self) -> str:
        return f"{self._what}: {', '.join(self._known)}"


class Names:
    """All of them, by the keyword that takes them.

    Groups are files in `conf/`, the others what a key allows: `names.activation` holds the values
    of `model__activation`.
    """

    def __init__(self) -> None:
        for group in GROUPS:
            vars(self)[group] = Choices(group, sorted(p.stem for p in CONF.glob(f"{group}/*.yaml")))
        for spec in (MODELS["network"], Training, Split):
            for field in fields(spec):
                if len(known := choices_of(spec, field)) > 1:
                    vars(self).setdefault(field, Choices(field, known))

    if TYPE_CHECKING:  # one that is there at run time would keep IPython from looking in

        def __getattr__(self, name: str) -> Choices: ...

    def __dir__(self) -> list[str]:
        return list(vars(self))

    def __repr__(self) -> str:
        return "\n".join(map(repr, vars(self).values()))


choices = Names()
