"""What the papers name exists, what exists is named, and tables say what the code says."""

from __future__ import annotations

import json
import re
import shlex

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf
from PIL import Image

import docs.__main__ as command
from benchmarks.synthetic import make_record, write_run
from datasets import DATASETS, Synthetic, load, synthetic
from docs import keys, tables
from experiments import errors, plots
from experiments.comparison.compare import collect
from experiments.config.jobs import Jobs, check_jobs
from experiments.config.search.space import read_plan
from experiments.export import destinations
from experiments.export.shipment import shipment
from experiments.storage import run_folder
from models import MODELS
from tests.conftest import ROOT

CONF = ROOT / "conf"
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAPERS = [README, ROOT / "CONTRIBUTING.md", *DOCS]
TEXT = {path: path.read_text(encoding="utf-8") for path in PAPERS}


def page(name):
    return TEXT[ROOT / "docs" / f"{name}.md"]


def test_tables_say_what_the_code_says(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    assert command.main() == 0, capsys.readouterr().err


def test_a_stale_table_is_told_and_mended(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "presets.md"
    written = page("presets").replace("| `sine_deep` |", "| `sine_shallow` |")
    stale.write_text(written, encoding="utf-8")
    monkeypatch.setattr(command, "PAGES", [ROOT / "docs" / "csv.md", stale])
    monkeypatch.setattr("sys.argv", ["docs", "--check"])
    assert command.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "error: docs: not what the code says: docs/presets.md; run make docs"
    assert stale.read_text(encoding="utf-8") == written
    monkeypatch.setattr("sys.argv", ["docs"])
    assert command.main() == 0
    assert stale.read_text(encoding="utf-8") == page("presets")


def test_every_table_stands_on_a_page():
    asked = {name for text in TEXT.values() for _, name, _ in tables.MARK.findall(text)}
    assert {name.split()[0] for name in asked} == set(tables.TABLES)
    sections = {name.split()[1] for name in asked if name.startswith("keys ")}
    assert sections | {"gate"} == set(keys.SPECS)


@pytest.mark.parametrize("section", keys.SPECS)
def test_every_key_is_explained(section):
    found = keys.gate_keys() if section == "gate" else keys.keys(section)
    assert found
    for key in found:
        assert all(key), key
        assert key.what.rpartition(": ")[2], key.name


def test_every_name_of_the_config_stands_in_the_documentation():
    everything = "".join(TEXT.values())
    for path in CONF.glob("*/*.yaml"):
        if path.parent.name in ("dataset", "experiment", "lesson", "gate"):
            assert re.search(rf"[`=]{path.stem}[`\s]", everything), path.stem


def test_every_model_and_dataset_has_its_config():
    assert sorted(path.stem for path in CONF.glob("model/*.yaml")) == sorted(MODELS)
    assert set(DATASETS) <= set(tables.names("dataset"))


def test_every_file_of_a_run_folder_is_explained():
    rows = [line.split("|")[1] for line in page("results").splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall("`([^`]+)`", row)]
    left = [*run_folder.RESULTS, run_folder.LOG, run_folder.STATUS, "*.png", ".hydra/"]
    assert sorted(named) == sorted(left)
    assert all(f"`{name}`" in page("pictures") for name in plots.picture_files())


def test_every_exit_code_is_explained():
    (line,) = [line for line in page("results").splitlines() if line.startswith("Exit codes:")]
    codes = {v for name, v in vars(errors).items() if re.match("EXIT_", name) and type(v) is int}
    assert {int(code) for code in re.findall(r"\d+", line)} == codes


def test_readme_is_a_landing_page():
    assert len(TEXT[README].splitlines()) <= 100
    missing = [path.name for path in DOCS if f"(docs/{path.name})" not in TEXT[README]]
    assert missing == []
    (moving,) = re.findall(r"\(([^)]+\.gif)\)", TEXT[README])
    assert (ROOT / moving).stat().st_size < 1_000_000
    with Image.open(ROOT / moving) as image:
        assert image.n_frames > 20


def checked_jobs(line):
    """The jobs of a command line, after their configs were checked."""
    words = [word for word in shlex.split(line)[2:] if "=" in word]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        jobs = Jobs(lambda job: compose("config", job, return_hydra_config=True))
        parser = OverridesParser.create(GlobalHydra.instance().config_loader())
        overrides = parser.parse_overrides([w for w in words if not w.startswith("hydra")])
        if "hydra/sweeper=optuna" in words:
            settings = OmegaConf.load(CONF / "hydra/sweeper/optuna.yaml")
            return read_plan(settings, overrides, jobs).edges
        (found,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
        check_jobs(jobs, found)
    return found


LINES = [
    (path.stem, line)
    for path, text in TEXT.items()
    for line in re.findall(r"^    (python run\.py .*)$", text, re.MULTILINE)
]


@pytest.mark.parametrize(("paper", "line"), LINES)
def test_commands_of_the_papers_compose(paper, line):
    assert (len(checked_jobs(line)) > 1) == ("-m" in line.split())


def test_commands_are_found_in_the_papers():
    assert {"README", "sweeps", "csv", "lessons", "gates"} <= {paper for paper, _ in LINES}


def heading(line):
    """What GitHub makes of a heading in addresses."""
    return re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(#[^)\s]+)?\)", TEXT[path]):
        file = (path.parent / target) if target else path
        assert file.is_file(), target
        if anchor:
            lines = file.read_text(encoding="utf-8").splitlines()
            assert anchor[1:] in {heading(line) for line in lines if line.startswith("#")}, anchor


def test_what_a_new_thing_goes_into_exists():
    rows = [line for line in page("extending").splitlines() if re.match(r"\| [^|]*\| [^|]*`", line)]
    assert len(rows) > 15
    for row in rows:
        files = [ROOT / name for name in re.findall(r"`([\w/]+(?:\.\w+|/))`", row) if "/" in name]
        assert all(file.exists() for file in files), row
        names = re.findall(r"`([A-Z][A-Z_a-z]{4,})`", row)
        texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
        assert all(any(name in text for text in texts) for name in names if texts), row


def code_of(title):
    text = page("extending").split(f"\n## {title}\n")[1]
    return re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]


def test_the_dataset_of_the_documentation_works():
    room = dict(vars(synthetic))
    exec(code_of("A dataset"), room)
    numbers = {"n_samples": 100_000, "slope": 30, "noise": 10, "bias": 5, "seed": 1}
    spec = Synthetic(kind="square", bias_column=True, **numbers)
    dataset = room["square"](spec)
    error = np.mean((dataset.y_N - dataset.optimum_N) ** 2)
    assert error == pytest.approx(dataset.noise_floor, rel=0.03)
    assert load(Synthetic(**{**vars(spec), "kind": "linear"})).x_NxF.shape == dataset.x_NxF.shape


def test_the_exporter_of_the_documentation_works(tmp_path):
    for width, level in ((1, 0.4), (2, 0.2)):
        write_run(tmp_path / f"{width}", make_record([level] * 3, {"model.width": width}))
    room = {}
    exec(code_of("An exporter"), room)
    lines = room["content"](collect(tmp_path)).decode().splitlines()
    assert [line[:2] for line in lines] == ["2 ", "1 "]


def test_the_destination_of_the_documentation_works(tmp_path, capsys):
    write_run(tmp_path / "1", make_record([0.4] * 3))
    room = {"__package__": destinations.__name__}
    exec(code_of("A destination"), room)
    sending = destinations.Sending(None, "", lambda: None)
    assert room["DESTINATION"].send(shipment(tmp_path), sending).added == 1
    sent = json.loads(capsys.readouterr().out)
    assert (sent["run"], sent["val/mse"]) == ("1", pytest.approx(0.4))


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


def test_targets_are_documented_and_papers_name_no_others():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    documented = set(re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE))
    assert set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split()) == documented
    named = re.findall(r"`make ([a-z]+)`|^    make ([a-z]+)", "".join(TEXT.values()), re.MULTILINE)
    assert named
    assert {one or other for one, other in named} <= documented


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
