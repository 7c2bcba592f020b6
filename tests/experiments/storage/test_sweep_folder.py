from __future__ import annotations

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
