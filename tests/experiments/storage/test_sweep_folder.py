from __future__ import annotations

import pytest

from experiments.errors import ConfigError
from experiments.record import Planned, Sweep
from experiments.storage import sweep_folder

RUNS = (Planned("", ("model.depth=1",), "1" * 64), Planned("", ("model.depth=2",), "2" * 64))


def test_runs_once_trained_in_stages_are_judged_so_whatever_is_asked_for_later(tmp_path):
    def ask(command, stages=(), runs=RUNS, extend=False):
        held = sweep_folder.read_sweep(tmp_path)
        asked = Sweep("mine", command, "now", runs, stages=stages)
        return sweep_folder.add_runs(tmp_path, held, asked, extend)

    assert ask("first").stages == ()
    settled = ask("settle", (10, 20))
    # The numbers now come from the command that settled them.
    assert (settled.stages, settled.command) == ((10, 20), "settle")
    again = ask("first")
    assert (again.stages, again.command) == ((10, 20), "settle")
    assert ask("further", (10, 20, 40)).stages == (10, 20, 40)
    more = ask("more", (10, 20), (Planned("", ("model.depth=3",), "3" * 64),), extend=True)
    assert (len(more.runs), more.command) == (3, "further")
    assert sweep_folder.read_sweep(tmp_path) == more


def test_the_command_that_asks_for_all_runs_tells_a_sweep(tmp_path):
    third = Planned("", ("model.depth=3",), "3" * 64)

    def ask(command, runs, extend=False):
        held = sweep_folder.read_sweep(tmp_path)
        return sweep_folder.add_runs(tmp_path, held, Sweep("mine", command, "now", runs), extend)

    assert ask("two", RUNS).command == "two"
    with pytest.raises(ConfigError, match=r"1 runs here are not in it, 0 of its are not here"):
        ask("larger", (*RUNS, third))
    assert ask("larger", (*RUNS, third), extend=True).command == "larger"
    for command, runs in (("two", RUNS), ("one", RUNS[:1]), ("the same", (*RUNS, third))):
        held = ask(command, runs)  # it needs no leave, and adds nothing
        assert (len(held.runs), held.command) == (3, "larger")
    other = Planned("", ("model.depth=4",), "4" * 64)
    assert ask("another", (other,), extend=True).command == "larger", "it asks for one alone"
