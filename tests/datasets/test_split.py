from __future__ import annotations

import numpy as np
import pytest

from datasets import Split, split_rows


def split(how="tail", fraction=0.2, seed=0):
    return Split(how=how, fraction=fraction, seed=seed)


@pytest.mark.parametrize("n_rows", [2, 7, 100, 333, 500])
@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.3, 0.5])
def test_tail_is_what_keras_splits(n_rows, fraction):
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    rows = np.arange(n_rows)
    ((train,), (validation,)) = train_validation_split((rows,), validation_split=fraction)
    ours_T, ours_V = split_rows(n_rows, split(fraction=fraction))
    np.testing.assert_array_equal(ours_T, train)
    np.testing.assert_array_equal(ours_V, validation)


def test_shuffled_parts_the_rows_by_seed_alone():
    first_T, first_V = split_rows(100, split("shuffled", seed=3))
    again_T, again_V = split_rows(100, split("shuffled", seed=3))
    other_T, _ = split_rows(100, split("shuffled", seed=4))
    np.testing.assert_array_equal(first_T, again_T)
    np.testing.assert_array_equal(first_V, again_V)
    assert sorted([*first_T, *first_V]) == list(range(100))
    assert len(first_V) == 20
    assert list(first_T) != list(other_T)
    assert sorted(first_V) != list(range(80, 100))


def test_fraction_zero_trains_on_all_rows():
    train_T, validation_V = split_rows(10, split(fraction=0.0))
    assert len(train_T) == 10
    assert len(validation_V) == 0


@pytest.mark.parametrize(
    ("n_rows", "fraction", "side"), [(10, 0.95, "training"), (1, 0.5, "training")]
)
def test_an_empty_side_is_refused(n_rows, fraction, side):
    with pytest.raises(ValueError, match=f"no {side} row of {n_rows}"):
        split_rows(n_rows, split(fraction=fraction))
