"""The comparison page without scripts, on paper, and what its buttons copy."""

from __future__ import annotations

import re

import pytest

from benchmarks.synthetic import make_record, make_sweep, write_run
from experiments import report
from experiments.record import Planned, Sweep
from experiments.report.comparison_page import PAGE
from tests.experiments.report.browsing import until

COMMAND = "python run.py -m dataset=linear,cubic,sine model.depth=1,2,3,4"


def swept(folder, runs, broken=0):
    """The page of an invented sweep that `sweep.json` would know."""
    make_sweep(folder, runs, broken)
    planned = tuple(Planned(path.name, (), "") for path in sorted(folder.iterdir()))
    report.compare(folder, Sweep(folder.name, COMMAND, "2026-01-01", planned))
    return folder / PAGE


@pytest.fixture(scope="module")
def page_of_100(tmp_path_factory):
    return swept(tmp_path_factory.mktemp("paper") / "widths", 100)


def test_without_scripts_verdict_ranking_and_first_rows_are_there(opened, invented):
    page = opened(invented / PAGE, java_script_enabled=False)
    assert "has the lowest validation error" in page.locator(".card").first.inner_text()
    rankings = page.locator("table.ranking")
    assert rankings.count() == 3
    for number in range(3):
        lines = rankings.nth(number).locator("tbody tr")
        assert 0 < lines.count() <= 25
        assert lines.first.locator("td").nth(1).inner_text() == "1"
        errors = [
            float(text) for text in lines.locator("td.number:nth-last-child(2)").all_inner_texts()
        ]
        assert errors == sorted(errors)
    lines = page.locator("#table tbody tr")
    assert lines.count() == 25
    for selector in ("#tools", "#charts", "#selected", "button"):
        for part in page.locator(selector).all():
            assert part.is_hidden()
    assert page.locator("noscript").count() == 2


def test_first_rows_are_the_ones_that_scripts_draw(opened, invented):
    static = opened(invented / PAGE, java_script_enabled=False)
    live = opened(invented / PAGE)
    words = [
        [
            [re.sub(r"\s*pin$", "", cell).strip() for cell in line.split("\t")]
            for line in page.locator("#table tbody").inner_text().splitlines()
            if line.strip()
        ]
        for page in (static, live)
    ]
    heads = [page.locator("#table thead").inner_text().split() for page in (static, live)]
    assert " ".join(words[0][0])
    assert [w for line in words[0] for w in line if w] == [
        w for line in words[1] for w in line if w
    ]
    assert heads[0] == [word for word in heads[1] if word not in ("select", "▲")]


def printed(page, tmp_path):
    """How many pages it takes on paper."""
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4")
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def test_on_paper_stand_all_runs_in_seven_columns(opened, tmp_path, page_of_100):
    many = opened(page_of_100)
    more = opened(swept(tmp_path / "more", 300))
    assert printed(more, tmp_path) - printed(many, tmp_path) <= 200 / 40
    many.emulate_media(media="print")
    many.evaluate("dispatchEvent(new Event('beforeprint'))")
    lines = many.locator("#table tbody tr")
    assert lines.count() == 100
    for line in (lines.first, lines.last, many.locator("#table thead tr")):
        cells = line.locator("> *")
        assert sum(cells.nth(n).is_visible() for n in range(cells.count())) == 7
    heads = many.locator("#table thead th:visible")
    assert all(heads.all_inner_texts())  # a heading is a button on the screen, plain words here
    pressed = many.locator("#table thead button:visible")
    assert many.locator("button:visible").count() == pressed.count()
    assert "▲" not in pressed.first.evaluate("one => getComputedStyle(one, '::after').content")
    broken = "getComputedStyle(document.querySelector('.card')).breakInside"
    assert many.evaluate(broken) == "avoid"
    many.evaluate("dispatchEvent(new Event('afterprint'))")
    assert lines.count() == 25


KEEPS = """Object.defineProperty(navigator, "clipboard",
  { value: { writeText: async (text) => { window.kept = text; } } });"""
REFUSES = """Object.defineProperty(navigator, "clipboard",
  { value: { writeText: async () => { throw new Error("not here"); } } });
document.execCommand = (name) => { window.kept = `${name}: ${document.activeElement.value}`; };"""


def copied(page, button):
    page.evaluate("delete window.kept")
    page.locator(button).first.click()
    until(page, "window.kept !== undefined")
    return page.evaluate("window.kept")


def test_buttons_copy_what_they_say(opened, page_of_100):
    page = opened(page_of_100)
    page.evaluate(KEEPS)
    assert copied(page, "[data-copies=command]") == COMMAND
    assert page.locator("#copied").inner_text() == "Copied: the command"
    settles = copied(page, "[data-copies=settling]")
    assert settles == f"{COMMAND} sweep.name=widths sweep.settle=true sweep.max_repeats=20"
    assert copied(page, "[data-copies=citation]").startswith("@software{archlab,")
    page.locator("#search").fill("model.width=5 dataset.kind=sine")
    found = int(page.locator("#found").inner_text().split()[0])
    lines = copied(page, "[data-makes=markdown]").splitlines()
    heads = page.locator("#table thead button").all_inner_texts()
    assert [word.strip() for word in lines[0].strip("|").split("|")] == heads
    assert len(lines) == 2 + found
    latex = copied(page, "[data-makes=latex]")
    assert latex.count("\\\\\n") == 1 + found
    page.locator(".chooser summary").click()
    page.locator('#columns input[value="verdict"]').uncheck()
    assert "verdict" not in copied(page, "[data-makes=markdown]").splitlines()[0]


def test_without_a_clipboard_the_selection_is_copied(opened, page_of_100):
    page = opened(page_of_100)
    page.evaluate(REFUSES)
    assert copied(page, "[data-copies=command]") == f"copy: {COMMAND}"
    assert page.evaluate("document.activeElement.dataset.copies") == "command"
    assert page.locator("textarea").count() == 0


def test_no_command_settles_what_is_settled(tmp_path):
    for width, level in ((1, 0.2), (2, 0.9)):
        values = [level * (1 + 0.001 * number) for number in range(20)]
        write_run(tmp_path / str(width), make_record(values, {"model.width": width}))
    report.compare(tmp_path)
    assert "settle what is unclear" not in (tmp_path / PAGE).read_text(encoding="utf-8")
