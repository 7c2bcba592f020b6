"""A finished sweep that each attack gets a copy of."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from experiments import report
from experiments.config.compose import from_hydra
from experiments.record import Planned, Sweep
from experiments.storage import run_folder, sweep_folder
from tests.conftest import ROOT
from tests.experiments.records import make_record

DEPTHS = (1, 2)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sweep of two runs, whole, as archlab leaves it."""
    folder = tmp_path_factory.mktemp("sweep")
    planned = []
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        for number, depth in enumerate(DEPTHS):
            words = [f"model.depth={depth}", "model.width=4", "training.epochs=7"]
            words.append("training.repeats=3")
            config = from_hydra(compose("config", overrides=words), words)
            record, network = make_record(config)
            command = " ".join(["python run.py", *words])
            record = replace(record, about=replace(record.about, command=command))
            run = folder / f"{number:04d}-depth-{depth}"
            run_folder.start(run, record.about, report.pictures())
            (run / ".hydra").mkdir()
            (run / ".hydra" / "config.yaml").write_text("model: {}\n")
            (run / run_folder.LOG).write_text("trained\n")
            run_folder.write(run, record)
            network.save(run / run_folder.MODEL_FILE)
            (run / run_folder.REPORT).write_text("a page")
            run_folder.finish(run, record.about, "done", report.pictures())
            planned.append(Planned(run.name, tuple(words), config.fingerprint()))
    sweep_folder.write_sweep(folder, Sweep("tiny", "python run.py -m", "2026", tuple(planned)))
    yield folder


@pytest.fixture
def sweep(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the sweep to damage."""
    return Path(shutil.copytree(pristine, tmp_path / "tiny"))


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[Callable[[], int]], tuple[int, str]]:
    """told(main) -> (exit code, the one line on standard error)."""

    def tell(main: Callable[[], int]) -> tuple[int, str]:
        capsys.readouterr()
        code = main()
        err = capsys.readouterr().err
        assert err.startswith("error: ")
        assert len(err.splitlines()) == 1, err
        return code, err.strip()

    return tell
