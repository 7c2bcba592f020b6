"""An engine that is silent, has no workers or leaves them idle is told of, and given up in time."""

from __future__ import annotations

import threading

import pytest

from experiments.runner.shards import pulse as module
from experiments.runner.shards.engine import Engine, EngineLostError
from experiments.runner.shards.pulse import EMPTY, IDLE, SILENT, Pulse
from tests.experiments.shards.sweeps import until


class Cluster:
    """How an engine is; what is raised or waited for stands in `now`."""

    def __init__(self):
        self.workers, self.busy = 2, True
        self.now = lambda: None

    def engine(self):
        def workers():
            self.now()
            return self.workers

        return Engine(None, workers, busy=lambda: self.busy, name="Dask", address="tcp://head:1")


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setattr(module, "A_BEAT", 0.01)
    monkeypatch.setattr(module, "SAID_AFTER", 0.05)
    return Cluster()


def limit(monkeypatch, seconds):
    monkeypatch.setattr(module, "GIVEN_UP_AFTER", dict.fromkeys(module.GIVEN_UP_AFTER, seconds))


def raises(error):
    def now():
        raise error

    return now


def troubles(cluster, what):
    """Have it so."""
    release = threading.Event()
    if what == EMPTY:
        cluster.workers = 0
    elif what == IDLE:
        cluster.busy = False
    elif what == SILENT:
        cluster.now = raises(RuntimeError("unavailable"))
    else:
        cluster.now = release.wait
    return release


@pytest.mark.parametrize("what", [SILENT, EMPTY, IDLE, "hangs"])
def test_a_trouble_is_told_and_forgotten_when_it_is_over(cluster, what):
    pulse = Pulse(cluster.engine())
    assert pulse.trouble() == ""
    release = troubles(cluster, what)
    said = until(pulse.trouble, seconds=5)
    assert said == f"Dask at tcp://head:1 {SILENT if what == 'hangs' else what}"
    cluster.workers, cluster.busy, cluster.now = 3, True, lambda: None
    release.set()
    assert until(lambda: not pulse.trouble(), seconds=5)
    assert until(lambda: pulse.workers == 3, seconds=5)
    pulse.close()


@pytest.mark.parametrize("what", [SILENT, EMPTY, IDLE, "hangs"])
def test_a_trouble_that_lasts_ends_the_sweep_in_a_line(cluster, what, monkeypatch):
    limit(monkeypatch, 0.2)
    pulse = Pulse(cluster.engine())
    release = troubles(cluster, what)
    with pytest.raises(EngineLostError) as lost:
        until(lambda: not pulse.trouble() and None, seconds=5)
    release.set()
    line = str(lost.value)
    assert line.startswith("error: Dask at tcp://head:1: ")
    assert "give the same command" in line
    assert len(line.splitlines()) == 1
    pulse.close()


def test_a_library_that_has_given_up_ends_the_sweep_at_once(cluster):
    pulse = Pulse(cluster.engine())
    cluster.now = raises(ConnectionError("its scheduler cannot be reached"))
    with pytest.raises(EngineLostError, match="its scheduler cannot be reached"):
        until(lambda: not pulse.trouble() and None, seconds=5)
