"""`python -m experiments.notebook`: what it writes, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import pytest

from benchmarks.synthetic import write_run
from experiments.notebook import execute
from experiments.notebook.__main__ import main
from experiments.notebook.execute import executed
from experiments.storage import run_folder
from tests.conftest import ROOT, stand_in
from tests.experiments.notebook.conftest import sources, written
from tests.experiments.records import make_record

COMMAND = [sys.executable, "-m", "experiments.notebook"]


@pytest.fixture
def made(configured, tmp_path):
    """made(overrides) -> the folder of a run that was not really trained."""

    def folder(*overrides, name="run"):
        record, _ = make_record(configured("training.repeats=2", "training.epochs=3", *overrides))
        write_run(tmp_path / name, record)
        return tmp_path / name

    return folder


def line(capsys):
    (said,) = capsys.readouterr().err.splitlines()
    return said


def test_it_stands_beside_the_folder_and_the_folder_stays_whole(made, capsys):
    folder = made()
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}.ipynb\n"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["run", "run.ipynb"]
    assert run_folder.state(folder) == "done"


def test_the_same_run_gives_the_same_bytes_and_an_older_file_is_replaced(made, tmp_path):
    folder, out = made(), tmp_path / "again.ipynb"
    out.write_text("older")
    for _ in range(2):
        assert main([str(folder), "--out", str(out)]) == 0
    written(folder)
    assert out.read_bytes() == folder.with_name("run.ipynb").read_bytes()


def test_somebody_s_changes_are_not_written_over_unasked(made, capsys):
    folder = made()
    out = folder.with_name("run.ipynb")
    fresh = written(folder)
    fresh["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    out.write_text(json.dumps(fresh))
    assert main([str(folder)]) == 0  # it was run, and that is all
    assert not outputs_of(out)
    fresh["cells"][2]["source"] = ["LAYERS = []"]
    for changed in (json.dumps(fresh), "no notebook", "[]"):
        out.write_text(changed)
        capsys.readouterr()
        assert main([str(folder)]) == 2
        assert line(capsys) == (
            f"error: --out: is there with other cells, received {str(out)!r}; "
            "name another file, or this one to write over it"
        )
        assert out.read_text() == changed
    assert main([str(folder), "--out", str(out)]) == 0
    assert "LAYERS = []" not in out.read_text()


def outputs_of(path):
    """What the cells of a file show."""
    return [
        out for cell in json.loads(path.read_text())["cells"] for out in cell.get("outputs", ())
    ]


def test_it_is_a_valid_notebook_of_some_twenty_cells(made):
    nbformat = pytest.importorskip("nbformat")
    notebook = written(made())
    nbformat.validate(notebook)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert 20 <= len(notebook["cells"]) <= 35
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    assert "archlab" not in "".join(sources(notebook).values())
    modules = {
        words.split()[1]
        for words in "\n".join(sources(notebook).values()).splitlines()
        if words.startswith(("import ", "from "))
    }
    assert modules == {"tempfile", "keras", "matplotlib.pyplot", "numpy", "pandas"}


def test_it_is_there_at_once(made):
    code = (
        "from experiments.notebook.__main__ import main; import sys; "
        f"main([{str(made())!r}]); print(sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in ("tensorflow", "keras", "sklearn", "matplotlib", "nbformat"):
        assert f"'{name}'" not in done.stdout


@pytest.mark.parametrize("kind", ["pinv", "gradient_descent"])
def test_what_keras_does_not_train_is_refused(made, capsys, kind):
    dataset = ["dataset=linear", "split.fraction=0"]
    assert main([str(made(*dataset, f"model={kind}"))]) == 2
    assert line(capsys) == (
        f"error: model.kind: is no network that Keras trains in batches, received '{kind}'; "
        "name the folder of a run with model=network"
    )


def test_folders_that_hold_no_finished_run_are_refused(configured, made, tmp_path, capsys):
    assert main([str(tmp_path / "none")]) == 2
    assert "none: is no run folder, it has no status.json; " in line(capsys)
    folder = made()
    assert main([str(tmp_path)]) == 2  # of a sweep, or of anything else
    assert "is no run folder" in line(capsys)
    record = run_folder.read(folder)
    write_run(tmp_path / "failed", record, "failed")
    assert main([str(tmp_path / "failed")]) == 2
    assert "its state is failed; train it again" in line(capsys)
    (folder / "metrics.json").write_text("{}")
    assert main([str(folder)]) == 2
    assert "its state is broken; train it again" in line(capsys)
    record, _ = make_record(configured("training.repeats=1", "training.epochs=3"), diverged_at=2)
    write_run(tmp_path / "wild", record)
    assert main([str(tmp_path / "wild")]) == 2
    assert "repeat 0 diverged, and has no numbers to end at, received " in line(capsys)


def test_a_file_that_is_no_notebook_or_cannot_be_written_is_told(made, tmp_path, capsys):
    folder = made()
    assert main([str(folder), "--out", "a.py"]) == 2
    assert line(capsys) == ("error: --out: must end in .ipynb, received 'a.py'; name it a.ipynb")
    assert main([str(folder), "--out", str(tmp_path / "none" / "a.ipynb")]) == 3
    assert line(capsys).startswith("error: --out: No such file or directory, received ")


HOSTILE = "<b>'\"\\\n%% code evil\nraise SystemExit\n{{ 1 }} ``` $x$ é"


def test_hostile_names_stay_names(made, tmp_path):
    table = stand_in("house_prices_train.csv", tmp_path)
    columns = "dataset.features=[GrLivArea,OverallQual]", "dataset.target=SalePrice"
    folder = made("dataset=csv", f"dataset.path={table}", *columns)
    record = run_folder.read(folder)
    features = [HOSTILE, "__import__('os').abort()"]
    data = {**record.about.data, "features": features, "target": HOSTILE, "description": HOSTILE}
    about = replace(record.about, label=HOSTILE, command=f"python run.py {HOSTILE}", data=data)
    hostile = tmp_path / "a '\" {{ b }}"
    write_run(hostile, replace(record, about=about))
    cells = sources(written(hostile))
    room = {}
    exec(cells["settings"], room)
    assert room["FEATURES"] == features
    assert room["TARGET"] == HOSTILE
    assert room["ROWS"] == "a '\" {{ b }}/predictions.csv"
    assert "evil" not in cells
    for name, source in cells.items():
        compile(source, name, "exec")
        assert name == "settings" or "SystemExit" not in source
    (title,) = sources(written(hostile), "markdown")["title"].splitlines()[:1]
    assert title.startswith(r"# &lt;b&gt;'" + '"' + r"\\ %% code evil raise SystemExit \{\{ 1 \}\}")


def test_a_feature_that_predictions_overwrite_is_refused(made, tmp_path, capsys):
    table = stand_in("house_prices_train.csv", tmp_path)
    columns = "dataset.features=[GrLivArea,OverallQual]", "dataset.target=SalePrice"
    folder = made("dataset=csv", f"dataset.path={table}", *columns)
    record = run_folder.read(folder)
    about = replace(record.about, data={**record.about.data, "features": ["prediction", "y"]})
    write_run(tmp_path / "taken", replace(record, about=about))
    assert main([str(tmp_path / "taken")]) == 2
    assert line(capsys).startswith(
        "error: dataset.features: predictions.csv has no room for a feature of this name, "
        "received 'prediction'; "
    )


def test_rows_are_found_from_where_the_notebook_stands(made, tmp_path):
    table = stand_in("tvmarketing.csv", tmp_path)
    columns = "dataset.features=[TV]", "dataset.target=Sales"
    folder = made("dataset=csv", f"dataset.path={table}", *columns)
    assert 'ROWS = "run/predictions.csv"' in sources(written(folder))["settings"]
    (tmp_path / "elsewhere").mkdir()
    out = tmp_path / "elsewhere" / "a.ipynb"
    assert main([str(folder), "--out", str(out)]) == 0
    settings = sources(json.loads(out.read_text()))["settings"]
    assert f'ROWS = "{folder}/predictions.csv"' in settings


def test_a_missing_library_is_told_before_anything_runs(made, monkeypatch, capsys):
    monkeypatch.setattr(execute, "find_spec", lambda name: None if name == "nbclient" else name)
    folder = made()
    assert main([str(folder), "--execute"]) == 2
    assert line(capsys) == (
        "error: --execute: needs nbclient, not installed here; "
        "install it: python -m pip install nbclient"
    )
    assert not folder.with_name("run.ipynb").exists()


def small(*lines):
    """A notebook of one cell."""
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": lines,
    }
    tree = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(tree).encode()


def needs_kernel():
    for name in execute.KERNEL_LIBRARIES:
        pytest.importorskip(name)


@pytest.fixture
def no_event_loop():
    """Cells want a loop of their own, and a browser of other tests leaves its own in this one."""
    held = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(held)


@pytest.mark.usefixtures("no_event_loop")
def test_cells_run_in_this_python_in_the_folder_of_the_notebook(tmp_path, monkeypatch):
    needs_kernel()
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))  # where somebody else's python3 stands
    other = tmp_path / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["false", "{connection_file}"], "display_name": "3", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    noise = "os.write(2, b'I0000 00:00:1.5 1 a.cc:1] hello\\n')\n"
    content = small("import os, sys\n", noise, "print(sys.executable, os.getcwd())")
    notebook = json.loads(executed(content, tmp_path / "a.ipynb"))
    (output,) = notebook["cells"][0]["outputs"]
    assert output["text"] == [f"{sys.executable} {tmp_path}\n"]


@pytest.mark.usefixtures("no_event_loop")
def test_a_cell_that_fails_is_one_line_and_leaves_no_file(made, monkeypatch, capsys):
    needs_kernel()
    command = import_module("experiments.notebook.__main__")
    broken = small("raise ValueError('so\\nlong')")
    monkeypatch.setattr(command, "notebook_of", lambda folder, out: broken)
    folder = made()
    assert main([str(folder), "--execute"]) == 1
    assert line(capsys) == (
        f"error: {folder}.ipynb: a cell failed: ValueError: so long; "
        "write it without --execute, and run it in Jupyter to see where"
    )
    assert sorted(path.name for path in folder.parent.iterdir()) == ["run"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_finds_no_file(made, tmp_path, sent):
    needs_kernel()
    folder = made()
    begun = tmp_path / "begun"
    cell = small(f"open({str(begun)!r}, 'w').close()\n", "import time\n", "time.sleep(600)")
    code = (
        "import sys; from experiments.notebook import __main__ as command; "
        f"command.notebook_of = lambda folder, out: {cell!r}; "
        f"sys.exit(command.main([{str(folder)!r}, '--execute']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(600):
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                if begun.exists():
                    break
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted: no notebook was written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun", "run"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_executed_it_shows_everything_and_ends_at_the_numbers_of_the_run(trained):
    needs_kernel()
    asked = ("model.width=3", "training.repeats=1", "training.epochs=5")
    folder = trained({"run": asked})["run"]
    done = subprocess.run(
        [*COMMAND, str(folder), "--execute"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (f"{folder}.ipynb\n", "")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["run", "run.ipynb"]
    content = folder.with_name("run.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(content)
    import_module("nbformat").validate(notebook)
    shown = {cell["id"]: cell["outputs"] for cell in notebook["cells"] if "outputs" in cell}
    assert all(output["output_type"] != "error" for cell in shown.values() for output in cell)
    for name in ("diagram", "curves", "fit-picture"):
        assert "image/png" in shown[name][0]["data"]
    last = "".join(shown["compare"][0]["text"])
    assert last.endswith("The run's own numbers, to four digits and more.\n")
    assert "stderr" not in content
