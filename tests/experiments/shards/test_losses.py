"""Engines that cannot be used are refused before a folder is made; lost ones are named."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from experiments.errors import ConfigError
from experiments.runner.engines import CARRIERS
from tests.conftest import ROOT
from tests.experiments.shards.sweeps import (
    LIBRARIES,
    begun,
    done,
    ended,
    numbers,
    until,
)


@pytest.fixture
def nobody():
    """host:port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def mute():
    """host:port of somebody who listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def refusal(engine, **settings):
    """The line with which an engine is refused."""
    pytest.importorskip(LIBRARIES[engine])
    with pytest.raises(ConfigError) as refused:
        CARRIERS[engine](**settings).check()
    (problem,) = refused.value.problems
    return str(problem)


@pytest.mark.parametrize(("engine", "scheme"), [("dask", "tcp://"), ("ray", "ray://"), ("ray", "")])
def test_an_address_where_nobody_is_is_refused_with_what_to_start(engine, scheme, nobody):
    line = refusal(engine, address=scheme + nobody)
    assert "error: hydra.launcher.address: has nobody who answers" in line
    assert f"received '{scheme}{nobody}'" in line
    assert {"dask": "dask scheduler", "ray": "ray start --head"}[engine] in line


@pytest.mark.parametrize(("engine", "scheme"), [("dask", "tcp://"), ("ray", "ray://"), ("ray", "")])
def test_somebody_who_never_answers_is_refused_in_seconds(engine, scheme, mute, monkeypatch):
    monkeypatch.setattr("experiments.runner.engines.dask.WAIT_TO_ANSWER", 1)
    monkeypatch.setattr("experiments.runner.probes.ray_cluster.A_CALL", 1)
    monkeypatch.setattr("experiments.runner.probes.ray_cluster.PATIENCE", 4)
    assert "that answers, received" in refusal(engine, address=scheme + mute)


@pytest.mark.parametrize("address", ["banana", "no://where"])
@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_what_is_no_address_is_refused(engine, address):
    assert f"received {address!r}" in refusal(engine, address=address)


def test_slurm_is_refused_where_there_is_none_and_so_are_unknown_parameters(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert "hydra.launcher.executor=local" in refusal("submitit", executor="slurm")
    line = refusal("submitit", executor="local", parameters={"slurm_partion": "cpu"})
    assert "slurm_partion" in line


def test_what_goes_to_the_engine_as_it_is_is_refused_before_a_sweep_begins(tmp_path):
    line = refusal("ray", runtime_env={"pip": 3})
    assert line.startswith("error: hydra.launcher.runtime_env: cannot be used, received {'pip': 3}")
    (tmp_path / "file").write_text("")
    line = refusal("submitit", executor="local", folder=str(tmp_path / "file" / "jobs"))
    assert line.startswith("error: hydra.launcher.folder: cannot be written, received '")


@pytest.mark.parametrize("engine", ["ray", "dask", "submitit"])
def test_a_missing_library_is_refused_with_what_to_install(engine, monkeypatch):
    monkeypatch.setitem(sys.modules, LIBRARIES[engine], None)
    with pytest.raises(ConfigError, match="install it: python -m pip install"):
        CARRIERS[engine]().check()


@pytest.mark.parametrize(
    "words",
    [
        ["hydra/launcher=ray", "hydra.launcher.address=127.0.0.1:1"],
        ["hydra/launcher=loky", "hydra.launcher.seconds=-1"],
    ],
)
def test_a_refused_sweep_leaves_no_folder(words, tmp_path):
    pytest.importorskip(LIBRARIES[words[0].partition("=")[2]])
    folder = tmp_path / "sweep"
    _, err = ended(begun(folder, words), code=2)
    assert err.startswith("error: hydra.launcher.")
    assert len(err.splitlines()) == 1
    assert not folder.exists()


@contextmanager
def dask(place, *words, says):
    """A process of Dask's, and what follows certain words in what it says; killed at the end."""
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:], "--no-dashboard"]
    log = place / f"{words[0]}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)

    def said():
        return log.read_text().partition(says)[2].split()

    try:
        yield process, until(said, process)[0]
    finally:
        process.kill()
        process.wait(timeout=60)


def test_a_scheduler_that_dies_is_named_no_run_is_blamed_and_the_sweep_goes_on(
    alone, tmp_path, monkeypatch
):
    pytest.importorskip("distributed")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "2s")
    folder = tmp_path / "sweep"
    place = ["--host", "127.0.0.1", "--port", "0"]
    with dask(tmp_path, "dask_scheduler", *place, says="Scheduler at:") as (scheduler, address):
        own = [address, "--nthreads", "1", "--no-nanny"]
        with dask(tmp_path, "dask_worker", *own, says="Registered to:"):
            words = ["hydra/launcher=dask", f"hydra.launcher.address={address}"]
            process = begun(folder, [*words, "hydra.launcher.seconds=1"])
            assert until(lambda: done(folder), process), ended(process)
            scheduler.kill()
            _, err = ended(process, code=1)
    lines = [line for line in err.splitlines() if "connected to" in line or "error" in line]
    assert lines[0] == f"connected to Dask at {address}: 1 worker"
    assert lines[1].startswith(f"error: Dask at {address}: is gone")
    assert "give the same command" in lines[1]
    assert len(lines) == 2
    assert 1 <= done(folder) < 24
    assert not any('"failed"' in Path(path).read_text() for path in folder.glob("*/status.json"))
    ended(begun(folder, ["hydra/launcher=loky", "hydra.launcher.workers=2"]))
    pd.testing.assert_frame_equal(numbers(folder), alone)


@contextmanager
def ray_head(place):
    """The address of a Ray head that asks for a token, which is in a home of its own."""
    (place / ".ray").mkdir()
    (place / ".ray" / "auth_token").write_text("0123456789abcdef" * 4)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a socket's path must be
        own = ["--port=0", "--num-cpus=1", "--include-dashboard=false", f"--temp-dir={short}"]
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", *own]
        with (place / "ray.log").open("w") as out:
            process = subprocess.Popen(
                [*command, "--disable-usage-stats"],
                env={**os.environ, "HOME": str(place), "RAY_AUTH_MODE": "token"},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

        def said():
            return re.findall(r"--address='(\S+?)'", (place / "ray.log").read_text())

        try:
            yield until(said, process)[0]
        finally:
            process.terminate()
            process.wait(timeout=60)


def test_a_cluster_that_asks_for_its_token_says_so_in_seconds(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    homes = [tmp_path / name for name in ("its", "none", "other")]
    for home in homes:
        home.mkdir()
    (homes[2] / ".ray").mkdir()
    (homes[2] / ".ray" / "auth_token").write_text("another")
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with ray_head(homes[0]) as address:
        for home in homes[1:]:
            monkeypatch.setenv("HOME", str(home))
            assert "asks for its token, which is not here" in asked_of(address)
        monkeypatch.setenv("HOME", str(homes[0]))
        assert asked_of(address) == ""
        assert "the port is that of Ray's client server" in asked_of(f"ray://{address}")


CHECK = """
import sys
from experiments.errors import ConfigError
from experiments.runner.engines.ray import Ray
try:
    Ray(address=sys.argv[1]).check()
except ConfigError as error:
    print(error)
"""


def asked_of(address):
    """What a process of its own is told of a Ray cluster; nothing where it is let in."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK, address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()
