"""A command on a terminal of its own: what it writes there, as a person's terminal gets it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.cells import cell_len

from tests.conftest import ROOT

LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\")
ESCAPES = re.compile(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(arguments, folder=ROOT, columns=80, **environment):
    """(exit code, all that was written) of `python <arguments>` on a pseudo-terminal."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment},
        stdin=its,
        stdout=its,
        stderr=its,
    ) as process:
        os.close(its)
        parts = []
        while True:
            try:
                part = os.read(mine, 65536)
            except OSError:  # the last one who wrote has gone
                break
            if not part:
                break
            parts.append(part)
    os.close(mine)
    return process.returncode, b"".join(parts).decode().replace("\r\n", "\n")


def links(text):
    """The files that a text links to."""
    return [Path(uri.removeprefix("file://")) for uri in LINK.findall(text) if uri]


def plain_lines(text):
    """The lines of a text without colours, links and what moves the cursor."""
    return [line.rpartition("\r")[2] for line in ESCAPES.sub("", text).split("\n")]


def left_on_screen(text):
    """The lines that stand on a terminal at the end, empty ones left out.

    Of what moves the cursor it knows what rich writes: back to the line's begin, up, erase a line.
    """
    lines, row, column = [""], 0, 0
    for part in re.split(r"(\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]|[\r\n])", text):
        if part == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif part == "\r":
            column = 0
        elif up := re.fullmatch(r"\x1b\[(\d*)A", part):
            row -= int(up[1] or 1)
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b"):
            lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + len(part) :]
            column += len(part)
    return [line.rstrip() for line in lines if line.strip()]


def widest(lines):
    """Columns of the widest line."""
    return max(map(cell_len, lines))
