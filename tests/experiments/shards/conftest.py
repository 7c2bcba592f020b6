"""What the sweeps of these tests are compared with."""

from __future__ import annotations

import pytest

from tests.experiments.shards.sweeps import begun, ended, numbers


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """The table of one process."""
    folder = tmp_path_factory.mktemp("alone") / "sweep"
    ended(begun(folder, []))
    return numbers(folder)
