"""What the tests of notebooks share."""

from __future__ import annotations

import json

import matplotlib as mpl
import pytest

from benchmarks.synthetic import write_run
from experiments.notebook.__main__ import main
from experiments.record import About
from experiments.scoring.summarize import summarise
from experiments.task import prepare
from models.fitting import fit

QUIET = ("summary", "diagram")  # what takes time and moves no number


@pytest.fixture
def trained(configured, tmp_path):
    """trained({name: overrides}) -> {name: folder} of runs that were really trained, together."""

    def runs(asked):
        configs = {name: configured(*words) for name, words in asked.items()}
        prepared = [prepare(config) for config in configs.values()]
        fits = fit([task for _, task in prepared])
        for (name, config), (dataset, task), fitted in zip(
            configs.items(), prepared, fits, strict=True
        ):
            label = f"{config.dataset.label}: {config.model.label}"
            words = " ".join(["python run.py", *asked[name]])
            about = About(config.tree(), config.fingerprint(), words, {"python": "3"}, label=label)
            write_run(tmp_path / name, summarise(dataset, task, fitted, about)[0])
        return {name: tmp_path / name for name in configs}

    return runs


def written(folder, *words):
    """The notebook that the command writes of a run, beside it."""
    assert main([str(folder), *words]) == 0
    return json.loads(folder.with_name(f"{folder.name}.ipynb").read_text(encoding="utf-8"))


def sources(notebook, kind="code"):
    """The source of each cell of a kind, by its id."""
    return {
        cell["id"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == kind
    }


def played(notebook, folder, upto="compare", without=(), **changed):
    """What its names stand for after the cells were run, `changed` where they are set."""
    room = {"__name__": "notebook"}
    with mpl.rc_context({"backend": "Agg"}), pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.pyplot.show", lambda: None)
        patch.chdir(folder)
        for name, source in sources(notebook).items():
            if name not in (*QUIET, *without):
                exec(compile(source, name, "exec"), room)
            if name == "settings":
                room |= changed
            if name == upto:
                break
        if "plt" in room:
            room["plt"].close("all")
    return room
