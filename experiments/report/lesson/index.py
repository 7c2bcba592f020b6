"""The page above all lessons: in teaching order, with what was run here and what is still to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...config.help.course import CourseEntry
from ..html import filled

INDEX = "lessons.html"


class Taken(NamedTuple):
    """A lesson that was run here: its page, relative to the index, and the day of its start."""

    page: str
    day: str


class Neighbour(NamedTuple):
    """Another lesson, and the way there from a lesson's page."""

    title: str
    address: str


@dataclass(frozen=True)
class CoursePlace:
    """Where a lesson stands in the course: its number from 1, of so many; what is beside it."""

    number: int
    count: int
    index: str
    previous: Neighbour | None
    following: Neighbour | None


def render_index(course: Sequence[CourseEntry], taken: Mapping[str, Taken]) -> str:
    """The page as HTML. taken: by the names of lessons."""
    done = sum(entry.name in taken for entry in course)
    return filled("lesson_index.html.j2", course=course, taken=taken, done=done)


def place_of(
    name: str, course: Sequence[CourseEntry], taken: Mapping[str, Taken], up: str
) -> CoursePlace | None:
    """Where the lesson `name` stands; None where the course does not have it.

    Args:
        name: the lesson's.
        course: all lessons in teaching order.
        taken: those that were run, with addresses from the index.
        up: the way from the lesson's page to the folder of the index.
    """
    names = [entry.name for entry in course]
    if name not in names:
        return None
    at = names.index(name)

    def neighbour(number: int) -> Neighbour | None:
        if not 0 <= number < len(course):
            return None
        entry = course[number]
        address = taken[entry.name].page if entry.name in taken else f"{INDEX}#{entry.name}"
        return Neighbour(entry.title, up + address.removeprefix("./"))

    return CoursePlace(at + 1, len(course), up + INDEX, neighbour(at - 1), neighbour(at + 1))
