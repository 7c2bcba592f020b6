"""Pages in a real browser, for all tests of this folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import product

import pytest

from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report
from tests.experiments.report.browsing import until

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NASTY = """</script><script>window.hacked=1</script><img src=x onerror="hacked=1">&amp;'\u2028"""
RUNS = 48
AT_REST = """() => document.getElementById("fit-grid").hidden
  || document.getElementById("grid-facets").childElementCount > 0"""


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def invented(tmp_path_factory):
    """The folder of an invented sweep, some of its runs broken, one with a label that bites."""
    folder = tmp_path_factory.mktemp("sweep") / "widths"
    make_sweep(folder, runs=RUNS, broken=4)
    nasty = make_record([9.0, 9.1], {"model.activation": NASTY})
    nasty = replace(nasty, about=replace(nasty.about, label=f"sine: {NASTY}", command=NASTY))
    write_run(folder / "9999-<b>&amp;", nasty)
    report.compare(folder)
    return folder


@pytest.fixture(scope="session")
def grid_sweep(tmp_path_factory):
    """depth × width × activation on one dataset, without one combination; one run diverged."""
    folder = tmp_path_factory.mktemp("grid") / "sweep"
    combinations = list(product((1, 2, 3), (5, 20), ("relu", "tanh")))
    for number, values in enumerate(combinations[:-1]):
        keys = dict(zip(("model.depth", "model.width", "model.activation"), values, strict=True))
        level = 0.2 + 0.1 * number
        record = make_record([level, 1.1 * level, 0.9 * level], keys)
        write_run(folder / f"{number:02d}", _diverged(record) if number == 3 else record)
    report.compare(folder)
    return folder


def _diverged(record):
    """The same with a second repeat whose loss left the numbers at epoch 7."""
    unknown = dict.fromkeys(("mean", "std", "typical", "ci95"))
    scores = {
        name: replace(one, **unknown, values=(one.values[0], None, one.values[2]))
        for name, one in record.metrics.scores.items()
    }
    about = replace(record.about, diverged_at=(None, 7, None))
    return replace(record, about=about, metrics=replace(record.metrics, scores=scores))


@pytest.fixture
def opened(browser):
    """Open a file; at the end nothing may have left the disk or complained on the console."""
    troubles, pages = [], []

    def go(path, address="", **settings):
        page = browser.new_page(**settings)
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: local(r) or troubles.append(r.url))
        page.goto(path.as_uri() + address)
        if path.name == report.COMPARISON and settings.get("java_script_enabled", True):
            until(page, "document.documentElement.dataset.ready")
            # The fit grid comes when nothing else is to be done; then nothing moves any more.
            until(page, AT_REST)
        pages.append(page)
        return page

    def local(request):
        return request.url.startswith(("file://", "data:", "blob:"))

    yield go
    assert troubles == []
    for page in pages:
        assert page.evaluate("window.hacked") is None
        page.close()
