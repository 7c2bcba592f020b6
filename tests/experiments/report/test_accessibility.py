"""What axe-core finds on every kind of page, light and dark, wide and narrow: nothing."""

from __future__ import annotations

import pytest

from benchmarks.synthetic import make_record
from experiments.report.drawings import Drawings, growth, losses, repeats
from experiments.report.run_page import render

SCREENS = {"desk": (1280, 900), "phone": (360, 740)}


def run_page(folder, sweep):
    record = make_record([0.2, 0.3])
    drawn = Drawings(
        growth=growth.growing(record),
        losses=losses.loss_chart(record),
        repeats=repeats.repeat_dots(record),
    )
    path = folder / "report.html"
    path.write_text(render(record, {}, False, drawn), encoding="utf-8")
    return path


# (an empty folder, an invented sweep's folder) -> the page; a new kind of page is a line here.
KINDS = {
    "comparison": lambda folder, sweep: sweep / "comparison.html",
    "run": run_page,
}


@pytest.fixture(scope="module")
def pages(invented, tmp_path_factory):
    """A page of each kind by its name."""
    return {kind: make(tmp_path_factory.mktemp(kind), invented) for kind, make in KINDS.items()}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(opened, pages, kind, mode, screen):
    from axe_playwright_python.sync_playwright import Axe

    width, height = SCREENS[screen]
    page = opened(pages[kind], color_scheme=mode, viewport={"width": width, "height": height})
    for folded in page.locator("details").all():
        folded.evaluate("(details) => { details.open = true; }")
    found = Axe().run(page)
    said = [
        f"{one['id']}: {node['html'][:160]} {[c['message'] for c in node['any'] + node['all']][:2]}"
        for one in found.response["violations"]
        for node in one["nodes"][:4]
    ]
    assert said == []
