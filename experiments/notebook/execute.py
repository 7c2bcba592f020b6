"""Run a notebook's cells, in the Python that runs this program, and keep what they show."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ConfigError, Problem, RunError
from ..terminal import LiveLine

KERNEL_LIBRARIES = ("nbformat", "nbclient", "ipykernel")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
# What TensorFlow's native code writes when it starts: where the notebook ran, not what it does.
NATIVE = re.compile(
    r"^(?:WARNING: All log messages before absl|[IWE]\d{4} |To enable the following).*\n?", re.M
)


def executed(content: bytes, out: Path) -> bytes:
    """The notebook with the outputs of its cells.

    Args:
        content: of an .ipynb file.
        out: where it is to stand; its cells run in that folder.

    Raises:
        ConfigError: where a library is missing.
        RunError: where a cell fails.
        KeyboardInterrupt: when somebody stops it; its process is stopped too.
    """
    refuse_without_libraries()
    nbformat, nbclient = import_module("nbformat"), import_module("nbclient")
    jupyter = import_module("jupyter_client")
    notebook = nbformat.reads(content.decode(), as_version=4)
    # Without a folder to look for kernels in there is one alone, that of this Python itself.
    kernels = jupyter.kernelspec.KernelSpecManager(kernel_dirs=[])
    kernel = jupyter.AsyncKernelManager(kernel_spec_manager=kernels)
    folder = {"metadata": {"path": str(out.absolute().parent)}}
    line = LiveLine()
    client = nbclient.NotebookClient(
        notebook,
        kernel,
        timeout=None,
        record_timing=False,
        shutdown_kernel="immediate",
        resources=folder,
        on_cell_start=lambda cell, cell_index: line.say(
            f"running cell {cell_index + 1} of {len(notebook.cells)}"
        ),
    )
    try:
        asyncio.run(_run(client, kernel))
    except nbclient.exceptions.CellExecutionError as error:
        raise _failed(out, f"{error.ename}: {error.evalue}") from None
    except RuntimeError as error:  # its process died
        raise _failed(out, str(error)) from None
    finally:
        line.close()
    for cell in notebook.cells:
        cell.update(_without_native_noise(cell))
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


def refuse_without_libraries() -> None:
    """Raise ConfigError where what runs notebooks is not installed."""
    missing = [name for name in KERNEL_LIBRARIES if find_spec(name) is None]
    if missing:
        what = f"needs {' and '.join(missing)}, not installed here"
        fix = f"install it: python -m pip install {' '.join(missing)}"
        raise ConfigError([Problem("--execute", what, fix)])


async def _run(client: Any, kernel: Any) -> None:
    """Run all cells; whatever ends it, no process stays behind.

    Ctrl-C cancels it: by nbclient's own handler it would look as if a cell had failed.
    """
    cells = asyncio.create_task(client.async_execute(cleanup_kc=True, stderr=subprocess.DEVNULL))
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        cells.cancel()

    await asyncio.sleep(0)  # by now that handler is set
    for one in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows raises KeyboardInterrupt by itself
            asyncio.get_running_loop().add_signal_handler(one, stop)
    try:
        await cells
    finally:
        if kernel.has_kernel:
            await kernel.shutdown_kernel(now=True)
        if stopped.is_set():  # whatever nbclient makes of being cancelled
            raise KeyboardInterrupt


def _failed(out: Path, reason: str) -> RunError:
    what = f"a cell failed: {ESCAPES.sub('', reason)}"
    fix = "write it without --execute, and run it in Jupyter to see where"
    return RunError([Problem(str(out), what, fix)])


def _without_native_noise(cell: Any) -> dict[str, Any]:
    """The outputs of a cell, without those that hold nothing else."""
    if "outputs" not in cell:
        return {}
    kept = []
    for output in cell.outputs:
        if output.get("name") == "stderr":
            output.text = NATIVE.sub("", output.text)
        if output.get("text", True):
            kept.append(output)
    return {"outputs": kept}
