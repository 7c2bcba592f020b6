"""All randomness of training: pure functions of (seed, repeat, what for), whatever ran before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Keeps the two uses of a seed apart: layer 3 and epoch 3 must not draw the same numbers.
_WEIGHTS, _ORDER = 0, 1
# About how many snapshots a training leaves.
SNAPSHOTS = 40

Words32 = NDArray[np.uint32]
# Of `np.random.SeedSequence`, whose numbers NumPy promises never to change.
_POOL, _ENTROPY, _STATE = 4, (0x43B0D7E5, 0x931E8875), (0x8B51F9DD, 0x58F38DED)
_LEFT, _RIGHT, _HALF = np.uint32(0xCA01F9DD), np.uint32(0x4973F715), np.uint32(16)


def of_weights(seed: int, repeat: int, layer: int) -> np.random.Generator:
    """What the initial kernel of a layer is drawn from."""
    return np.random.default_rng([seed, repeat, _WEIGHTS, layer])


def batch_order(n_rows: int, seed: int, repeat: int, epoch: int) -> NDArray[np.int64]:
    """The order (n_rows,) in which training rows are visited in `epoch`, counted from 0."""
    return np.random.default_rng([seed, repeat, _ORDER, epoch]).permutation(n_rows)


def batch_orders(
    n_rows: int, seed: int, repeats: Sequence[int], epochs: range
) -> Iterator[NDArray[np.int64]]:
    """`batch_order` of several epochs, (E, n_rows), of one repeat after the other.

    To make a generator from a seed takes NumPy twice as long as the order that it draws, nearly all
    of it to spread the seed: here that is done for all at once.
    """
    states_K = _seed_states([seed, np.array(repeats, int)[:, None], _ORDER, np.array(epochs, int)])
    for state_Ex4 in states_K.reshape(len(repeats), len(epochs), _POOL):
        order_ExN = np.tile(np.arange(n_rows), (len(epochs), 1))
        for order_N, state in zip(order_ExN, state_Ex4, strict=True):
            spread: Any = _Spread(state)  # NumPy's types know no seeds but its own
            np.random.Generator(np.random.PCG64(spread)).shuffle(order_N)
        yield order_ExN


class _Spread(np.random.bit_generator.ISeedSequence):
    """A seed that is spread already."""

    def __init__(self, state: NDArray[np.uint64]) -> None:
        self.state = state

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[np.uint64]:
        """The state (4,), which is what `PCG64` asks for."""
        return self.state


def _seed_states(numbers: list[Any]) -> NDArray[np.uint64]:
    """What `SeedSequence(numbers)` gives PCG64, for many at once, (K, 4).

    numbers: at least 0 and broadcast to K; those that are no arrays can have any size.
    """
    words = [word for number in numbers for word in _seed_words(number)]
    words += [np.array(0, np.uint32)] * (_POOL - len(words))
    words = list(np.broadcast_arrays(*words))
    hashed = _hashing(*_ENTROPY)
    pool = [hashed(word) for word in words[:_POOL]]
    for source in range(_POOL):
        for target in range(_POOL):
            if target != source:
                pool[target] = _mixed(pool[target], hashed(pool[source]))
    for word in words[_POOL:]:
        pool = [_mixed(one, hashed(word)) for one in pool]
    hashed = _hashing(*_STATE)
    halves = [hashed(pool[k % _POOL]).ravel().astype(np.uint64) for k in range(2 * _POOL)]
    pairs = zip(halves[::2], halves[1::2], strict=True)
    return np.stack([low | (high << np.uint64(32)) for low, high in pairs], axis=1)


def _seed_words(number: Any) -> list[Words32]:
    """A number of any size by words of 32 bits, the lowest first; an array is one word."""
    if isinstance(number, int) and number >> 32:
        return [np.array(number & (2**32 - 1), np.uint32), *_seed_words(number >> 32)]
    return [np.array(number, np.uint32)]


def _hashing(constant: int, factor: int) -> Callable[[Words32], Words32]:
    """Each word is hashed with a constant of its own."""

    def hashed(word: Words32) -> Words32:
        nonlocal constant
        before, constant = constant, constant * factor % 2**32
        word = (word ^ np.uint32(before)) * np.uint32(constant)
        return word ^ (word >> _HALF)

    return hashed


def _mixed(one: Words32, other: Words32) -> Words32:
    word: Words32 = one * _LEFT - other * _RIGHT
    return word ^ (word >> _HALF)


def snapshot_epochs(epochs: int) -> NDArray[np.int64]:
    """Some SNAPSHOTS log-spaced numbers of finished epochs, from 0 (untrained) to `epochs`."""
    if epochs == 0:
        return np.zeros(1, dtype=np.int64)
    spaced = np.unique(np.geomspace(1, epochs, SNAPSHOTS).round().astype(np.int64))
    return np.concatenate([np.zeros(1, dtype=np.int64), spaced])


def small_normal(n_inputs: int, n_outputs: int, seed: int, repeat: int) -> NDArray[np.float64]:
    """Initial weights of shape (n_inputs, n_outputs) for gradient descent, normal x 0.01.

    Draw number `repeat` from NumPy's older generator, which the guide of this model uses: seed 3
    starts where the guide starts, and so ends on its very digits.
    """
    draws = np.random.RandomState(seed).normal(size=(repeat + 1, n_outputs, n_inputs))
    return np.asarray(draws[repeat].T * 0.01)
