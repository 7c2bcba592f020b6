"""`from experiments import compare, run, names`: the command line's words from Python."""

from __future__ import annotations

import asyncio
import copy
import doctest
import gc
import inspect
import json
import logging
import re
import signal
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from experiments import compare, names, run
from experiments.errors import ArchlabError, ConfigError, Problem, StorageError
from experiments.interactive import RunResult, SweepResult, doors, known
from experiments.interactive.spoken import in_keywords
from experiments.runner import chunk
from experiments.storage import run_folder
from tests.conftest import ROOT

WORDS = {
    "dataset": ["linear", "cubic"],
    "model__depth": [0, 2],
    "model__width": 4,
    "training__epochs": 6,
    "training__repeats": 3,
}
SPOKEN = [
    "-m",
    "dataset=linear,cubic",
    "model.depth=0,2",
    "model.width=4",
    "training.epochs=6",
    "training.repeats=3",
]
SMALL = {"dataset": "linear", "model__depth": 0, "training__epochs": 2, "training__repeats": 2}


def state_of_the_process():
    """What belongs to the user."""
    root = logging.getLogger()
    return (
        signal.getsignal(signal.SIGINT),
        signal.getsignal(signal.SIGTERM),
        sys.stdout,
        sys.stderr,
        matplotlib.get_backend(),
        dict(matplotlib.rcParams),
        root.level,
        list(root.handlers),
        [(one.level, one.propagate, one.handlers) for one in map(logging.getLogger, LOGGERS)],
        gc.isenabled(),
    )


LOGGERS = ("experiments", "tensorflow", "hydra")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison in a folder, and the state of the process before and after."""
    folder = tmp_path_factory.mktemp("python") / "sweep"
    before = state_of_the_process()
    result = compare(folder=folder, **WORDS)
    return result, before, state_of_the_process()


@pytest.fixture
def result(compared):
    return compared[0]


def test_numbers_are_those_of_the_command_line_bit_for_bit(result, ask, tmp_path):
    done = ask(tmp_path, [*SPOKEN, "hydra.sweep.dir=here"])
    assert done.returncode == 0, done.stderr
    theirs = {path.parent.name: path.parent for path in tmp_path.glob("here/*/status.json")}
    ours = {path.parent.name: path.parent for path in result.folder.glob("*/status.json")}
    assert len(ours) == 4
    assert ours.keys() == theirs.keys()
    for name, folder in ours.items():
        for file in ("history.csv", "predictions.csv"):
            assert (folder / file).read_bytes() == (theirs[name] / file).read_bytes()
        one, other = (
            json.loads((at / "metrics.json").read_text()) for at in (folder, theirs[name])
        )
        assert {**one, "seconds": 0} == {**other, "seconds": 0}
        about, other_about = (run_folder.read_about(at) for at in (folder, theirs[name]))
        assert about.command == other_about.command


def test_a_user_finds_everything_as_it_was(compared):
    _, before, after = compared
    assert after == before


def test_a_table_of_all_runs_best_first(result):
    assert isinstance(result.table, pd.DataFrame)
    assert list(result.table["rank"]) == [1, 2, 1, 2]
    assert list(result.table["group"]) == ["linear"] * 2 + ["cubic"] * 2
    labels = [f"{row['group']}: {row['label']}" for _, row in result.table.iterrows()]
    assert [one.label for one in result] == labels
    assert [result[at].label for at in range(len(result))] == labels
    assert [result[label].label for label in result._ipython_key_completions_()] == labels
    assert result[-1] is result[3]
    assert result[1:3] == [result[1], result[2]]


def test_the_best_of_each_dataset(result):
    assert {name: one.label for name, one in result.bests.items()} == {
        "linear": result[0].label,
        "cubic": result[2].label,
    }
    with pytest.raises(ConfigError, match=r"error: best: each of 2 datasets .*\.bests\['linear'\]"):
        _ = result.best
    with pytest.raises(ConfigError, match="error: run: is the label of no run, received 'deep'"):
        _ = result["deep"]


def test_words_for_who_reads_text(result):
    lines = repr(result).splitlines()
    assert lines[0].startswith("linear: ")
    assert lines[1].startswith("cubic: ")
    assert all(len(line) <= 100 for line in lines)
    assert result.verdict.count("has the lowest validation error") == 2
    assert repr(result[0]) == result[0].verdict


def test_a_run_has_tables_and_its_network(result):
    one = result["cubic: 2 × 4 sigmoid"]
    assert one.state == "done"
    assert list(one.metrics.columns[:5]) == ["mean", "std", "typical", "low", "high"]
    table = one.predictions
    validation = table[table["split"] == "val"]
    shown = one.record.about.shown_repeat
    error = float(((validation["y"] - validation["prediction"]) ** 2).mean())
    own = one.record.metrics.scores["val/mse"].values[shown]
    assert error == pytest.approx(own, rel=1e-6)
    known_best = float(((validation["y"] - validation["y_optimal"]) ** 2).mean())
    assert one.metrics.loc["val/mse", "bayes"] == pytest.approx(known_best)
    assert one.history["epoch"].max() == 6
    x_NxF = table[one.record.features].to_numpy()
    predicted_N = one.model.predict(x_NxF, verbose=0).ravel()
    assert np.allclose(predicted_N, table["prediction"], rtol=1e-4)


def test_what_is_changed_is_the_caller_s_own(result):
    one = result[1]
    for table, column in ((one.predictions, "prediction"), (one.history, "loss")):
        table[column] = 0.0
    assert one.predictions["prediction"].abs().sum() > 0
    assert one.history["loss"].abs().sum() > 0


def test_figures_show_themselves_and_stay_what_they_are(result):
    first = result[0].fit()
    image = first._repr_png_()
    assert image.startswith(b"\x89PNG")
    others = [result[1].fit(), result[3].fit(), result[0].loss_curves(), result.fit(0, 3)]
    assert len({id(figure) for figure in (first, *others)}) == 5
    assert first._repr_png_() == image
    canvas = first.canvas
    first.axes[0].set_title("mine")
    assert first._repr_png_() != image
    first.set_facecolor("none")
    assert first._repr_png_().startswith(b"\x89PNG")
    assert first.canvas is canvas
    assert len(result.fit().axes) == 4
    assert [axes.get_title(loc="left") for axes in others[-1].axes] == [
        result[0].label,
        result[3].label,
    ]
    assert not any(artist.get_animated() for figure in others for artist in figure.findobj())


def test_pages_are_there(result):
    assert "<html" in result.page.read_text(encoding="utf-8")
    assert "<html" in result[0].page.read_text(encoding="utf-8")


def test_a_folder_goes_on_where_it_was(result, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(chunk, "fit_each", None)  # nothing is left to train
        again = compare(folder=result.folder, **WORDS)
    assert again.table.equals(result.table)
    with pytest.raises(ConfigError, match=r"holds another sweep already"):
        compare(folder=result.folder, **SMALL)


def test_runs_are_added_where_a_person_says_so(tmp_path):
    first = compare(folder=tmp_path, **SMALL)
    more = compare(folder=tmp_path, extend=True, **{**SMALL, "training__seed": 7})
    assert (len(first), len(more)) == (1, 2)
    assert more.best.folder in {one.folder for one in more}
    assert first[0].folder in {one.folder for one in more}


def test_all_cells_run_again_though_a_later_one_added_runs(tmp_path, monkeypatch):
    larger = {**SMALL, "training__seed": [42, 7]}
    compare(folder=tmp_path, **SMALL)
    more = compare(folder=tmp_path, extend=True, **larger)
    with monkeypatch.context() as patch:
        patch.setattr(chunk, "fit_each", None)  # nothing is left to train
        first = compare(folder=tmp_path, **SMALL)
        again = compare(folder=tmp_path, extend=True, **larger)
    assert first.table.equals(more.table)
    assert again.table.equals(more.table)
    assert "training.seed=42,7" in again.comparison.command, "the one that gives the whole"


def test_a_name_is_a_folder_of_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = compare(name="mine", **SMALL)
    assert found.folder == tmp_path / "outputs" / "sweeps" / "mine"
    assert (found.folder / "comparison.html").is_file()


def test_without_a_folder_results_go_with_the_object():
    held = compare(**SMALL)
    one, folder = held[0], held.folder
    del held
    gc.collect()
    assert one.folder.is_dir()  # the run still refers to it
    assert one.predictions.shape[0] == 100
    del one
    gc.collect()
    assert not folder.exists()


def test_it_works_while_an_event_loop_runs():
    async def cell():
        return run(**SMALL)

    assert asyncio.run(cell()).state == "done"


def test_a_run_is_read_from_its_folder(tmp_path, monkeypatch):
    one = run(folder=tmp_path / "one", **SMALL)
    log = (tmp_path / "one" / "run.log").read_text()
    assert "Dense" in log or "linear" in log
    written = (tmp_path / "one" / "status.json").stat().st_mtime_ns
    again = run(folder=tmp_path / "one", **SMALL)
    assert (tmp_path / "one" / "status.json").stat().st_mtime_ns == written
    pd.testing.assert_frame_equal(one.metrics, again.metrics)
    other = run(folder=tmp_path / "one", **{**SMALL, "training__seed": 7})
    assert not other.metrics.equals(one.metrics)


def test_another_hydra_is_left_alone(tmp_path):
    (tmp_path / "theirs.yaml").write_text("a: 1\n")
    with initialize_config_dir(str(tmp_path), version_base=None):
        theirs = GlobalHydra.instance().hydra
        run(**SMALL)
        with pytest.raises(ConfigError):
            compare(dataset="sinus")
        assert GlobalHydra.instance().hydra is theirs
        assert hydra_compose("theirs").a == 1
    assert not GlobalHydra.instance().is_initialized()


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ({"model__depth": [1, -1], "training__optimizer": "adm"}, None),
        ({"dataset": "sinus", "model__depht": 3}, None),
        ({"experiment": ["foo", "sine_deep"], "split__fraction": 2}, None),
        ({"model__width": [(3, 4), (1,)], "model__depth": 2}, None),
        ({"sweep__margin": 0.5}, None),
        ({"model_depth": [1, 2]}, None),
    ],
)
def test_errors_are_those_of_the_command_line(words, spoken, ask, tmp_path):
    with pytest.raises(ConfigError) as raised:
        compare(**words)
    texts = [
        f"{key.replace('__', '.')}={','.join(map(written, value))}"
        if isinstance(value, list)
        else f"{key.replace('__', '.')}={value}"
        for key, value in words.items()
    ]
    done = ask(tmp_path, ["-m", *texts])
    assert done.returncode == 2
    told = str(raised.value)
    of_compare = re.sub(r"sweep\.(name|extend)", r"\1", done.stderr.strip())
    assert told.replace("__", ".") == of_compare
    assert not re.search(r"(model|training|split|sweep)\.\w", told), "keys stand as in the call"
    assert isinstance(raised.value, ArchlabError)


def written(value):
    return f"[{','.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"lesson": "bend"}, "lesson: is for the command line, received 'bend'"),
        ({"hydra__launcher": "ray"}, "hydra__launcher: is for the command line"),
        ({"sweep__name": "x"}, "sweep__name: is an argument of compare itself, .* write name='x'"),
        ({"model__depth": []}, "model__depth: has no value"),
        ({"model__depth": {1: 2}}, "model__depth: must be a number, a text, .* received {1: 2}"),
        ({"name": "a", "folder": "b"}, "folder: gives the results two places"),
        ({"name": "a/b"}, "name: must be letters, digits"),
    ],
)
def test_what_has_no_meaning_in_python_is_refused(words, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"error: {line}"):
        compare(**words)
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_of_one_value_each():
    with pytest.raises(ConfigError, match=r"model__depth: is one value for a run.*tuple"):
        run(model__depth=[1, 2])
    with pytest.raises(ConfigError, match=r"error: name: is an argument of compare, .*folder="):
        run(name="mine")


def test_a_refusal_is_shown_in_a_notebook_without_a_traceback():
    ipython = pytest.importorskip("IPython.core.interactiveshell")
    quiet = pytest.importorskip("traitlets.config").Config(HistoryManager={"enabled": False})
    shell = ipython.InteractiveShell(config=quiet)
    shown = []
    shell._showtraceback = lambda kind, error, lines: shown.extend(lines)
    shell.run_cell("from experiments import run; run(model__depth=-1, training__epochs='x')")
    assert [line.partition(" must")[0] for line in shown] == [
        "error: model__depth:",
        "error: training__epochs:",
    ]


@pytest.mark.parametrize(
    ("line", "spoken"),
    [
        ("a: b; write model.width=[9,4]", "a: b; write model__width=(9,4)"),
        ("a: b; write model.width=[9]", "a: b; write model__width=(9,)"),
        ("a: b; or sweep.extend=true", "a: b; or extend=True"),
        ("a: b; or training.learning_rate=0.1", "a: b; or training__learning_rate=0.1"),
        ("split.fraction: b; c", "split__fraction: b; c"),
        ("model.depht: b; c", "model__depht: b; c"),
        ("a: in model.depth.csv; c", "a: in model.depth.csv; c"),
        ("a: in out/model.depth; c", "a: in out/model.depth; c"),
        ("a: received 'model.depth'; c", "a: received 'model.depth'; c"),
    ],
)
def test_keys_are_said_as_they_are_written(line, spoken):
    key, _, rest = line.partition(": ")
    with pytest.raises(ConfigError) as raised, in_keywords(["model__depht"], doors._keywords()):
        raise ConfigError([Problem(key, *rest.split("; "))])
    assert str(raised.value) == f"error: {spoken}"


def test_a_held_folder_is_refused(tmp_path):
    from experiments.storage import sweep_folder

    lock = sweep_folder.claim(tmp_path, "another")
    try:
        with pytest.raises(StorageError, match="is held by another live sweep"):
            compare(folder=tmp_path, **SMALL)
    finally:
        sweep_folder.release(tmp_path, lock)


def test_ctrl_c_keeps_what_is_trained(monkeypatch):
    fit_each, begun = chunk.fit_each, []

    def interrupted(tasks, advance, *more, **rest):
        for one in fit_each(tasks, advance, *more, **rest):
            yield one
            if not begun:
                begun.append(one)
                signal.raise_signal(signal.SIGINT)
                advance(0)

    monkeypatch.setattr(chunk, "fit_each", interrupted)
    own = signal.signal(signal.SIGINT, signal.default_int_handler)  # some shells have it ignored
    try:
        found = compare(**WORDS)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, own)
    assert isinstance(found, SweepResult)
    assert found.interrupted
    states = list(found.table["state"])
    assert states.count("done") >= 1
    assert states.count("missing") >= 1
    assert len(list(found)) == states.count("done")
    with pytest.raises(ConfigError, match="error: run: is missing"):
        _ = found[3]
    monkeypatch.undo()
    assert set(compare(folder=found.folder, **WORDS).table["state"]) == {"done"}


def test_a_run_that_breaks_is_told_and_the_others_go_on(monkeypatch, capfd):
    fit_each = chunk.fit_each

    def broken(tasks, advance, *more, **rest):
        for number, fitted in fit_each(tasks, advance, *more, **rest):
            yield number, ZeroDivisionError("for once") if number == 0 else fitted

    monkeypatch.setattr(chunk, "fit_each", broken)
    found = compare(**{**SMALL, "model__depth": [0, 1]})
    assert sorted(found.table["state"]) == ["done", "failed"]
    assert "error: ZeroDivisionError: for once" in capfd.readouterr().err
    assert "failed" in found._repr_html_()
    assert "for once" in (found.folder / found.table["folder"].iloc[-1] / "run.log").read_text()


def test_stages_work():
    rates = {"training__learning_rate": [0.01, 0.1]}
    found = compare(sweep__settle=True, sweep__max_repeats=10, **SMALL, **rates)
    assert set(found.table["repeats"]) <= {5, 10}
    assert "sweep.settle=true" in found.comparison.command


def test_a_name_that_is_not_there_is_a_line_with_the_one_that_is_meant(result):
    assert not hasattr(names.dataset, "sin")
    with pytest.raises(AttributeError) as raised:
        _ = names.dataset.sin
    line = "error: names.dataset: has no such name, received 'sin'; did you mean sine? known: "
    assert str(raised.value).startswith(line)
    assert copy.copy(names.dataset).sine == "sine"
    assert "lin" not in result.bests
    assert result.bests.get("lin") is None
    with pytest.raises(KeyError) as missed:
        _ = result.bests["lin"]
    assert "received 'lin'; did you mean linear? known: cubic, linear" in str(missed.value)
    for error in (raised.value, missed.value):
        assert str(error).count("\n") == 0
        assert error._render_traceback_() == [str(error)], "a notebook shows the line alone"


def test_names_complete(result):
    assert names.dataset.sine == "sine"
    assert "sine_deep" in dir(names.experiment)
    assert set(dir(names)) >= {"dataset", "model", "training", "experiment", "activation"}
    assert names.activation[0] == "linear"
    assert "tanh" in names.activation
    with pytest.raises(AttributeError, match="sinus"):
        _ = names.dataset.sinus
    assert repr(names).splitlines()[1].startswith("model: gradient_descent, ")


def test_keywords_are_seen_by_editors():
    found = inspect.signature(compare).parameters
    assert {"dataset", "model__depth", "training__epochs", "sweep__settle", "name"} <= set(found)
    assert "sweep__name" not in found
    assert not any(word.startswith("sweep") for word in inspect.signature(run).parameters)


def test_ipython_completes():
    core = pytest.importorskip("IPython.core.completer")
    here = {"names": names, "compare": compare}
    completer = core.IPCompleter(namespace=here, use_jedi=False)

    def complete(text):
        with core.provisionalcompleter():
            return {one.text for one in completer.completions(text, len(text))}

    assert complete("names.dataset.cu") & {"cubic", ".cubic", "names.dataset.cubic"}
    assert "model__depth=" in complete("compare(model__de")


def test_importing_experiments_stays_light():
    code = "import experiments, sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in ("pydantic", "hydra", "numpy", "pandas", "experiments.interactive"):
        assert f"'{name}'" not in done.stdout
    with pytest.raises(ImportError):
        exec("from experiments import comparr")


@pytest.mark.parametrize("module", [doors, known])
def test_examples_in_docstrings_are_true(module):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testmod(module, optionflags=flags)
    assert found.attempted
    assert not found.failed


def test_the_examples_of_the_documentation_work(tmp_path, monkeypatch):
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    monkeypatch.chdir(tmp_path)
    room = {}
    for block in blocks:
        quick = re.sub(r"repeats=\d+", "repeats=2", re.sub(r"epochs=\d+", "epochs=2", block))
        exec(quick.replace('"cubic_relu2"', '"cubic_relu2", training__epochs=2'), room)
    assert (tmp_path / "fits.png").is_file()
    assert (tmp_path / "outputs" / "one" / "status.json").is_file()
    for name in re.findall(r"`(?:result|one)\.(\w+)", text):
        assert (
            hasattr(SweepResult, name) or hasattr(RunResult, name) or name in vars(room["result"])
        )
