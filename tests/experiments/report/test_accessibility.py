"""What axe-core finds on every kind of page, light and dark, wide and narrow: nothing."""

from __future__ import annotations

import pytest

from benchmarks.synthetic import make_record
from experiments.report import growth
from experiments.report.run_page import render

SCREENS = {"desk": (1280, 900), "phone": (360, 740)}


@pytest.fixture(scope="module")
def pages(invented, tmp_path_factory):
    """A page of each kind by its name."""
    folder = tmp_path_factory.mktemp("pages")
    record = make_record([0.2, 0.3])
    run = render(record, {}, has_diagram=False, growth=growth.growing(record))
    (folder / "report.html").write_text(run, encoding="utf-8")
    return {"comparison": invented / "comparison.html", "run": folder / "report.html"}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", ["comparison", "run"])
def test_axe_finds_nothing(opened, pages, kind, mode, screen):
    from axe_playwright_python.sync_playwright import Axe

    width, height = SCREENS[screen]
    page = opened(pages[kind], color_scheme=mode, viewport={"width": width, "height": height})
    for folded in page.locator("details > summary").all():
        folded.evaluate("(summary) => { summary.parentElement.open = true; }")
    found = Axe().run(page)
    said = [
        f"{one['id']}: {node['html'][:160]} {[c['message'] for c in node['any'] + node['all']][:2]}"
        for one in found.response["violations"]
        for node in one["nodes"][:4]
    ]
    assert said == []
