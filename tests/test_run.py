"""The command line as a person uses it: exit codes, one-line errors, sweeps, folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from experiments.storage import run_folder
from tests.conftest import ROOT

QUICK = ["model.depth=0", "training.epochs=2"]
LONG = ["training.epochs=100000", "training.repeats=5"]


def run(*arguments, folder=ROOT, **environment):
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def runs_of(sweep):
    """The run folders of a sweep, in the order of their names."""
    return sorted(path.parent for path in sweep.glob("*/status.json"))


def loaded(*arguments):
    """The heavy modules that a command imports."""
    done = run(*arguments, PYTHONPROFILEIMPORTTIME="1")
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return done, names & {"tensorflow", "keras", "sklearn", "pandas", "matplotlib", "scipy"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--cfg", "job"], 0),
        (["training.epochs=ten"], 2),
        (["model.dept=3"], 2),
        (["-m", "model.width=5,0"], 2),
    ],
)
def test_quick_answers_import_nothing_heavy(arguments, code):
    done, heavy = loaded(*arguments)
    assert done.returncode == code
    assert heavy == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--cfg", "job", "--resolve"],
        ["--cfg", "job", "--resolve", "gate=check"],
        ["--cfg", "job", "--resolve", "gate=update"],
        ["--cfg", "job", "--resolve", "lesson=bend"],
        ["--cfg", "job", "--resolve", "hydra.mode=MULTIRUN"],
        ["--cfg", "all", "--resolve", "gate=check"],
        ["--info"],
        ["--info", "config", "gate=check"],
    ],
)
def test_a_config_can_be_looked_at(tmp_path, arguments):
    """Whatever it interpolates is known before Hydra composes."""
    done = run(*arguments, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    if "--resolve" in arguments:
        tree = yaml.safe_load(done.stdout)
        assert "${" not in str({key: tree[key] for key in tree if key != "hydra"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ["training.epochs=ten", "model.dept=3", "dataset=cubik", "experimnt=sine_deep"],
            [
                "error: dataset: unknown dataset, received 'cubik'; did you mean cubic? ",
                "error: experimnt: unknown key, received 'sine_deep'; did you mean experiment? ",
                "error: model.dept: unknown key, received '3'; did you mean model.depth? ",
                "error: training.epochs: must be a whole number from 0 to 10000000, "
                "received 'ten'; for example training.epochs=500",
            ],
        ),
        (["model.width=[1"], ["error: model.width: cannot be read, received 'model.width=[1'; "]),
        (
            ["training.epochs=1,2"],
            ["error: training.epochs: is one value or a list, received '1,2'; add -m "],
        ),
        (["dataset=null"], ["error: dataset: "]),
        (["+training.epochs=5"], ["error: training.epochs: exists already, received '+training"]),
        (["-m", "experiment=glob(linear_p*)", "training.epochs=x"], ["error: training.epochs: "]),
        (
            ["-m", "model=pinv,svd", "hydra.sweep.subdir=x"],
            ["error: hydra.sweep.subdir: gives 2 runs one folder, received 'x'; "],
        ),
        (
            ["-m", "model_depth=1,2"],
            ["error: model_depth: unknown key, received '1'; did you mean model.depth? "],
        ),
        (["-m", "training.epochs=range(3,1)"], ["error: sweep: has no runs, received no value"]),
        (["-m", "experiment=glob(zzz*)"], ["error: sweep: has no runs, received no value"]),
        (["model=pinv", "model.width=4"], ["error: model.width: unknown key, received '4'; known"]),
        (["~training"], ["error: training: must hold keys, received None; "]),
        (
            ["-m", "model.width=0,5", "model.depth=1,x"],
            [
                "error: model.depth: must be a whole number from 0 to 100, received 'x'; ",
                "error: model.width: must be a whole number from 1 to 10000, or a list of them, "
                "received 0; ",
            ],
        ),
        (
            ["-m", "dataset=sine,lin"],
            ["error: dataset: unknown dataset, received 'lin'; did you mean linear? "],
        ),
    ],
)
def test_a_bad_command_is_refused_with_a_line_a_problem(tmp_path, arguments, lines):
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    said = sorted(done.stderr.splitlines())
    assert len(said) == len(lines)
    for line, start in zip(said, lines, strict=True):
        assert line.startswith(start)
    assert list(tmp_path.iterdir()) == [], "a refused command leaves no folder"


def test_data_that_cannot_be_used_leave_no_folder(tmp_path):
    (tmp_path / "my.csv").write_text("a,b\n1,2\n,3\nx,4\n")
    named = ["dataset.features=[a]", "dataset.target=b"]
    done = run("dataset=csv", "dataset.path=my.csv", *named, folder=tmp_path)
    assert done.returncode == 2
    assert [line[: line.index(",")] for line in done.stderr.splitlines()] == [
        "error: my.csv:3:a: has no value",
        "error: my.csv:4:a: is no number",
    ]
    done = run("experiment=tv_marketing", folder=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: dataset.path: there is no such file, received 'data/tvmarketing")
    assert "get it from https://" in line
    assert [path.name for path in tmp_path.iterdir()] == ["my.csv"]


def test_a_sweep_with_a_missing_file_is_refused_before_anything_is_trained(tmp_path):
    done = run("-m", "model=pinv", "dataset=linear,tv_marketing", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: dataset.path: there is no such file")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_traceback_is_there_for_who_asks():
    done = run("training.lr=1", HYDRA_FULL_ERROR="1")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "error: training.lr: unknown key" in done.stderr


def test_a_run_prints_what_will_run_and_the_result_and_can_be_repeated(ask, tmp_path):
    done = ask(tmp_path, [*QUICK])
    assert done.returncode == 0
    assert done.stderr == (
        "sine (400 training, 100 validation rows) · perceptron (8 parameters) · "
        "adam at 0.01, 2 epochs, 20 repeats\n"
    )
    assert (
        "on new rows the Bayes-optimal error is expected to be 0.1562, the noise floor"
        in done.stdout
    )
    (folder,) = (tmp_path / "outputs" / "runs").iterdir()
    assert done.stdout.startswith("sine: perceptron has a typical validation MSE of ")
    assert done.stdout.endswith(f"\nreport: {(folder / 'report.html').relative_to(tmp_path)}\n")
    assert run_folder.state(folder) == "done"
    assert {path.name for path in (folder / ".hydra").iterdir()} == {
        "config.yaml",
        "hydra.yaml",
        "overrides.yaml",
    }
    command = run_folder.read_about(folder).command.split()
    assert command[:2] == ["python", "run.py"]
    assert ask(tmp_path, [*command[2:]]).returncode == 0
    first, second = sorted((tmp_path / "outputs" / "runs").iterdir())
    for name in ("history.csv", "predictions.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize("launcher", ["stacked", "basic", "joblib"])
def test_a_sweep_gives_each_run_its_folder_and_ends_with_all_of_them(ask, tmp_path, launcher):
    chosen = [f"hydra/launcher={launcher}", "sweep.name=two"]
    chosen += ["hydra.launcher.n_jobs=2"] * (launcher == "joblib")
    asked = [*chosen, "model=pinv", "dataset=linear,cubic"]
    done = ask(tmp_path, ["-m", *asked])
    assert done.returncode == 0, done.stderr
    sweep = tmp_path / "outputs" / "sweeps" / "two"
    runs = runs_of(sweep)
    names = [r"0000-linear-\w{8}", r"0001-cubic-\w{8}"] if launcher == "stacked" else ["0", "1"]
    for path, name in zip(runs, names, strict=True):
        assert re.fullmatch(name, path.name)
    kinds = [run_folder.read_about(path).config["dataset"]["kind"] for path in runs]
    assert kinds == ["linear", "cubic"]
    assert "2 done in " in done.stdout
    assert (sweep / "comparison.html").exists()
    assert not list(sweep.glob(".*")), "the lock is given back"
    again = ask(tmp_path, ["-m", *asked])
    if launcher == "stacked":
        assert again.returncode == 0
        assert "2 runs, nothing was missing" in again.stdout
    else:
        assert again.returncode == 2
        assert "holds a sweep already, received another launcher than stacked" in again.stderr


def test_a_sweep_goes_on_after_a_diverged_run_and_says_so(ask, tmp_path):
    rates = "training.learning_rate=1000,0.001"
    done = ask(tmp_path, ["-m", "training=sgd", "dataset=cubic", "training.epochs=30", rates])
    assert done.returncode == 1
    assert "1 done, 1 diverged in " in done.stdout


def test_a_sweep_into_folders_of_a_persons_own_naming(ask, tmp_path):
    where = ["hydra.sweep.dir=here", "hydra.sweep.subdir=x/${model.kind}_${hydra.job.num}"]
    assert ask(tmp_path, ["-m", "model=pinv,svd", *where]).returncode == 0
    assert [path.name for path in runs_of(tmp_path / "here" / "x")] == ["pinv_0", "svd_1"]
    (tmp_path / "here" / "old").mkdir()
    (tmp_path / "here" / "old" / "status.json").write_text('{"started": "2001"}')
    done = ask(tmp_path, ["-m", "model=pinv,svd", *where])
    assert "2 runs, nothing was missing" in done.stdout
    command = [sys.executable, "-m", "experiments.report", str(tmp_path / "here")]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "2 done, 1 broken in " in built.stdout
    dirname = ["hydra.sweep.dir=there", "hydra.sweep.subdir=${hydra.job.override_dirname}"]
    assert ask(tmp_path, ["-m", "model=pinv,svd", *dirname]).returncode == 0
    assert [p.name for p in runs_of(tmp_path / "there")] == ["model=pinv", "model=svd"]


def test_a_failing_run_does_not_stop_the_others(ask, tmp_path):
    (tmp_path / "here" / "r0").mkdir(parents=True)
    (tmp_path / "here" / "r0" / "fit.png").write_text("mine")
    where = ["hydra.sweep.dir=here", "hydra.sweep.subdir=r${hydra.job.num}"]
    done = ask(tmp_path, ["-m", "model=pinv,svd", *where])
    assert done.returncode == 3
    assert "fit.png: is there already" in done.stderr
    assert done.stderr.count("error: ") == 1
    assert "1 done, 1 broken in here" in done.stdout
    assert (tmp_path / "here" / "r0" / "fit.png").read_text() == "mine"


def test_a_sweep_is_extended_only_when_asked(ask, tmp_path):
    """Its own runs stay untouched, under their names; doubles are trained once."""
    assert ask(tmp_path, ["-m", "sweep.name=a", "model=pinv,svd,pinv"]).returncode == 0
    sweep = tmp_path / "outputs" / "sweeps" / "a"
    before = {path: (path / "status.json").read_bytes() for path in runs_of(sweep)}
    assert [path.name[:9] for path in before] == ["0000-pinv", "0001-svd-"]
    more = ["-m", "sweep.name=a", "model=linear_regression,pinv"]
    refused = ask(tmp_path, [*more])
    assert refused.returncode == 2
    said = "holds another sweep already: 1 runs here are not in it, 1 of its are not here; "
    assert said in refused.stderr
    assert "sweep.extend=true" in refused.stderr
    assert ask(tmp_path, [*more, "sweep.extend=true"]).returncode == 0
    fewer = ask(tmp_path, more)
    assert fewer.returncode == 0, "nothing is added"
    assert "outputs/sweeps/a holds 1 run besides; all are compared" in fewer.stderr
    assert "3 runs, nothing was missing" in fewer.stdout
    assert [path.name[:6] for path in runs_of(sweep)] == ["0000-p", "0001-s", "0002-l"]
    assert all((path / "status.json").read_bytes() == text for path, text in before.items())
    assert len((sweep / "results.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["sweep.name=a,b"], "error: sweep.name: is one for a whole sweep, received 'a,b'; "),
        (["sweep.extend=true,false"], "error: sweep.extend: is one for a whole sweep, received "),
        (["sweep.name=a/b"], "error: sweep.name: must be letters, digits, dots, dashes"),
        (["sweep=null"], "error: sweep: must hold keys, received None; "),
        (["hydra.sweep.dir=x/${model.kind}"], "error: hydra.sweep.dir: gives the runs of a sweep"),
        (["hydra.sweep.dir="], "error: hydra.sweep.dir: must be a folder, received nothing; "),
        (["hydra.sweep.subdir=../x${hydra.job.num}"], "error: hydra.sweep.subdir: must be a fold"),
        (["hydra.sweeper.max_batch_size=0"], "error: hydra.sweeper.max_batch_size: must be a who"),
    ],
)
def test_a_sweep_that_is_not_one_is_refused(ask, tmp_path, arguments, line):
    done = ask(tmp_path, ["-m", "model=pinv,svd", *arguments])
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_mends_what_others_did_to_its_folder(ask, tmp_path):
    asked = ["-m", "model=pinv", "dataset=linear,cubic,sine", "sweep.name=7"]
    assert ask(tmp_path, asked).returncode == 0
    sweep = tmp_path / "outputs" / "sweeps" / "7"
    table, (first, second, third) = (sweep / "results.csv").read_text(), runs_of(sweep)
    status = json.loads((first / "status.json").read_text())
    (first / "status.json").write_text(json.dumps({**status, "notes": None}))
    (sweep / "comparison.html").unlink()
    assert ask(tmp_path, asked).returncode == 0
    assert (sweep / "comparison.html").exists()
    assert columns(sweep / "results.csv") == columns(table)
    shutil.rmtree(second)
    second.write_text("in the way")
    shutil.rmtree(third)
    done = ask(tmp_path, asked)
    assert done.returncode == 3
    assert done.stderr.count("error: ") == 1
    assert run_folder.state(third) == "done"
    (sweep / "sweep.json").write_text("{")
    for launcher in ("stacked", "basic"):
        refused = ask(tmp_path, [*asked, f"hydra/launcher={launcher}"])
        assert refused.returncode == 2
        assert refused.stderr.startswith("error: sweep.name: ")
    assert run_folder.state(third) == "done"


def columns(table):
    """The rows of a results.csv without the columns that hold times, the last three."""
    text = table if isinstance(table, str) else table.read_text()
    return [line.rsplit(",", 3)[0] for line in text.splitlines()]


def test_fail_fast_ends_a_sweep_at_its_first_failure(ask, tmp_path):
    chosen = ["training=sgd", "dataset=cubic", "training.learning_rate=1000,1001,1002"]
    asked = ["-m", *chosen, "training.epochs=3", "training.repeats=1", "sweep.fail_fast=true"]
    done = ask(tmp_path, [*asked])
    assert done.returncode == 1
    assert "1 diverged, 2 missing in " in done.stdout


def test_batches_of_a_sweeper_are_one_sweep(ask, tmp_path):
    batches = ["hydra.sweeper.max_batch_size=2", "sweep.name=b"]
    done = ask(tmp_path, ["-m", *batches, "model=pinv", "dataset=linear,cubic,sine"])
    assert done.returncode == 0
    assert "3 done in " in done.stdout
    assert done.stderr.count(" epochs\n") == 2
    names = [path.name[:6] for path in runs_of(tmp_path / "outputs" / "sweeps" / "b")]
    assert names == ["0000-l", "0001-c", "0002-s"]


def test_hydras_own_files_are_those_of_its_basic_launcher(ask, tmp_path):
    """.hydra/ differs in nothing but the launcher's name."""
    asked = ["-m", "model=pinv,svd", "dataset=linear", "dataset.noise=3", "hydra.sweep.dir=here"]
    subdir = "hydra.sweep.subdir=r${hydra.job.num}"
    found = {}
    for launcher in ("stacked", "basic"):
        here = tmp_path / launcher
        here.mkdir()
        done = ask(here, [*asked, f"hydra/launcher={launcher}", subdir])
        assert done.returncode == 0
        paths = sorted((here / "here").glob("r1/.hydra/*"))
        texts = {path.name: path.read_text().replace(str(here), "") for path in paths}
        names = ("archlab.launcher.StackedLauncher", "_internal.core_plugins.basic_launcher")
        for name in (*names, "hydra_plugins", ".BasicLauncher", "hydra."):
            texts["hydra.yaml"] = texts["hydra.yaml"].replace(name, "")
        texts["hydra.yaml"] = re.sub(r"_target_: \S*|launcher[:=] ?\w+", "", texts["hydra.yaml"])
        found[launcher] = texts
    assert found["stacked"] == found["basic"]
    assert len(found["basic"]) == 3


def test_a_folder_held_by_a_live_sweep_is_left_alone(ask, tmp_path):
    from experiments.storage.sweep_folder import claim, release

    folder = tmp_path / "outputs" / "sweeps" / "mine"
    lock = claim(folder, "python run.py -m sweep.name=mine")
    done = ask(tmp_path, ["-m", "sweep.name=mine", "model=pinv,svd"])
    assert done.returncode == 3
    assert f"is held by another live sweep, received process {os.getpid()} on " in done.stderr
    assert done.stderr.count("\n") == 1
    release(folder, lock)
    assert ask(tmp_path, ["-m", "sweep.name=mine", "model=pinv,svd"]).returncode == 0


@pytest.mark.parametrize("ending", ["| head -0", "2>&-", ">&-", ">/dev/full", "2>/dev/full"])
def test_who_listens_makes_no_difference_to_the_run(tmp_path, ending):
    command = f"{sys.executable} {ROOT / 'run.py'} -m model=pinv,svd hydra.sweep.dir=here {ending}"
    subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    assert [run_folder.state(path) for path in runs_of(tmp_path / "here")] == ["done", "done"]


@pytest.mark.parametrize("ending", ["2>/dev/full", ">&- 2>&-"])
def test_a_refusal_that_nobody_hears_keeps_its_code(tmp_path, ending):
    command = f"{sys.executable} {ROOT / 'run.py'} model.widht=3 {ending}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 2


@pytest.mark.parametrize("flags", ["--help", "--hydra-help"])
def test_help_that_is_read_in_part_is_no_error(flags):
    command = f"{{ {sys.executable} {ROOT / 'run.py'} {flags}; echo code $? >&2; }} | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == "code 0\n"
    assert done.stdout.count("\n") == 1


def test_output_that_the_terminal_cannot_show_fails_no_run(tmp_path):
    where = {"folder": tmp_path, "PYTHONIOENCODING": "ascii"}
    done = run("model.width=[3,2]", "training.epochs=1", **where)
    assert done.returncode == 0
    assert "3 sigmoid ? 2 sigmoid" in done.stdout


def test_two_sweeps_started_together_share_no_folder(tmp_path):
    command = [sys.executable, str(ROOT / "run.py"), "-m", "model=pinv,svd"]
    started = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=300) for process in started] == [0, 0]
    sweeps = list((tmp_path / "outputs" / "sweeps").iterdir())
    assert len(sweeps) == 2
    for sweep in sweeps:
        assert [run_folder.state(path) for path in runs_of(sweep)] == ["done", "done"]


def test_hydras_folders_work_as_its_users_know_them(ask, tmp_path):
    done = ask(tmp_path, ["model=pinv", "hydra.run.dir=mine/here"])
    assert done.returncode == 0
    assert run_folder.state(tmp_path / "mine" / "here") == "done"


def test_a_folder_that_cannot_be_written_is_exit_code_3(ask, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = ask(tmp_path, ["model=pinv", "hydra.run.dir=file/here"])
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert "hydra.run.dir" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_marks_the_run_and_leaves_with_its_code(tmp_path, sent, code):
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *LONG, "hydra.run.dir=here"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background, or nohup, has them ignore some.
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),  # noqa: PLW1509
    )
    for _ in range(600):
        log = tmp_path / "here" / "run.log"
        if log.exists() and "epochs" in log.read_text():
            break
        time.sleep(0.1)
    time.sleep(4)
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    assert run_folder.state(tmp_path / "here") == "interrupted"


def test_tab_completion_knows_groups_and_presets():
    line = "python run.py experiment=sine_"
    environment = {"COMP_LINE": line, "COMP_POINT": str(len(line))}
    done = run("-sc", "query=bash", **environment)
    assert done.stdout.split() == [
        "experiment=sine_deep",
        "experiment=sine_linear",
        "experiment=sine_sigmoid2",
    ]


def test_metrics_and_snapshots_can_be_read_with_plain_tools(ask, tmp_path):
    ask(tmp_path, ["model=pinv", "dataset=linear", "hydra.run.dir=here"])
    metrics = json.loads(Path(tmp_path / "here" / "metrics.json").read_text())
    assert metrics["references"]["noise_floor"] == 900
    with np.load(tmp_path / "here" / "snapshots.npz") as arrays:
        assert arrays["prediction"].dtype == np.float32
        assert arrays["epochs"].tolist() == [0]
