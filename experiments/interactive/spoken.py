"""What the command line refuses, in the words of who calls from Python: `model__depth`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..config.keywords import DOT
from ..errors import ArchlabError, Problem

# Keys that are arguments of `compare` itself.
ARGUMENT_OF = {"sweep.name": "name", "sweep.extend": "extend", "hydra.sweep.dir": "folder"}
VALUES = {"true": "True", "false": "False", "null": "None"}


@contextmanager
def in_keywords(said: Iterable[str], known: Iterable[str]) -> Iterator[None]:
    """Errors of the block name keys as keywords.

    Args:
        said: the keywords that the caller wrote, right or wrong.
        known: all that there are.
    """
    try:
        yield
    except ArchlabError as error:
        words = {word.replace(DOT, "."): word for word in known}
        words |= ARGUMENT_OF | {word.replace(DOT, "."): word for word in said}
        raise type(error)(_as_called(one, words) for one in error.problems) from None


def _as_called(problem: Problem, words: dict[str, str]) -> Problem:
    """A problem whose keys, and what follows them, stand as in a call."""
    dotted = sorted((re.escape(key) for key in words if "." in key), key=len, reverse=True)
    key = rf"(?<![\w./'])({'|'.join(dotted)})(?![\w/]|\.\w)"
    call = rf"{key}(?:=(?:({'|'.join(VALUES)})\b|\[([^\]]*)\]))?"

    def spoken(found: re.Match[str]) -> str:
        name, value, parts = words[found[1]], found[2], found[3]
        if parts is not None:  # one value of several parts is a tuple
            return f"{name}=({parts}{',' * (',' not in parts)})"
        return f"{name}={VALUES[value]}" if value else name

    return Problem(*(re.sub(call, spoken, text) for text in problem))
