"""What the papers name exists, and what exists is named."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser

from datasets import DATASETS, Split, Synthetic, load, synthetic
from experiments.config.field_text import fields
from experiments.config.jobs import Jobs, check_jobs
from models import MODELS, Training
from tests.conftest import ROOT
from tests.experiments.runner.test_run import FILES, PRESETS

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONF = ROOT / "conf"


def section(title):
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def names(title, column=1):
    """The words in backticks in one column of a section's table."""
    rows = [line for line in section(title).splitlines() if re.match(r"\| `[^`=]+`", line)]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[column])]


def test_readme_lists_every_preset():
    assert sorted(names("Presets")) == PRESETS


def test_readme_lists_every_dataset():
    assert names("Datasets")[: len(DATASETS)] == list(DATASETS)
    configs = {path.stem: yaml.safe_load(path.read_text()) for path in CONF.glob("dataset/*.yaml")}
    assert sorted(configs) == sorted(names("Datasets"))
    for name in DATASETS:
        assert configs[name].get("dataset", configs[name])["kind"] == name


def test_every_model_has_its_config():
    assert sorted(path.stem for path in CONF.glob("model/*.yaml")) == sorted(MODELS)


def test_readme_lists_every_key_with_its_default(configured):
    specs = {
        "dataset": list(dict.fromkeys(source.spec for source in DATASETS.values())),
        "split": [Split],
        "model": list(MODELS.values()),
        "training": [Training],
    }
    known = {f"{part}.{name}" for part, found in specs.items() for s in found for name in fields(s)}
    rows = [line.split("|") for line in section("Keys").splitlines() if line.startswith("| `")]
    assert {row[1].strip(" `") for row in rows} == known
    tree = configured().tree()
    for name in ("openml", "csv"):
        others = yaml.safe_load((CONF / "dataset" / f"{name}.yaml").read_text())["dataset"]
        tree["dataset"] = {**others, **tree["dataset"]}
    for row in rows:
        part, key = row[1].strip(" `").split(".")
        default = yaml.safe_load(row[2].strip(" `"))
        assert default == (tree[part][key] if tree[part][key] != "???" else "required"), key


def test_readme_lists_every_file_of_a_run_folder():
    assert sorted(names("What a run leaves")) == sorted([*FILES, ".hydra/"])


def test_readme_names_every_state_and_exit_code():
    text = section("What a run leaves")
    for word in ("done", "diverged", "failed", "interrupted", "0 ", "1 ", "2 ", "3 ", "130"):
        assert word in text


def checked_jobs(line):
    """The jobs of a command line, after their configs were checked."""
    words = [word for word in shlex.split(line)[2:] if "=" in word]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        parser = OverridesParser.create(GlobalHydra.instance().config_loader())
        overrides = parser.parse_overrides([w for w in words if not w.startswith("hydra")])
        (jobs,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
        check_jobs(Jobs(lambda job: compose("config", job, return_hydra_config=True)), jobs)
    return jobs


@pytest.mark.parametrize("line", re.findall(r"^    (python run\.py .*)$", README, re.MULTILINE))
def test_readme_commands_compose(line):
    assert (len(checked_jobs(line)) > 1) == ("-m" in line.split())


def test_readme_shows_six_commands_and_its_picture_exists():
    assert (
        len(re.findall(r"^    python run\.py ", section("Six commands that show the reach"), re.M))
        == 6
    )
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_readme_dataset_is_one_that_works():
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    room = dict(vars(synthetic))
    exec(code, room)
    numbers = {"n_samples": 100_000, "slope": 30, "noise": 10, "bias": 5, "seed": 1}
    spec = Synthetic(kind="square", bias_column=True, **numbers)
    dataset = room["square"](spec)
    error = np.mean((dataset.y_N - dataset.optimum_N) ** 2)
    assert error == pytest.approx(dataset.noise_floor, rel=0.03)
    assert load(Synthetic(**{**vars(spec), "kind": "linear"})).x_NxF.shape == dataset.x_NxF.shape


@pytest.mark.parametrize(
    "path", sorted(CONF.rglob("*.yaml")), ids=lambda path: str(path.relative_to(CONF))
)
def test_a_config_file_opens_with_the_command_that_uses_it(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    first = lines[1] if lines[0] == "# @package _global_" else lines[0]
    assert first.startswith("# python run.py")
    group = path.relative_to(CONF).parent.as_posix()
    if group in ("dataset", "model", "training", "experiment", "lesson"):
        assert f"{group}={path.stem}" in first


def test_make_help_lists_the_targets_that_readme_names():
    text = (ROOT / "Makefile").read_text()
    documented = set(re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE))
    assert documented >= {"run", "test", "lint", "bench", "help"}
    papers = README + (ROOT / "CONTRIBUTING.md").read_text()
    for target in re.findall(r"`make ([a-z]+)`", papers):
        assert target in documented


def test_the_lock_holds_names_versions_and_hashes_only():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?:|file:|--(?:extra-)?index|find-links", text)
    entries = re.findall(r"^([A-Za-z0-9_.-]+)==\S+(.*)$", text, re.MULTILINE)
    assert len(entries) > 40
    blocks = re.split(r"^(?=[A-Za-z0-9_.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_pins_what_the_project_asks_for():
    project = (ROOT / "pyproject.toml").read_text()
    locked = {
        name.lower()
        for name in re.findall(
            r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements.lock").read_text(), re.M
        )
    }
    for name in re.findall(r'^  "([A-Za-z0-9_-]+)[<>=]', project, re.MULTILINE):
        assert name.lower() in locked, name
