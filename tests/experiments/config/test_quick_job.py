from __future__ import annotations

import logging
import shutil

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.callbacks import Callbacks
from hydra.core.utils import run_job
from hydra.experimental.callback import Callback
from hydra.types import HydraContext
from omegaconf import OmegaConf

from experiments.config import quick_job
from experiments.config.jobs import Jobs
from experiments.config.quick_job import QuickJobs
from tests.conftest import ROOT

LONG = "a long: name, 'quoted' in more words than fit on a line of YAML, with ü and # and 100 %"
SEEN = ["dataset=linear", "model.depth=3"]


class Watching(Callback):
    def on_job_end(self, config, job_return, **kwargs):
        pass


@pytest.fixture
def jobs(tmp_path):
    """jobs(*overrides of all) -> what composes the jobs of a sweep in tmp_path."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def composed(*everywhere):
        fixed = [f"hydra.sweep.dir={tmp_path}", *everywhere]
        return Jobs(lambda job: compose("config", [*job, *fixed], return_hydra_config=True))

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        yield composed
    for handler in set(root.handlers) - set(before):
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)


def files_by_hydra(jobs, overrides, number, folder, tmp_path, quick=None):
    """What Hydra's own run_job leaves in the folder of a job, by name."""
    cfg = jobs.composed(overrides, number, folder)
    run_job(
        hydra_context=HydraContext(config_loader=None, callbacks=Callbacks()),
        task_function=lambda _: logging.getLogger("x").info("said"),
        config=cfg,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    if quick is not None:
        quick.learn(cfg, overrides, number, folder, tmp_path / folder)
    return files_in(tmp_path / folder)


def files_in(folder):
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file()}


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["model.depth=2", "model.width=[9,17]", "model.activation=[tanh,relu]"],
        ["dataset.noise=1e-7", "dataset.bias=-0.0", "training.patience=null"],
        ["split.how=shuffled", "training.learning_rate=5", "dataset.bias_column=false"],
    ],
)
def test_a_job_is_begun_as_hydra_begins_it(jobs, tmp_path, more):
    composed = jobs()
    quick = QuickJobs(composed, [Callback()])
    assert quick.begin(SEEN, 3, "0003-first") is None
    files_by_hydra(composed, SEEN, 3, "0003-first", tmp_path, quick)
    overrides = ["dataset=linear", *more]
    known = files_by_hydra(composed, overrides, 12, "0012-second", tmp_path)
    assert [*sorted(known)] == [
        ".hydra/config.yaml",
        ".hydra/hydra.yaml",
        ".hydra/overrides.yaml",
        "run.log",
    ]
    shutil.rmtree(tmp_path / "0012-second")
    job = quick.begin(overrides, 12, "0012-second")
    assert (job.number, job.folder, job.overrides) == (12, tmp_path / "0012-second", overrides)
    logging.getLogger("x").info("said")
    made = files_in(tmp_path / "0012-second")
    assert made.pop("run.log").split(b"]")[1:] == known.pop("run.log").split(b"]")[1:]
    assert made == known


def test_texts_are_written_as_hydra_writes_them(jobs, tmp_path):
    composed = jobs("dataset=csv")
    quick = QuickJobs(composed, [])
    escaped = LONG.replace("'", "\\'")
    for number, target in enumerate(("y", f"'{escaped}'", "${dataset.path}", "'null'", "'1e3'")):
        overrides, folder = [f"dataset.target={target}"], f"000{number}-x"
        known = files_by_hydra(composed, overrides, number, folder, tmp_path, quick)
        shutil.rmtree(tmp_path / folder)
        job = quick.begin(overrides, number, folder)
        assert (job is None) == ("${" in target)  # Hydra looks for what that refers to
        if job is not None:
            made = files_in(tmp_path / folder)
            assert {**made, "run.log": b""} == {**known, "run.log": b""}


@pytest.mark.parametrize(
    "everywhere",
    [
        ["hydra.job.chdir=true"],
        ["+hydra.job.env_set.SOME=1"],
        ["hydra.verbose=true"],
        ["hydra.output_subdir=null"],
        ["hydra.output_subdir=.hydra_${hydra.job.num}"],
        ["hydra/job_logging=none"],
        ["hydra.job_logging.handlers.file.filename=${hydra.runtime.output_dir}/${model.depth}.log"],
        ["hydra.sweep.subdir=own-${hydra.job.num}"],
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_hydra(jobs, tmp_path, everywhere, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOME", raising=False)
    composed = jobs(*everywhere)
    quick = QuickJobs(composed, [])
    folder = "own-0" if "subdir=" in everywhere[0] and "sweep" in everywhere[0] else "0000-x"
    files_by_hydra(composed, SEEN, 0, folder, tmp_path, quick)
    assert quick.begin(SEEN, 1, "own-1" if folder == "own-0" else "0001-x") is None


def test_jobs_that_a_callback_watches_are_left_to_hydra(jobs, tmp_path):
    composed = jobs()
    quick = QuickJobs(composed, [Watching()])
    files_by_hydra(composed, SEEN, 0, "0000-x", tmp_path, quick)
    assert quick.begin(SEEN, 1, "0001-x") is None


class Duck:
    """A callback that only quacks like Hydra's: it knows of whole sweeps alone."""

    def on_multirun_start(self, config, **kwargs):
        pass


def test_a_callback_of_no_kind_of_hydras_is_left_to_hydra(jobs, tmp_path):
    composed = jobs()
    quick = QuickJobs(composed, [Duck()])
    files_by_hydra(composed, SEEN, 0, "0000-x", tmp_path, quick)
    assert quick.begin(SEEN, 1, "0001-x") is None


def test_files_that_are_not_as_expected_are_left_to_hydra(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(quick_job, "override_dirname", lambda own, names: "another")
    composed = jobs()
    quick = QuickJobs(composed, [])
    files_by_hydra(composed, SEEN, 0, "0000-x", tmp_path, quick)
    assert quick.begin(SEEN, 1, "0001-x") is None


WORDS = (
    "5 05 1e5 0x1f 1_0 yes on nan é a=b a=1,b=[2] a=,b x= = /a/b a: a#b - ~ null/ 1:30 '5' run_5"
)
DATES = "2001-12-14 2001-12-14t1 0191-sine-depth-4 1-e5 12-t"
PLAIN = [0, -3, True, None, 1e5, 0.1, "", " ", "/a/b c", "a #b", "a=b\n", "5\n", "a/" * 90]
LISTS = [[], [1], ["a=b", "5", 7], ["a=b", "c d"], [[1]], {}, {"a": 1}]


@pytest.mark.parametrize("path", [("one",), ("one", "two")])
def test_a_value_is_written_as_omegaconf_writes_it(path):
    for value in (*WORDS.split(), *DATES.split(), *PLAIN, *LISTS):
        tree = value
        for key in reversed(path):
            tree = {key: tree}
        lines = OmegaConf.to_yaml(OmegaConf.create(tree)).splitlines(keepends=True)
        assert quick_job._yaml_value(path, value) == "".join(lines[len(path) - 1 :])


def test_a_list_is_written_as_omegaconf_writes_it():
    for values in ([], ["a=b"], ["a=b", "c d", "5"]):
        assert quick_job._yaml_value((), values) == OmegaConf.to_yaml(OmegaConf.create(values))
