"""What a worker starts with, which need not have archlab: the sources come along, once.

Engines pickle a function that is made inside another one by value, so nothing here is imported on
the worker, and the function itself imports nothing of archlab before it is there.
"""

from __future__ import annotations

from collections.abc import Callable

SEND_SOURCES, MISSING, ANSWER = b"S", b"M", b"A"


def worker_function() -> Callable[[str, bytes, bytes], bytes]:
    """The function that workers run: (hash of the sources, sources or nothing, order) -> answer.

    Its answer begins with a letter: S asks for the sources, M names what could not be imported, A
    stands before what `worker.work` answers.
    """
    send_sources, missing, answer = SEND_SOURCES, MISSING, ANSWER
    unpacked = _unpacking()

    def run(sha256: str, sources: bytes, order: bytes) -> bytes:
        import importlib
        import os
        import platform
        import sys

        name = f"ARCHLAB_SOURCES_{os.getpid()}_{sha256}"  # a child of the worker is another one
        root = os.environ.get(name, "")
        if not root or not os.path.isdir(root):  # noqa: PTH112
            if not sources:
                return send_sources
            root = unpacked(sources)
            os.environ[name] = root
        if sys.path[:1] != [root]:  # what is there of other sources is dropped
            sys.path[:] = [root, *(path for path in sys.path if path != root)]
            for module in [*sys.modules]:
                if module.partition(".")[0] in ("datasets", "models", "experiments"):
                    del sys.modules[module]
            importlib.invalidate_caches()
        try:
            work = importlib.import_module("experiments.runner.shards.worker").work
        except ImportError as error:
            return missing + f"{platform.node()} {error}".encode()
        done: bytes = work(order)
        return answer + done

    return run


def _unpacking() -> Callable[[bytes], str]:
    """What unpacks the sources on a worker."""

    def unpacked(sources: bytes) -> str:
        """A folder of them that is held until this process ends, see `leftovers`."""
        import atexit
        import io
        import os
        import shutil
        import tempfile
        import zipfile

        new = tempfile.mkdtemp(prefix="archlab-new-")
        with zipfile.ZipFile(io.BytesIO(sources)) as archive:
            archive.extractall(new)
        if os.name == "posix":
            import fcntl

            fcntl.flock(os.open(new, os.O_RDONLY), fcntl.LOCK_SH)
        root = new.replace("archlab-new-", "archlab-sources-")
        os.rename(new, root)  # noqa: PTH104
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        return root

    return unpacked
