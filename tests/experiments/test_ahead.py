"""What a folder needs is loaded beside the training, and never stands in its way."""

from __future__ import annotations

import subprocess
import sys
import threading

import jinja2
import numpy as np
import pytest

from experiments import ahead
from experiments.report import html, run_page
from models import fit
from models import network as networks
from tests.conftest import ROOT
from tests.experiments.records import make_record
from tests.models.tasks import make_task


def loading():
    return [thread for thread in threading.enumerate() if thread.name == "loading"]


def test_a_run_imports_its_pictures_and_page_while_it_trains(tmp_path):
    """In a thread; what loads TensorFlow comes first, and waits for none of it."""
    code = (
        "import sys, threading, importlib.abc\n"
        "class Seen(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name in ('tensorflow', 'pandas', 'matplotlib.figure', 'scipy.spatial',\n"
        "                    'jinja2'):\n"
        "            print(name, threading.current_thread() is threading.main_thread())\n"
        "sys.meta_path.insert(0, Seen())\n"
        "from pathlib import Path\n"
        "from experiments.config.compose import compose, from_hydra, initialize_config_dir, CONF\n"
        "from experiments.runner.run import run\n"
        "with initialize_config_dir(str(CONF), version_base='1.3'):\n"
        "    cfg = compose('config', overrides=['training.epochs=2', 'training.repeats=1'])\n"
        f"run(from_hydra(cfg), Path({str(tmp_path / 'run')!r}), [])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seen = [line for line in done.stdout.splitlines() if line.endswith(("True", "False"))]
    assert seen[0] == "tensorflow True"
    beside = ["jinja2", "matplotlib.figure", "pandas", "scipy.spatial"]
    assert sorted(seen[1:]) == [f"{name} False" for name in beside]


def test_what_is_not_begun_when_training_is_over_is_left(monkeypatch):
    begun, go_on, names = threading.Event(), threading.Event(), []

    def load(name):
        names.append(name)
        begun.set()
        go_on.wait(10)

    monkeypatch.setattr(ahead, "_load_module", load)
    monkeypatch.setattr(ahead, "_compile_page", lambda: names.append("page"))
    with ahead.loading_ahead(make_task()) as begin:
        begin()
        assert begun.wait(10)
        begin()
        threading.Timer(0.1, go_on.set).start()
    assert names == [ahead.LOADED_AHEAD[0]]
    assert not loading()


def test_nothing_is_loaded_before_it_is_said(monkeypatch):
    names = []
    monkeypatch.setattr(ahead, "_load_module", names.append)
    with ahead.loading_ahead(make_task()):
        assert not loading()
    assert names == []


def test_what_cannot_be_loaded_is_left_to_who_needs_it(monkeypatch):
    tried = threading.Event()

    def broken(name):
        raise ImportError(name)

    monkeypatch.setattr(ahead, "_load_module", broken)
    monkeypatch.setattr(ahead, "_compile_page", tried.set)
    with ahead.loading_ahead(make_task()) as begin:
        begin()
        assert tried.wait(10), "the others are still tried"


def test_an_interrupted_training_leaves_no_thread():
    with pytest.raises(KeyboardInterrupt), ahead.loading_ahead(make_task()) as begin:
        begin()
        raise KeyboardInterrupt
    assert not loading()


def test_the_network_that_was_made_ahead_is_the_one_that_is_made_without(monkeypatch):
    task, done = make_task({"width": 7}, epochs=3), threading.Event()
    alone = networks.compile_for(networks.build(task), task)
    networks._shared.clear()
    monkeypatch.setattr(ahead, "_load_module", lambda name: None)
    monkeypatch.setattr(ahead, "_draw_something", done.set)
    with ahead.loading_ahead(task) as begin:
        begin()
        assert done.wait(60)
    (made,) = networks._shared.values()
    assert networks.shared(task).network is made.network
    assert made.network.get_config() == alone.get_config()
    assert made.network.get_compile_config() == alone.get_compile_config()
    for network in (made.network, alone):
        networks.restore(network, fit([task])[0].weights[0])
    np.testing.assert_array_equal(
        networks.predict(made.network, task.x_NxF), networks.predict(alone, task.x_NxF)
    )


def test_a_page_that_was_compiled_ahead_compiles_nothing_more(monkeypatch, configured):
    record, _ = make_record(configured("training.epochs=7"))
    html.environment.cache_clear()
    html.compile_template(run_page.TEMPLATE)
    compiled = []
    compile_ = jinja2.Environment.compile
    monkeypatch.setattr(
        jinja2.Environment,
        "compile",
        lambda *given, **named: compiled.append(given) or compile_(*given, **named),
    )
    run_page.render(record, {}, has_diagram=True)
    assert compiled == []
    html.environment.cache_clear()
    run_page.render(record, {}, has_diagram=True)
    assert compiled
