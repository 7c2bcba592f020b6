"""TensorFlow and Keras, loaded in half the time: without what neither of them needs itself."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import Lock
from types import ModuleType

from .fitters.compilation_cache import PROGRAMS

# What the two import early, and never use to build, train or draw a network: wrappers for
# scikit-learn (most of scipy with them), galleries of images (pyplot), the slicing of tables
# (pandas), the writing of files, the training of TensorFlow's older Keras (scipy's sparse
# matrices), and those of TensorFlow's interfaces that take long. (Not `lite`: it shares its name
# with a package below `tensorflow`, which would take its place.)
INTERFACES = (
    "__internal__.distribute",
    "__internal__.feature_column",
    "__internal__.test",
    "compat.v1",
    "compat.v2",
    "debugging",
    "feature_column",
    "linalg",
    "quantization",
    "raw_ops",
    "test",
    "tpu",
    "train",
)
OFFERED = (
    "h5py",
    "keras.src.trainers.data_adapters.array_slicing",
    "keras.src.visualization",
    "keras.visualization",
    "keras.wrappers",
    "requests",
    "tensorflow.python.keras.engine.training_v1",
    *(f"tensorflow._api.v2.{name}" for name in INTERFACES),
)


THREADS = "TF_NUM_INTRAOP_THREADS"


def threads() -> int:
    """How many threads TensorFlow gives one operation, by its own variable or else one a core."""
    asked = os.environ.get(THREADS, "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_keras() -> None:
    """Import TensorFlow and Keras; what they only offer is imported when somebody asks for it.

    Nothing is collected meanwhile, and what is there afterwards is never looked at again: all of it
    stays until the process ends.
    """
    if "keras" in sys.modules:
        return
    PROGRAMS.begin()
    collects = gc.isenabled()
    gc.disable()
    try:
        with postponed(OFFERED), _functions_found_on_use():
            importlib.import_module("keras")
    finally:
        gc.freeze()
        if collects:
            gc.enable()


@contextmanager
def _functions_found_on_use() -> Iterator[None]:
    """Have the system look up a library's functions when they are first called.

    TensorFlow's libraries call some 170,000 in each other; a run comes by a few of them.
    """
    if sys.platform == "win32":
        yield
        return
    before = sys.getdlopenflags()
    sys.setdlopenflags(before & ~os.RTLD_NOW | os.RTLD_LAZY)
    try:
        yield
    finally:
        sys.setdlopenflags(before)


@contextmanager
def postponed(names: Iterable[str]) -> Iterator[None]:
    """Modules that are first imported in the block are loaded when something in them is used.

    Nothing is hidden: whoever imports one of them, at any time, has all that is in it. A module
    that is not installed is not found, as ever.
    """
    finder = _Postponing(set(names))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


_LOOKING = Lock()  # held for a look alone: import has locks of its own


class _StandIn(ModuleType):
    """Stands for a module until something in it is asked for.

    Python's own `LazyLoader` would show another thread a module that is half loaded; this leaves
    loading, and its locks, to an ordinary import.
    """

    def __getattr__(self, name: str) -> object:
        with _LOOKING:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


class _Postponing(MetaPathFinder, Loader):
    """Finds stand-ins for modules, each once: the next import is the true one."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for those modules that are there."""
        if name not in self.names:
            return None
        self.names.discard(name)  # or the next line would come back here
        return ModuleSpec(name, self) if importlib.util.find_spec(name) else None

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module: Python looks for what is in it while it makes it."""

    def exec_module(self, module: ModuleType) -> None:
        """From here on it stands for the true one."""
        module.__class__ = _StandIn
