"""Graphviz' `dot` as one process for many graphs: most of its time goes into its start, into fonts.

Only where one of the usual kind has drawn a graph, and whatever goes wrong is left to another one:
nothing here says why.
"""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import time
from contextlib import suppress
from typing import Any

PNG_START, PNG_END = b"\x89PNG", b"IEND\xaeB`\x82"
LONGEST = 2**15  # bytes of a graph: a pipe takes as many at once, even if nobody reads them
SECONDS = 5


class LastingDot:
    """A process that is begun once, and asked for one picture after the other."""

    def __init__(self) -> None:
        self.process: Any = None
        self.program: tuple[str, int] | None = None  # its path, and whose child it is

    def trust(self, program: str) -> None:
        """Keep this program running from the next graph on: it has drawn one.

        Only where one can wait for a pipe, as POSIX has it.
        """
        if os.name == "posix" and self.program != (program, os.getpid()):
            self.close()
            self.program = program, os.getpid()

    def png(self, program: str, graph: bytes) -> bytes | None:
        """The bytes of a PNG file; None where another process has to draw it."""
        if self.program != (program, os.getpid()) or len(graph) > LONGEST:
            return None
        try:
            image = self._asked(program, graph + b"\n")
        except OSError:
            image = b""
        except BaseException:  # half an answer would be taken for the next one's
            self.close()
            raise
        if image.startswith(PNG_START) and image.endswith(PNG_END):
            return image
        self.close()
        return None

    def close(self) -> None:
        """End the process, if it is this one's child; the program is trusted no longer."""
        process, program = self.process, self.program
        self.process = self.program = None
        if process is None or program is None or program[1] != os.getpid():
            return
        atexit.unregister(self.close)
        with suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()

    def _asked(self, program: str, graph: bytes) -> bytes:
        """What it answers until it ends, is quiet for long, or the picture is whole."""
        if self.process is None:
            self.process = subprocess.Popen(
                [program, "-Tpng"],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us: it is not told of it
            )
            atexit.register(self.close)
        self.process.stdin.write(graph)
        answer, until = b"", time.monotonic() + SECONDS
        while not answer.endswith(PNG_END):
            left = max(until - time.monotonic(), 0)
            ready, *_ = select.select([self.process.stdout], [], [], left)
            part = os.read(self.process.stdout.fileno(), 2**20) if ready else b""
            if not part:
                break
            answer += part
        return answer
