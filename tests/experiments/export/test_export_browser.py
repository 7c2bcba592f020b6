"""Runs that were sent, as a browser sees them in the pages of MLflow and TensorBoard."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

from experiments.export import __main__ as command
from tests.experiments.export.sweeps import DONE, SENT
from tests.experiments.report.conftest import CHROMIUM

PATIENCE = 120  # seconds for a server to start, and for its page to show a thing
# MLflow's server would start workers for jobs of language models, and tell its makers of itself.
ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture
def page():
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        yield page
        browser.close()


@contextmanager
def served(folder, *words):
    """The address of the server that `python -m <words>` is, on a free port; it ends here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", *map(str, words), "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as server,
    ):
        address = f"http://127.0.0.1:{port}/"
        try:
            _wait_for(address, server, folder / "server.log")
            yield address
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_for(address, server, log):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)


def test_a_server_of_mlflow_takes_the_runs_and_its_page_shows_them(states, tmp_path, page, capsys):
    pytest.importorskip("mlflow")
    store = ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--workers", "1"]
    store += ["--artifacts-destination", tmp_path / "kept"]
    with served(tmp_path, "mlflow", "server", *store) as address:
        words = ["mlflow", str(states), "--to", address]
        assert [command.main(words), command.main(words)] == [1, 1]
        assert capsys.readouterr().out.splitlines() == [
            f"5 runs added: {address}",
            f"look: {address}",
            f"0 runs added, 5 there already: {address}",
            f"look: {address}",
        ]
        models = [path.read_bytes() for path in (tmp_path / "kept").rglob("model.keras")]
        assert models == [b"a model"] * 4, "they went through the server"
        page.goto(f"{address}#/experiments/1/runs")
        page.get_by_text("6 matching runs").wait_for()
        sweep = page.get_by_role("gridcell").filter(has_text=re.compile("states$"))
        sweep.get_by_role("button").first.click()  # the plus before it opens it
        page.get_by_role("link", name="sine: 5 relu ×1").click()
        page.get_by_text("archlab.config_sha256").wait_for()
        shown = page.inner_text("body")
        assert "model.activation" in shown
        assert "val/mse_typical" in shown


def test_tensorboards_page_compares_the_runs(states, tmp_path, page):
    pytest.importorskip("tensorboard")
    logs = tmp_path / "logs"
    assert command.main(["tensorboard", str(states), "--to", str(logs)]) == 1
    with served(tmp_path, "tensorboard.main", "--logdir", logs) as address:
        page.goto(f"{address}#hparams")
        for name in SENT:
            page.get_by_text(name).first.wait_for()
        page.get_by_text("model.activation").first.wait_for()
        page.get_by_text("val/mse typical").first.wait_for()
        page.goto(f"{address}?again#timeseries")
        page.get_by_text(DONE[0]).first.wait_for()
        page.get_by_text("val_loss").first.wait_for()
        page.goto(f"{address}?once-more#images")
        page.get_by_text("fit").first.wait_for()
