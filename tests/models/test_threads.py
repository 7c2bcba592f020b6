"""The stacked engine gives the same bits whatever the number of TensorFlow's threads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# Prints a hash of all that is trained: widths beside which Eigen would share out sums among
# threads, and batches, of which the last is a loop of parts.
CODE = """
import hashlib
import numpy as np
from models.fitters import stacked
from tests.models.tasks import all_fits, make_task

for width, rows, batch in [(16, 60, 40), (100, 90, 32), (400, 300, 200), (200, 1600, 1400)]:
    spec = {"depth": 2, "width": width, "activation": "tanh"}
    task = make_task(spec, rows=rows, validation=10, epochs=3, batch_size=batch)
    fit, = all_fits(stacked, [task])
    seen = [fit.prediction_RxN, fit.snapshots, *(part for rep in fit.weights for part in rep)]
    content = b"".join(np.ascontiguousarray(part).tobytes() for part in seen)
    print(hashlib.sha256(content).hexdigest())
"""


def hashes(threads):
    """A hash for each case of `CODE`, trained with so many threads."""
    keys = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    environment = os.environ | dict.fromkeys(keys, str(threads))
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.split()


@pytest.fixture(scope="module")
def by_one_thread():
    return hashes(1)


@pytest.mark.parametrize("threads", [2, 8])
def test_the_number_of_threads_moves_no_bit(by_one_thread, threads):
    assert len(by_one_thread) == 4
    assert hashes(threads) == by_one_thread
