"""Kernels have the distribution of Keras' own initializers, and follow from their key alone."""

from __future__ import annotations

import numpy as np
import pytest

from models import seeds
from models.initializers import INITIALIZERS

SIZES = (200, 300)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_kernel_has_keras_distribution(name):
    """Mean, deviation and bounds, and Kolmogorov and Smirnov's test on all 60,000 entries."""
    import keras
    from scipy.stats import ks_2samp

    ours = INITIALIZERS[name](seeds.of_weights(0, 0, 0), *SIZES)
    keras.utils.set_random_seed(1)
    theirs = np.asarray(keras.initializers.get(name)(SIZES))
    assert (ours.dtype, ours.shape) == (np.float32, SIZES)
    std = float(theirs.std())
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.02 * std)
    assert ours.std() == pytest.approx(std, rel=0.01)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)
    if std:
        assert ks_2samp(ours.ravel(), theirs.ravel()).pvalue > 0.001


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "ones"])
def test_a_kernel_follows_from_seed_repeat_and_layer_alone(name):
    def drawn(*key):
        return INITIALIZERS[name](seeds.of_weights(*key), 20, 30)

    np.testing.assert_array_equal(drawn(1, 2, 3), drawn(1, 2, 3))
    keys = [(1, 2, 3), (2, 2, 3), (1, 1, 3), (1, 2, 2)]
    assert len({drawn(*key).tobytes() for key in keys}) == len(keys)
