"""How large the comparison page is, and how soon a browser paints it and answers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from experiments import report

from .lively import lively_sweep
from .table import Rounds, Row
from .work import Size

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OPENED = 7  # times
MEGABYTES = (0.5, 3.0)  # of the page of few runs and of many
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
TIMES = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByName("ready")[0].startTime,
]"""


def opening(size: Size) -> Iterator[Row]:
    """The page of a small sweep and of a large one."""
    for runs, most in zip(size.opened, MEGABYTES, strict=True):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "sweep"
            lively_sweep(folder, runs, drawn=200)
            report.compare(folder)
            page = folder / report.COMPARISON
            name = f"comparison page over {runs:,} runs, its file"
            megabytes = Rounds((page.stat().st_size / 1e6,))
            yield Row(name, megabytes, most=most, unit="MB", note="one file; always the same")
            if CHROMIUM is not None:
                painted, ready = times(page)
                yield Row("its first paint", painted, most=0.5, note="in Chromium")
                yield Row("until it answers", ready, most=1, note="data read, every part drawn")


def times(page: Path) -> tuple[Rounds, Rounds]:
    """Seconds until Chromium paints a page and until its scripts have started."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        for _ in range(OPENED):
            tab = browser.new_page()
            tab.goto(page.as_uri())
            # The page's policy lets no text be waited for as a function.
            tab.wait_for_selector("html[data-ready]", state="attached")
            while not tab.evaluate(PAINTED):
                tab.wait_for_timeout(10)
            found.append(tab.evaluate(TIMES))
            tab.close()
        browser.close()
    painted, ready = zip(*found, strict=True)
    return rounds_of(painted), rounds_of(ready)


def rounds_of(milliseconds: tuple[float, ...]) -> Rounds:
    """In seconds."""
    return Rounds(tuple(value / 1000 for value in milliseconds))
