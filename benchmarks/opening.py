"""How large the comparison page is, and how soon a browser paints it and answers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from experiments import report

from .lively import lively_sweep
from .table import Row
from .work import Size

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OPENED = 7  # times
LIMITS = {48: 0.5, 1000: 3.0}  # megabytes by runs
TIMES = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByName("ready")[0].startTime,
]"""


def opening(size: Size) -> Iterator[Row]:
    """The page of a small sweep and of a large one."""
    for runs, most in LIMITS.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "sweep"
            lively_sweep(folder, min(runs, size.page_runs), drawn=200)
            report.compare(folder)
            page = folder / report.COMPARISON
            name = f"comparison page over {runs:,} runs"
            yield Row(name, page.stat().st_size / 1e6, most=most, unit="MB", note="one file")
            if CHROMIUM is not None:
                painted, ready = times(page)
                yield Row("its first paint", painted, most=0.5, note=f"median of {OPENED}")
                yield Row("until it answers", ready, most=1, note="data read, every part drawn")


def times(page: Path) -> tuple[float, float]:
    """Seconds until Chromium paints a page and until its scripts have started, medians."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        for _ in range(OPENED):
            tab = browser.new_page()
            tab.goto(page.as_uri())
            tab.wait_for_function("document.documentElement.dataset.ready")
            tab.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
            found.append(tab.evaluate(TIMES))
            tab.close()
        browser.close()
    painted, ready = zip(*found, strict=True)
    return median(painted) / 1000, median(ready) / 1000
