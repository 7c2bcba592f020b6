from __future__ import annotations

import numpy as np
import pytest

from experiments.scoring.summarize import _std_over_repeats


@pytest.mark.parametrize("shape", [(2, 3), (2, 127), (3, 128), (20, 500), (3000, 131)])
def test_block_by_block_it_is_that_of_numpy_to_the_last_bit(shape):
    rng = np.random.default_rng(0)
    prediction_RxN = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 3, size=shape)
    expected_N = prediction_RxN.std(axis=0, ddof=1)
    np.testing.assert_array_equal(_std_over_repeats(prediction_RxN), expected_N)
