"""The peer: the stack written by hand in JAX.

Usage: python jax_vmap.py IN OUT TOGETHER, in an environment of its own that holds JAX and NumPy and
nothing of ours. IN is what `handed_over` writes: the same initial weights, batch orders and rows.
OUT gets the last training and validation error of each run's repeats. TOGETHER says what shares a
program on data of one shape: `each`, runs of one architecture; `width`, its activations; `band`,
also widths up to 20 and those above, padded; `depth`, all widths, padded.

Prints one JSON object: wall and CPU seconds from arrays that are loaded to all results, compilation
included, and how many programs and networks.

Members lie along the axis of `vmap`; an epoch is one `scan` over its batches, a training one over
its epochs, each with the error on all validation rows at its end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

ACTIVATIONS = {
    "linear": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
}
NARROW = 20  # units
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7  # Keras' Adam


def predict(names: tuple[str, ...], weights: Any, masks: Any, code: Any, x: Any) -> Any:
    """Predictions (B,) of one member; of several activations each member takes its own."""
    for layer, mask in enumerate(masks):
        z = x @ weights[2 * layer] + weights[2 * layer + 1]
        out = ACTIVATIONS[names[0]](z)
        for number, name in enumerate(names[1:], start=1):
            out = jnp.where(code == number, ACTIVATIONS[name](z), out)
        x = out if mask is None else out * mask
    return (x @ weights[-2])[:, 0] + weights[-1][0]


def train(names: tuple[str, ...], batch: int, one: Any) -> Any:
    """One member's whole training: losses and validation errors (E,)."""
    x, y, order, held = one["x"], one["y"], one["order"], one["validation"]
    epochs, rows = order.shape
    steps = -(-rows // batch)
    padding = steps * batch - rows
    order = jnp.pad(order, ((0, 0), (0, padding))).reshape(epochs, steps, batch)
    real = jnp.pad(jnp.ones(rows), (0, padding)).reshape(steps, batch)
    fixed = (one["masks"], one["code"])

    def loss(weights: Any, rows_B: Any, real_B: Any) -> Any:
        error = predict(names, weights, *fixed, x[rows_B]) - y[rows_B]
        squares = jnp.sum(error * error * real_B)
        return squares / jnp.sum(real_B), squares

    def step(state: Any, rows_and_real: Any) -> Any:
        weights, m, v, t = state
        (_, squares), slopes = jax.value_and_grad(loss, has_aux=True)(weights, *rows_and_real)
        t = t + 1
        rate = one["rate"] * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
        m = [a + (g - a) * (1 - BETA_1) for a, g in zip(m, slopes, strict=True)]
        v = [a + (g * g - a) * (1 - BETA_2) for a, g in zip(v, slopes, strict=True)]
        weights = [
            w - rate * a / (jnp.sqrt(b) + EPSILON) for w, a, b in zip(weights, m, v, strict=True)
        ]
        return (weights, m, v, t), squares

    def epoch(state: Any, order_SxB: Any) -> Any:
        state, squares = jax.lax.scan(step, state, (order_SxB, real))
        error = predict(names, state[0], *fixed, x[held]) - y[held]
        return state, (jnp.sum(squares) / rows, jnp.mean(error * error))

    weights = one["weights"]
    nothing = [jnp.zeros_like(weight) for weight in weights]
    _, (losses, errors) = jax.lax.scan(epoch, (weights, nothing, nothing, 0.0), order)
    return losses, errors


def key_of(run: dict[str, Any], data: dict[str, Any], together: str) -> tuple[Any, ...]:
    """What runs must have in common to share a program."""
    shape = (data["order"].shape, len(data["validation"]), run["batch"], len(run["units"]))
    own = {"depth": (), "band": (run["units"][0] > NARROW,), "width": (run["units"][0],)}
    return *shape, *own.get(together, (run["units"][0], run["activation"]))


def members_of(runs: list[int], told: list[dict[str, Any]], arrays: Any) -> dict[str, Any]:
    """The members of one program, stacked; widths are padded where they differ."""
    width = max(told[run]["units"][0] for run in runs)
    names = sorted({told[run]["activation"] for run in runs})
    padded = len({told[run]["units"][0] for run in runs}) > 1
    ones = []
    for run in runs:
        data, depth = told[run]["data"], len(told[run]["units"])
        sizes = [arrays[f"x_{data}"].shape[1], *[width] * depth, 1]
        mask = (np.arange(width) < told[run]["units"][0]).astype(np.float32)
        for repeat, order in enumerate(arrays[f"order_{data}"]):
            weights = []
            for place in range(2 * depth + 2):
                given = arrays[f"weights_{run}_{place}"][repeat]
                layer = place // 2
                wanted = (sizes[layer], sizes[layer + 1]) if place % 2 == 0 else (sizes[layer + 1],)
                edges = [(0, w - g) for w, g in zip(wanted, given.shape, strict=True)]
                weights.append(np.pad(given, edges))
            ones.append(
                {
                    "x": arrays[f"x_{data}"],
                    "y": arrays[f"y_{data}"],
                    "order": order,
                    "validation": arrays[f"validation_{data}"],
                    "weights": weights,
                    "masks": [mask if padded else None] * depth,
                    "code": np.int32(names.index(told[run]["activation"])),
                    "rate": np.float32(told[run]["rate"]),
                }
            )
    stacked: dict[str, Any] = jax.tree.map(lambda *leaves: np.stack(leaves), *ones)
    return stacked


def fit(runs: list[int], told: list[dict[str, Any]], arrays: Any) -> Any:
    """Train the runs of one program; losses and validation errors at the end, (run, repeat)."""
    names = tuple(sorted({told[run]["activation"] for run in runs}))
    program = jax.jit(jax.vmap(partial(train, names, told[runs[0]]["batch"])))
    losses, errors = program(members_of(runs, told, arrays))
    return (np.asarray(each)[:, -1].reshape(len(runs), -1) for each in (losses, errors))


def main(file: str, result: str, together: str) -> None:
    """Train everything, and print the seconds."""
    with np.load(file) as stored:
        arrays = dict(stored)
    told = json.loads(str(arrays.pop("runs")))
    jnp.zeros(1).block_until_ready()  # wakes the device
    started, cpu_started = time.perf_counter(), time.process_time()
    groups: dict[Any, list[int]] = defaultdict(list)
    for number, run in enumerate(told):
        data = {key: arrays[f"{key}_{run['data']}"] for key in ("order", "validation")}
        groups[key_of(run, data, together)].append(number)
    found = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = [(runs, pool.submit(fit, runs, told, arrays)) for runs in groups.values()]
        for runs, done in pending:
            for run, losses, errors in zip(runs, *done.result(), strict=True):
                found[run] = (losses, errors)
    took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu_started}
    ends = [np.stack([found[run][side] for run in range(len(told))]) for side in range(2)]
    np.savez(result, loss=ends[0], val_loss=ends[1])
    print(json.dumps({**took, "programs": len(groups), "networks": ends[0].size}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
