"""The peer: one preset in bare Keras, as a notebook has it. Usage: plain_keras.py PRESET SEED.

Prints one JSON object: seconds of training, final MSE on training and validation rows.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
from hydra import compose, initialize_config_dir
from sklearn.datasets import make_regression


def main(preset: str, seed: int) -> None:
    """Make the data, fit the network, print the numbers."""
    with initialize_config_dir(str(Path(__file__).parents[1] / "conf"), version_base="1.3"):
        cfg = compose("config", [f"experiment={preset}"])
    data, spec, depth = cfg.dataset, cfg.training, cfg.model.depth
    hidden, y = make_regression(
        data.n_samples, n_features=1, noise=data.noise, bias=data.bias, random_state=data.seed
    )
    feature = {"linear": hidden[:, 0], "cubic": hidden[:, 0] ** 3, "sine": y}[data.kind]
    x = np.c_[np.ones(len(y)), feature]
    y = np.sin(4 * hidden[:, 0]) if data.kind == "sine" else y
    keras.utils.set_random_seed(seed)
    started = time.perf_counter()
    norm = keras.layers.Normalization()
    norm.adapt(x)
    names = cfg.model.activation
    names = [names] * depth if isinstance(names, str) else names
    hidden_layers = [keras.layers.Dense(cfg.model.width, activation=name) for name in names]
    model = keras.Sequential([norm, *hidden_layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(spec.learning_rate), loss="mse", metrics=["mse"])
    share = cfg.split.fraction
    model.fit(x, y, spec.batch_size, spec.epochs, verbose=0, validation_split=share)
    seconds = time.perf_counter() - started
    errors = (model.predict(x, verbose=0)[:, 0] - y) ** 2
    border = int(len(y) * (1 - share))
    numbers = {"seconds": seconds, "train": errors[:border].mean(), "val": errors[border:].mean()}
    print(json.dumps({name: float(value) for name, value in numbers.items()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
