"""The lessons in teaching order, from the heads of their files: quick, and without composing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .. import CONF

LAST = 10_000  # the place of a lesson that names none


@dataclass(frozen=True)
class CourseEntry:
    """A lesson by the name of its file; compared: what its sweep compares, from its comment."""

    name: str
    title: str
    question: str
    compared: str
    order: int

    @property
    def command(self) -> str:
        """The command line that runs it."""
        return f"python run.py lesson={self.name}"


@cache
def course(group: Path = CONF / "lesson") -> tuple[CourseEntry, ...]:
    """Every lesson in teaching order; those of one place by name."""
    entries = [_entry(path) for path in group.glob("*.yaml")]
    return tuple(sorted(entries, key=lambda entry: (entry.order, entry.name)))


def _entry(path: Path) -> CourseEntry:
    import yaml

    text = path.read_text(encoding="utf-8")
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the other one takes ten times as long
    words = yaml.load(text, fast)["lesson"]  # noqa: S506
    comments = [line.lstrip("# ") for line in text.splitlines() if line.startswith("# ")]
    compared = next((line for line in comments if not line.startswith(("python", "@"))), "")
    order = int(words.get("order", LAST))
    return CourseEntry(path.stem, words["title"], words["question"], compared, order)
