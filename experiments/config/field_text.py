"""What a spec field allows, read off its type: the words for messages and for the documentation."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from ..errors import nearest

_TYPES: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
}


def fields(spec: type[Any]) -> dict[str, FieldInfo]:
    """The fields of a spec class by name."""
    found: dict[str, FieldInfo] = spec.__pydantic_fields__
    return found


def wanted(spec: type[Any], field: str) -> str:
    """What `field` must be: type and range in words."""
    return _words(_hints(spec)[field])


def choices_of(spec: type[Any], field: str) -> list[str]:
    """The names that `field` may be chosen from; none of one that is no choice."""
    return _choices(_hints(spec)[field])


def takes_fractions(spec: type[Any], field: str) -> bool:
    """Whether a number that `field` takes may have a fraction."""
    return _mentions_float(_hints(spec)[field])


def _mentions_float(annotation: Any) -> bool:
    return annotation is float or any(map(_mentions_float, get_args(annotation)))


def example(spec: type[Any], key: str, received: Any) -> str:
    """How to mend `key`: the nearest name if one is meant, else an example that works."""
    field = fields(spec)[key.rpartition(".")[2]]
    choices = choices_of(spec, key.rpartition(".")[2])
    values = received if isinstance(received, list) else [received]
    unknown = [value for value in values if value not in choices]
    near = nearest(unknown[0], choices) if unknown else None
    if near:
        return f"did you mean {near}?"
    return f"for example {key}={(field.examples or ['?'])[0]}"


def _hints(spec: type[Any]) -> dict[str, Any]:
    """The types of a spec's fields."""
    return get_type_hints(spec, include_extras=True)


def _words(annotation: Any, bounds: str = "") -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated and _pattern(arguments[1]):
        return str(arguments[1].description)
    if origin is Annotated:
        return _words(arguments[0], _bounds(arguments[1:]))
    if origin is Literal:
        return (
            " or ".join((", ".join(arguments[:-1]), arguments[-1]))
            if arguments[1:]
            else arguments[0]
        )
    if origin in (Union, types.UnionType):
        if get_origin(arguments[1]) is tuple:
            other = "a list of them"
        else:
            other = "null" if arguments[1] is types.NoneType else _words(arguments[1])
        return f"{_words(arguments[0], bounds)}, or {other}"
    if origin is tuple:
        return f"a list of values, each {_words(arguments[0])}"
    return _TYPES[annotation] + bounds


def _pattern(info: Any) -> bool:
    """Whether a text has to match a pattern, which the description then says in words."""
    return any(getattr(limit, "pattern", None) for limit in getattr(info, "metadata", ()))


def _choices(annotation: Any) -> list[str]:
    """The names that an annotation allows, wherever in it they stand."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return list(dict.fromkeys(c for part in get_args(annotation) for c in _choices(part)))


def _bounds(metadata: tuple[Any, ...]) -> str:
    limits = {
        name: getattr(limit, name)
        for info in metadata
        if isinstance(info, FieldInfo)
        for limit in info.metadata
        for name in ("ge", "gt", "le", "lt")
        if getattr(limit, name, None) is not None
    }
    words = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"}
    texts = {name: f"{v:g}" if isinstance(v, float) else str(v) for name, v in limits.items()}
    return "".join(f" {words[name].format(text)}" for name, text in sorted(texts.items()))
