"""Opening a page for a person, where there is a browser to open it in."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

from rich.console import Console
from rich.text import Text

from .places import place


def open_page(page: Path, on: Console) -> bool:
    """Open a page in the default browser; whether there is one. Otherwise say where the page is."""
    if _has_browser() and webbrowser.open(page.absolute().as_uri()):
        return True
    on.print(Text.assemble("open=true: there is no browser here, the page is ", place(page)))
    return False


def _has_browser() -> bool:
    """Whether a person would see a browser: text browsers would take the terminal."""
    if "BROWSER" not in os.environ and sys.platform not in ("win32", "darwin"):
        if not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
            return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
