"""What the folder of a run needs beside its training, made ready while that is compiled.

Compiling takes seconds in which no Python runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models import Task

LOADED_AHEAD = (
    "pandas",
    "h5py",
    "scipy.special",
    "scipy.spatial",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "jinja2",
    "experiments.report.scoreboard",
)


@contextmanager
def loading_ahead(task: Task) -> Iterator[Callable[[], None]]:
    """Make ready in a thread what is needed after the block; what its end finds not begun is left.

    Yields what begins it, at its first call alone. It is to be called when programs are compiled:
    before, another thread of Python would only be in the way.
    """
    over, begun = Event(), Lock()
    thread = Thread(target=_load, args=(task, over), name="loading")

    def begin() -> None:
        if begun.acquire(blocking=False):
            thread.start()

    try:
        yield begin
    finally:
        over.set()
        if thread.is_alive():
            thread.join()


def _load(task: Task, over: Event) -> None:
    steps: list[Callable[[], None]] = [partial(_load_module, name) for name in LOADED_AHEAD]
    steps += [_compile_page, partial(_make_network, task), _draw_something]
    for step in steps:
        if over.is_set():
            return
        with suppress(Exception):  # whoever needs it meets it, and says what becomes of that
            step()


def _load_module(name: str) -> None:
    """A stand-in, see `models.libraries`, is loaded by asking for something in it."""
    _ = import_module(name).__file__


def _compile_page() -> None:
    from .report.html import compile_template
    from .report.run_page import TEMPLATE

    compile_template(TEMPLATE)


def _make_network(task: Task) -> None:
    from models.network import shared

    shared(task)


def _draw_something() -> None:
    """The first picture of a process finds its fonts."""
    from .plots import style

    figure = style.figure(1, 1)
    style.label_axes(figure.add_subplot(), "x", "y", "title")
    style.png(figure)
