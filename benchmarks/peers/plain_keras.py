"""The peer: networks in bare Keras, one after the other, as a notebook has them.

Usage: python -m benchmarks.peers.plain_keras MOST_EPOCHS JOB..., a job being the overrides of a run
with spaces between. Prints one JSON object: imports, and for each job what it takes up to the end
of the first epoch (building, compiling, tracing), each epoch after that, and how many epochs it
has. What something takes is [wall seconds, CPU seconds].
"""

from __future__ import annotations

import sys
import time

started = (time.perf_counter(), time.process_time())

import json  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.datasets import make_regression  # noqa: E402


def since(begun: tuple[float, float]) -> tuple[float, float]:
    """Wall and CPU seconds since then."""
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def fit(cfg: Any, seed: int, most: int) -> dict[str, Any]:
    """Make the data, fit the network for at most some epochs, and tell how long it took."""
    data, spec, depth = cfg.dataset, cfg.training, cfg.model.depth
    hidden, y = make_regression(
        data.n_samples, n_features=1, noise=data.noise, bias=data.bias, random_state=data.seed
    )
    feature = {"linear": hidden[:, 0], "cubic": hidden[:, 0] ** 3, "sine": y}[data.kind]
    x = np.c_[np.ones(len(y)), feature]
    y = np.sin(4 * hidden[:, 0]) if data.kind == "sine" else y
    keras.utils.set_random_seed(seed)
    ends: list[tuple[float, float]] = []
    begun = (time.perf_counter(), time.process_time())
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(since(begun)))
    norm = keras.layers.Normalization()
    norm.adapt(x)
    names = cfg.model.activation
    names = [names] * depth if isinstance(names, str) else names
    hidden_layers = [keras.layers.Dense(cfg.model.width, activation=name) for name in names]
    model = keras.Sequential([norm, *hidden_layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(spec.learning_rate), loss="mse", metrics=["mse"])
    share, epochs = cfg.split.fraction, min(most, spec.epochs)
    model.fit(x, y, spec.batch_size, epochs, verbose=0, validation_split=share, callbacks=[clock])
    first, last = ends[0], ends[-1]
    each = [(z - a) / max(epochs - 1, 1) for a, z in zip(first, last, strict=True)]
    return {"first": first, "each": each, "epochs": spec.epochs}


def main(most: int, jobs: list[str]) -> None:
    """Fit every job and print the numbers; reading our configs is no part of the peer's time."""
    imports = since(started)
    # TensorFlow's first use costs once, so it must not be scaled up with a sample: it is left out.
    tiny = keras.Sequential([keras.layers.Dense(1)])
    tiny.compile("adam", loss="mse")
    tiny.fit(np.ones((2, 1)), np.ones(2), verbose=0)

    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(Path(__file__).parents[2] / "conf"), version_base="1.3"):
        configs = [compose("config", job.split()) for job in jobs]
    fits = [fit(cfg, seed, most) for seed, cfg in enumerate(configs)]
    print(json.dumps({"imports": imports, "fits": fits}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
