"""The line that moves while archlab works, and the page that is opened at the end."""

from __future__ import annotations

import io
import os
import time
import webbrowser
from types import SimpleNamespace

import pytest
from rich.cells import cell_len
from rich.console import Console

from experiments.terminal import LiveLine, Work, console, open_page, progress
from experiments.terminal import line as line_module
from experiments.terminal import work as work_module
from experiments.terminal.work import clock
from tests.on_terminal import plain_lines


@pytest.fixture
def now(monkeypatch):
    """The time, which a test sets."""
    clock_ = SimpleNamespace(now=100.0)
    fake = SimpleNamespace(monotonic=lambda: clock_.now)
    monkeypatch.setattr(work_module, "time", fake)
    return clock_


def said(work, at=0.0):
    return list(work.said(at))


def test_work_says_what_is_compiled_then_trained_then_written(now):
    work = Work(48, 4800)
    assert said(work)[-1] == "training 0 of 4,800 epochs"
    work.compile(0, 16)
    assert said(work)[-1] == "compiling 1 of 16 programs"
    work.compile(2, 16)
    work.compile(1, 16)  # told late, by another thread
    assert said(work)[-1] == "compiling 3 of 16 programs"
    work.compile(16, 16)
    work.advance(203)
    for name, count in (("trained", 12), ("written", 5)):
        for _ in range(count):
            work.count(name)
    now.now += 10
    work.advance(1000)
    full = said(work, now.now)[0]
    left = clock((4800 - 1203) * 10 / 1000)
    both = "12 of 48 runs trained, 5 written"
    assert full == f"training 1,203 of 4,800 epochs · {both} · {left} left"
    work.advance(4800 - 1203)
    assert said(work, now.now)[0] == f"writing · {both}"


def test_versions_of_what_is_said_get_shorter(now):
    work = Work(48, 4800)
    work.advance(10)
    work.count("trained")
    work.count("written")
    now.now += 5
    work.advance(10)
    widths = [cell_len(words) for words in said(work, now.now)]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 4


def test_workers_of_an_engine_and_their_shards_stand_in_the_line_where_there_is_room(now):
    work = Work(5, 500)
    work.carry(3, 1)
    fullest, *_, fewest = said(work)
    assert fullest == "training 0 of 500 epochs · 0 of 5 runs trained · 3 workers, 1 shard out"
    assert "worker" not in fewest


def test_the_trouble_of_an_engine_stands_first():
    work = Work(5, 500)
    work.carry(3, 2, "Dask at tcp://head:1 does not answer")
    fullest, fewest = said(work)
    assert fullest.startswith("Dask at tcp://head:1 does not answer · 0 of 5 runs trained")
    assert fewest == "Dask at tcp://head:1 does not answer"
    work.carry(3, 2)
    assert "answer" not in said(work)[0]


def test_a_first_interrupt_says_what_is_out_and_what_a_second_one_does():
    work = Work(5, 500)
    assert work.stopping() == (
        "stopping: what is trained is still written; Ctrl-C again stops at once"
    )
    work.carry(2, 3)
    assert work.stopping() == "stopping: 3 shards are out; Ctrl-C again to drop them"
    work.carry(2, 1)
    assert work.stopping() == "stopping: 1 shard is out; Ctrl-C again to drop it"


def test_a_lone_program_and_a_lone_run_are_not_counted(now):
    work = Work(0, 500)
    work.compile(0, 1)
    assert said(work) == ["compiling the program"] * 3
    work.compile(1, 1)
    assert said(work) == ["training 0 of 500 epochs"] * 3


def test_nothing_is_said_of_the_rest_before_anything_is_known_of_it(now):
    work = Work(2, 1000)
    assert work.left(now.now + 60) is None
    work.compile(0, 2)
    work.advance(100)
    assert work.left(now.now + 60) is None, "a program is still compiled"
    work.compile(2, 2)
    now.now += 60
    work.advance(100)
    assert work.left(now.now + 60) is None, "all that is known is the time of compiling"
    now.now += 8
    work.advance(400)
    assert work.left(now.now) == pytest.approx(8.0)


def test_another_stage_adds_what_it_takes(now):
    work = Work(5, 0)
    work.expect(300)
    work.advance(300)
    work.expect(200)
    assert said(work)[-1] == "training 300 of 500 epochs"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0:00"), (42, "0:42"), (725, "12:05"), (3723, "1:02:03")]
)
def test_a_time_is_written_as_a_clock_does(seconds, words):
    assert clock(seconds) == words


class Screen(io.StringIO):
    """A terminal of a test."""

    def isatty(self):
        return True

    def fileno(self):
        raise io.UnsupportedOperation


def screen(width, monkeypatch, **environment):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", **environment}.items():
        monkeypatch.setenv(name, value)
    on = console(Screen())
    on.width = width
    return on


def drawn(on):
    """What stood on the line, one after the other."""
    parts = on.file.getvalue().replace("\r", "\n")
    return [line for line in plain_lines(parts) if line]


@pytest.mark.parametrize("width", [120, 80, 40, 20])
def test_the_line_is_one_line_that_fits_and_goes_away(monkeypatch, width):
    on = screen(width, monkeypatch)
    line = LiveLine(on)
    line.say("loading TensorFlow")
    time.sleep(0.25)
    work = line.work(480, 480_000)
    work.advance(1)
    for name in ("trained", "written"):
        work.count(name)
    time.sleep(0.25)
    line.print("something that stays")
    line.clear()
    lines = drawn(on)
    assert max(map(cell_len, lines)) <= width
    assert any("loading" in one for one in lines)
    assert any("training 1 of" in one or width == 20 for one in lines)
    assert any("1 of 480 runs trained" in one for one in lines) == (width >= 80)
    assert sum("something that" in one for one in lines) == 1
    assert on.file.getvalue().endswith("\x1b[2K"), "the last that is written wipes the line"


def test_the_line_comes_back_after_it_was_taken_away(monkeypatch):
    on = screen(80, monkeypatch)
    line = LiveLine(on)
    line.say("one")
    line.clear()
    assert not line.covers_stdout
    line.say("two")
    line.close()
    assert [any(word in one for one in drawn(on)) for word in ("one", "two")] == [True, True]


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {}])
def test_no_line_is_drawn_where_none_can_be(monkeypatch, environment):
    on = screen(80, monkeypatch, **environment)
    if not environment:  # a worker process
        monkeypatch.setattr(line_module, "parent_process", object)
    line = LiveLine(on)
    line.say("loading TensorFlow")
    line.work(2, 10).advance(1)
    line.print("a word")
    line.close()
    assert on.file.getvalue() == "a word\n"


def test_what_is_printed_to_standard_error_stands_above_the_line(monkeypatch):
    on = screen(80, monkeypatch)
    line = LiveLine(on)
    line.say("training")
    print("error: a problem", file=line.file)
    line.clear()
    assert sum("error: a problem" in one for one in drawn(on)) == 1


def test_a_line_is_taken_away_whatever_happens(monkeypatch):
    on = screen(80, monkeypatch)
    with pytest.raises(KeyboardInterrupt), progress(on, 100) as advance:
        advance(10)
        raise KeyboardInterrupt
    assert on.file.getvalue().endswith("\x1b[2K")


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a page.html"
    path.write_text("…")
    return path


def browser(folder, code=0):
    """A program that notes what it is asked to open."""
    script = folder / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" >> "{folder}/opened"\nexit {code}\n')
    script.chmod(0o755)
    return str(script)


def asked_for(monkeypatch, page, **environment):
    """Whether a page was opened, and what was said."""
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})
    on = Console(file=io.StringIO(), width=200)
    return open_page(page, on), on.file.getvalue()


def test_a_page_is_opened_in_the_browser(monkeypatch, page):
    opened, text = asked_for(monkeypatch, page, BROWSER=browser(page.parent))
    assert opened
    assert text == ""
    assert (page.parent / "opened").read_text() == f"{page.as_uri()}\n"


@pytest.mark.parametrize("environment", [{}, {"BROWSER": "failing"}, {"BROWSER": "/none/here"}])
def test_without_a_browser_a_line_says_where_the_page_is(monkeypatch, page, environment):
    if environment.get("BROWSER") == "failing":
        environment = {"BROWSER": browser(page.parent, code=1)}
    monkeypatch.setenv("PATH", os.devnull)  # no browser of this machine either
    opened, text = asked_for(monkeypatch, page, **environment)
    assert not opened
    assert text == "open=true: there is no browser here, the page is a page.html\n"
