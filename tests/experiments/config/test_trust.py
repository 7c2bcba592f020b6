"""What configs may have Hydra make: nothing that is on none of our lists."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException

from experiments.config import trust
from experiments.errors import ConfigError
from hydra_plugins.archlab.callback import ArchlabCallback
from tests.conftest import ROOT

INSIDE = "hydra.job_logging.handlers.file.filename='${hydra.runtime.output_dir}/%s'"
FOREIGN = {
    "+hydra.callbacks.x._target_=builtins.open": "hydra.callbacks.x._target_",
    "+hydra.callbacks.archlab.x._target_=builtins.open": "hydra.callbacks.archlab.x._target_",
    "+hydra.callbacks.x={list: [{_target_: os.system}]}": "hydra.callbacks.x.list.0._target_",
    "+hydra.callbacks.x._target_=${oc.env:HOME}": "hydra.callbacks.x._target_",
    "+hydra.callbacks.x._target_=${hydra.job.num}": "hydra.callbacks.x._target_",
    "hydra.launcher._target_=os.system": "hydra.launcher._target_",
    "hydra.launcher=null": "hydra.launcher._target_",
    "hydra.sweeper=null": "hydra.sweeper._target_",
    "hydra.sweeper._target_=null": "hydra.sweeper._target_",
    "+hydra.launcher.x._target_=os.system": "hydra.launcher.x._target_",
    "hydra.sweeper._target_=hydra_plugins.none.Sweeper": "hydra.sweeper._target_",
    "hydra.sweeper.params={_target_: os.system}": "hydra.sweeper.params._target_",
    "hydra.job_logging.handlers.file.class=builtins.open": "hydra.job_logging.handlers.file.class",
    "+hydra.job_logging.formatters.simple.class=os.system": (
        "hydra.job_logging.formatters.simple.class"
    ),
    "hydra.hydra_logging.handlers.console.stream=ext://os.environ": (
        "hydra.hydra_logging.handlers.console.stream"
    ),
    "hydra.job_logging.handlers.file.class=logging.handlers.SocketHandler": (
        "hydra.job_logging.handlers.file.class"
    ),
    "hydra.job_logging.handlers.file.filename=/tmp/x.log": (
        "hydra.job_logging.handlers.file.filename"
    ),
    INSIDE % "../x.log": "hydra.job_logging.handlers.file.filename",
    "hydra.job_logging.handlers.file.filename=.bashrc": "hydra.job_logging.handlers.file.filename",
    "hydra.job_logging.handlers.file.filename=${hydra.nothing}": "hydra.job_logging",
    "hydra.searchpath=[pkg://antigravity]": "hydra.searchpath",
    "+hydra.job.env_set.PATH=.": "hydra.job.env_set.PATH",
    "+hydra.job.env_set.LD_PRELOAD=x.so": "hydra.job.env_set.LD_PRELOAD",
    "+hydra.job.env_set.ARCHLAB_ALLOW_PLUGINS=1": "hydra.job.env_set.ARCHLAB_ALLOW_PLUGINS",
    "hydra.output_subdir=../elsewhere": "hydra.output_subdir",
}
# The same in a file, by the section of Hydra's.
IN_FILES = {
    "callbacks: {x: '${oc.create:\"{_target_: os.system}\"}'}": "hydra.callbacks.x._target_",
    "callbacks: {x: '${theirs}'}": "hydra.callbacks.x._target_",
    "job_logging: {handlers: {file: {(): os.system}}}": "hydra.job_logging.handlers.file.()",
    "job_logging: {filters: {x: {(): os.system}}}": "hydra.job_logging.filters.x.()",
    "job_logging: {formatters: {simple: {(): os.system}}}": (
        "hydra.job_logging.formatters.simple.()"
    ),
    "job_logging: {handlers: {file: {.: {baseFilename: x}}}}": "hydra.job_logging.handlers.file..",
    "hydra_logging: {handlers: {x: {class: os.system}}}": "hydra.hydra_logging.handlers.x.class",
    "job: {env_set: {GVBINDIR: theirs}}": "hydra.job.env_set.GVBINDIR",
    "job: {env_set: {BROWSER: theirs}}": "hydra.job.env_set.BROWSER",
    "job: {env_set: {MPLBACKEND: 'module://theirs'}}": "hydra.job.env_set.MPLBACKEND",
    "job: {env_set: {GIT_CONFIG_COUNT: 1}}": "hydra.job.env_set.GIT_CONFIG_COUNT",
    "job: {env_set: {ARCHLAB_ALLOW_PLUGINS: 1}}": "hydra.job.env_set.ARCHLAB_ALLOW_PLUGINS",
    "job: {env_set: {XLA_FLAGS: --xla_gpu_cuda_data_dir=theirs}}": "hydra.job.env_set.XLA_FLAGS",
    "job: {env_set: {TF_XLA_FLAGS: theirs}}": "hydra.job.env_set.TF_XLA_FLAGS",
    "job: {env_set: {OMP_TOOL_LIBRARIES: x.so}}": "hydra.job.env_set.OMP_TOOL_LIBRARIES",
    "job: {env_set: {cuda_visible_devices: 1}}": "hydra.job.env_set.cuda_visible_devices",
    "job: {env_set: {OMP_NUM_THREADS_: 1}}": "hydra.job.env_set.OMP_NUM_THREADS_",
    "job: {env_set: {NOBODY_KNOWS: 1}}": "hydra.job.env_set.NOBODY_KNOWS",
    "job: {env_set: {NOBODY_KNOWS: '${oc.env:HOME}'}}": "hydra.job.env_set.NOBODY_KNOWS",
    "overrides: {hydra: [+hydra.job.env_set.NOBODY_KNOWS=1]}": "hydra.overrides.hydra",
    "overrides: {task: [model.depth=9]}": "hydra.overrides.task",
    "launcher: {parameters: {slurm_setup: [theirs]}}": "hydra.launcher.parameters",
}
WELL_KNOWN = [
    "hydra.job.env_copy=[PATH]",
    "+hydra.callbacks.x._target_=hydra.experimental.callbacks.PickleJobInfoCallback",
    "+hydra.callbacks.x._target_=hydra.experimental.callbacks.LogJobReturnCallback",
    "hydra/launcher=basic",
    "hydra/launcher=joblib",
    "hydra/launcher=loky",
    "hydra/sweeper=basic",
    "hydra/sweeper=optuna",
    "hydra/job_logging=default",
    "hydra/job_logging=none",
    "hydra/job_logging=stdout",
    "hydra/job_logging=disabled",
    "hydra/hydra_logging=hydra_debug",
    INSIDE % "${model.depth}_${hydra.job.num}.log",
    "+hydra.job.env_set.OMP_NUM_THREADS=1",
    "+hydra.job.env_set.TOKEN=1",
    "+hydra.job.env_set={TOKEN: 1, XLA_FLAGS: some}",
    "hydra.output_subdir=null",
]
SET_HERE = ["NOBODY_KNOWS", "OMP_NUM_THREADS", "TF_XLA_FLAGS", "TOKEN", "XLA_FLAGS"]


@pytest.fixture
def composed(monkeypatch):
    """composed(overrides) -> the whole config, as the program composes it."""
    monkeypatch.delenv(trust.ALLOWED, raising=False)
    for variable in SET_HERE:  # composing sets them, of which XLA's would end later tests
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        yield lambda *overrides: compose("config", overrides=[*overrides], return_hydra_config=True)


@pytest.mark.parametrize("override", FOREIGN)
def test_what_is_on_no_list_is_one_line_and_nothing_of_it_is_imported(composed, override):
    with pytest.raises(ConfigError) as refused:
        composed(override)
    assert FOREIGN[override] in [problem.key for problem in refused.value.problems]
    assert "antigravity" not in sys.modules
    for line in str(refused.value).splitlines():
        assert line.startswith("error: hydra.")


@pytest.mark.parametrize("text", IN_FILES)
def test_an_experiment_file_names_nothing_else_either(composed, tmp_path, text):
    (tmp_path / "experiment").mkdir()
    theirs = "theirs: {_target_: os.system}\n" * ("theirs}" in text)
    content = f"# @package _global_\n{theirs}hydra:\n  {text}\n"
    (tmp_path / "experiment" / "theirs.yaml").write_text(content)
    path = [f"hydra.searchpath=[file://{tmp_path}]", "experiment=theirs"]
    if "launcher" in text:
        path.append("hydra/launcher=submitit")
    with pytest.raises(ConfigError) as refused:
        composed(*path)
    assert IN_FILES[text] in [problem.key for problem in refused.value.problems]
    assert trust.ALLOWED not in os.environ
    assert "NOBODY_KNOWS" not in os.environ


def test_an_experiment_file_may_set_what_does_no_harm(composed, tmp_path, monkeypatch):
    names = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "TF_DETERMINISTIC_OPS")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "experiment").mkdir()
    listed = "".join(f"      {name}: '1'\n" for name in names)
    content = f"# @package _global_\nhydra:\n  job:\n    env_set:\n{listed}"
    (tmp_path / "experiment" / "theirs.yaml").write_text(content)
    composed(f"hydra.searchpath=[file://{tmp_path}]", "experiment=theirs")
    assert [os.environ.pop(name) for name in names] == ["1"] * 3


@pytest.mark.parametrize("override", WELL_KNOWN)
def test_what_is_archlabs_or_hydras_own_is_taken(composed, override):
    cfg = composed(override)
    assert cfg.hydra.runtime._get_node("output_dir")._value() == "???"  # as Hydra left it


@pytest.mark.parametrize("value", ["5", "x", "[5]", "{a: 1}"])
def test_a_search_path_that_is_no_list_is_hydras_to_refuse(composed, value):
    with pytest.raises(HydraException, match=r"hydra\.searchpath must be a list of strings"):
        composed(f"hydra.searchpath={value}")


def test_a_log_file_follows_the_names_it_is_made_of(composed):
    with pytest.raises(ConfigError, match="is no file of the run's folder"):
        composed("hydra/job_logging=default", "hydra.job.name=../../elsewhere")


def test_the_flag_allows_what_hydra_can_make(composed, monkeypatch):
    """A launcher that is not installed cannot be made at all; it is still one line."""
    monkeypatch.setenv(trust.ALLOWED, "from outside")
    given = ["-m", trust.ALLOW, "model=pinv"]
    assert trust.without_allowing(given) == ["-m", "model=pinv"]
    composed("+hydra.callbacks.x._target_=builtins.open", "+hydra.job.env_set.PATH=.")
    with pytest.raises(ConfigError, match="is no launcher that is installed"):
        composed("hydra.launcher._target_=os.system")
    assert trust.without_allowing(["-m"]) == ["-m"]
    assert trust.ALLOWED not in os.environ


def test_settings_of_workers_are_taken_from_the_command_line_not_from_files(composed, tmp_path):
    (tmp_path / "hydra" / "launcher").mkdir(parents=True)
    (tmp_path / "hydra" / "launcher" / "theirs.yaml").write_text(
        "defaults: [dask]\naddress: tcp://somewhere:1\n"
    )
    path = f"hydra.searchpath=[file://{tmp_path}]"
    with pytest.raises(ConfigError, match=r"hydra\.launcher\.address: decides what workers run"):
        composed(path, "hydra/launcher=theirs")
    composed(path, "hydra/launcher=theirs", "hydra.launcher.address=tcp://mine:1")


EVIL = """# @package _global_
hydra:
  callbacks:
    theirs: {_target_: pathlib.Path.touch, self: {_target_: pathlib.Path, _args_: [made]}}
"""


@pytest.mark.parametrize("more", [[], ["-m"], ["-m", "hydra/launcher=joblib"], ["--cfg", "job"]])
def test_an_experiment_of_a_stranger_is_refused_before_a_folder_is_made(ask, tmp_path, more):
    (tmp_path / "theirs" / "experiment").mkdir(parents=True)
    (tmp_path / "theirs" / "experiment" / "good.yaml").write_text(EVIL)
    done = ask(tmp_path, ["--config-dir", "theirs", "experiment=good", *more])
    assert done.returncode == 2
    first, *others = done.stderr.splitlines()
    assert first.startswith("error: hydra.callbacks.theirs.")
    assert "add --allow-plugins if you trust who wrote it" in first
    assert all(line.startswith("error: hydra.callbacks.theirs.") for line in others)
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_one_bad_experiment_of_several_is_refused_before_a_folder_is_made(ask, tmp_path):
    (tmp_path / "theirs" / "experiment").mkdir(parents=True)
    (tmp_path / "theirs" / "experiment" / "good.yaml").write_text(EVIL)
    line = ["--config-dir", "theirs", "-m", "experiment=linear_pinv,good"]
    done = ask(tmp_path, line)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: hydra.callbacks.theirs.")
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize("allowed", [False, True])
def test_a_workers_process_is_guarded_by_what_it_is_sent(allowed):
    """Other launchers send callbacks; with them comes what checks the configs composed there."""
    # Hydra runs the modules of its plug-ins once more, so the class is another one by now.
    sent = pickle.dumps(sys.modules[ArchlabCallback.__module__].ArchlabCallback()).hex()
    code = f"""
import pickle, sys
pickle.loads(bytes.fromhex({sent!r}))
from hydra import compose, initialize_config_dir
with initialize_config_dir({str(ROOT / "conf")!r}, version_base="1.3"):
    compose("config", overrides=["+hydra.callbacks.x._target_=builtins.open"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, trust.ALLOWED: "1" if allowed else ""},
    )
    assert done.returncode == (0 if allowed else 1), done.stderr
    assert allowed or "ConfigError" in done.stderr.splitlines()[-1]


PLUGIN = """
import os
from hydra.experimental.callback import Callback
class Told(Callback):
    def on_job_start(self, config, **rest):
        open(f"told-{os.getpid()}", "w").close()
"""


def test_what_is_allowed_is_allowed_in_joblibs_workers_too(tmp_path):
    """A worker composes its job's config itself; the flag reaches it by a variable."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "told.py").write_text(PLUGIN)
    (tmp_path / "mine" / "experiment" / "told.yaml").write_text(
        "# @package _global_\nhydra:\n  callbacks:\n    told: {_target_: told.Told}\n"
    )
    words = ["-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=1", "--config-dir", "mine"]
    words += ["experiment=told", "model=pinv", "hydra.sweep.dir=s", "hydra.launcher.n_jobs=2"]
    command = [sys.executable, str(ROOT / "run.py"), *words]
    known = {**os.environ, "PYTHONPATH": str(tmp_path / "mine"), trust.ALLOWED: "1"}
    done, refused = (
        subprocess.run(
            [*command, *flag], cwd=tmp_path, env=known, capture_output=True, text=True, check=False
        )
        for flag in ([trust.ALLOW], [])
    )
    assert done.returncode == 0, done.stderr
    assert len([*tmp_path.glob("told-*")]) == 1
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert refused.stderr.startswith("error: hydra.callbacks.told._target_: ")
