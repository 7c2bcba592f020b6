"""Addresses of clusters: whether anybody is there, which their own libraries take long to say."""

from __future__ import annotations

import re
import socket

from ...errors import ConfigError, Problem

WAIT = 5.0  # seconds for an answer


def check_address(address: str, fix: str) -> None:
    """See that somebody listens at `host:port` or `scheme://host:port`; others are let pass.

    Raises:
        ConfigError: with how to mend it, where nobody does.
    """
    found = re.fullmatch(r"(?:\w+://)?([\w.-]+):(\d+)", address)
    if not found:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=WAIT).close()
    except (OSError, OverflowError) as error:
        what = f"has nobody who answers, received {address!r} ({error})"
        raise ConfigError([Problem("hydra.launcher.address", what, fix)]) from None
