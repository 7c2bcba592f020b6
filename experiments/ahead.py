"""What the folder of a run needs beside its training, loaded while that is compiled.

Compiling takes seconds in which no Python runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from threading import Event, Thread

LOADED_AHEAD = (
    "scipy.special",
    "scipy.spatial",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "jinja2",
    "experiments.report.scoreboard",
)


@contextmanager
def loading_ahead() -> Iterator[None]:
    """Load in a thread what is needed after the block; what is not begun by its end is left."""
    over = Event()
    thread = Thread(target=_load, args=(over,), name="loading")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _load(over: Event) -> None:
    steps: list[Callable[[], object]] = [partial(import_module, name) for name in LOADED_AHEAD]
    for step in (*steps, _compile_page):
        if over.is_set():
            return
        with suppress(Exception):  # whoever needs it meets it, and says what becomes of that
            step()


def _compile_page() -> None:
    from .report.html import compile_template
    from .report.run_page import TEMPLATE

    compile_template(TEMPLATE)
