"""A sweep that every destination gets."""

from __future__ import annotations

import pytest

from tests.experiments.export.sweeps import make_states


@pytest.fixture(scope="session")
def states(tmp_path_factory):
    return make_states(tmp_path_factory.mktemp("export") / "states")
