"""Ways to damage a run's folder, by name: each takes the folder and leaves it changed.

Those of HOSTILE are followed by a status that fits, see `stamps.stamp`.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from functools import partial

import numpy as np

from tests.attacks.stamps import edit

DEEP = "[" * 10_000 + "]" * 10_000
NO_JSON = {
    "empty": "",
    "half": '{"state": "done", "config',
    "a list": "[]",
    "a number": "1",
    "text": '"done"',
    "null": "null",
    "nothing in it": "{}",
    "deep": DEEP,
    "deep within": '{"state": "done", "config": ' + DEEP + "}",
    "a lone surrogate": '{"state": "\\ud800"}',
    "nan": '{"state": NaN}',
    "infinity": '{"seconds": -Infinity}',
    "a huge number": '{"seconds": 1' + "0" * 5000 + "}",
    "bytes": "\x00\xff\xfe",
    "two documents": "{} {}",
}


def write(name, text):
    return lambda run: (run / name).write_text(text, encoding="utf-8")


def change(file, *keys, to):
    return lambda run: edit(run / file, *keys, to=to)


def empty(run, name):
    (run / name).write_bytes(b"")


def gone(run, name):
    (run / name).unlink()


def halve(run, name):
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: len(content) // 2])


def flip(run, name):
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (run / name).write_bytes(content)


def folder_instead(run, name):
    (run / name).unlink()
    (run / name).mkdir()


def pipe_instead(run, name):
    (run / name).unlink()
    os.mkfifo(run / name)


def sparse(run, name, size):
    with (run / name).open("wb") as file:
        file.truncate(size)


def arrays(name, **changed):
    """The arrays of a file with some others, or without those that are None."""

    def damage(run):
        with np.load(run / name) as kept:
            held = {**kept, **{key: make(kept) for key, make in changed.items() if make}}
        held = {key: one for key, one in held.items() if changed.get(key, one) is not None}
        np.savez(run / name, **held)

    return damage


def header(name, shape, descr="<f4"):
    """An npz file whose one array says that it has another shape."""

    def damage(run):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for key in ("epochs", "prediction"):
                text = repr({"descr": descr, "fortran_order": False, "shape": shape})
                text = text + " " * ((63 - len(text) - 10) % 64) + "\n"
                head = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
                archive.writestr(f"{key}.npy", head + b"\0" * 64)
        (run / name).write_bytes(stream.getvalue())

    return damage


def compressed(run, name):
    with np.load(run / name) as kept:
        np.savez_compressed(run / name, **kept)


def bomb(run, name):
    with zipfile.ZipFile(run / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("prediction.npy", bytes(50_000_000))


def bad_crc(run, name):
    """A bit of the data of the last part is another one."""
    with zipfile.ZipFile(run / name) as archive:
        last = archive.infolist()[-1]
    content = bytearray((run / name).read_bytes())
    content[last.header_offset + last.compress_size // 2 + 100] ^= 1
    (run / name).write_bytes(content)


def table(name, old, new):
    def damage(run):
        text = (run / name).read_text()
        assert old in text
        (run / name).write_text(text.replace(old, new, 1))

    return damage


def keras(run, change_tree=None, drop=None, add=None, weights=None):
    """A model.keras with another config, without a part, or with one more."""
    path = run / "model.keras"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != drop}
    if change_tree:
        tree = json.loads(parts["config.json"])
        change_tree(tree)
        parts["config.json"] = json.dumps(tree).encode()
    if weights:
        parts["model.weights.h5"] = weights(parts["model.weights.h5"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**parts, **(add or {})}.items():
            archive.writestr(name, content)


def keras_text(run, text):
    keras(run, add={"config.json": text})


def layer(number, **values):
    def change_tree(tree):
        tree["config"]["layers"][number]["config"].update(values)

    return partial(keras, change_tree=change_tree)


def lambda_layer(tree):
    code = ["4wEAAAAAAAAAAAAAAAEAAAADAAAA", None, None]
    own = {"name": "hidden_1", "function": {"class_name": "__lambda__", "config": {"value": code}}}
    tree["config"]["layers"][2] = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": own,
        "registered_name": None,
    }


def of_another_module(tree):
    tree["config"]["layers"][2]["config"]["kernel_initializer"] = {
        "module": "builtins",
        "class_name": "print",
        "config": {},
        "registered_name": "print",
    }


def wide_build(tree):
    tree["config"]["layers"][2]["build_config"]["input_shape"] = [None, 10**12]


def deep_config(tree):
    inner = {}
    for _ in range(150):
        inner = {"a": inner}
    tree["config"]["layers"][2]["config"]["kernel_initializer"] = inner


def h5(edit_file):
    """The weights of a model changed by somebody with an HDF5 library."""

    def weights(content):
        import h5py

        stream = io.BytesIO(content)
        with h5py.File(stream, "r+") as file:
            edit_file(file, h5py)
        return stream.getvalue()

    return partial(keras, weights=weights)


def external(file, h5py):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/")


def huge(file, h5py):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"].create_dataset("0", shape=(10**7, 10**6), dtype="f4")


def other_shape(file, h5py):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"]["0"] = np.zeros((3, 3), np.float32)


def soft(file, h5py):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense/vars/1")


# The status itself: nothing can be read then.
STATUS = {
    **{f"status.json: {name}": write("status.json", text) for name, text in NO_JSON.items()},
    "status.json: a folder": lambda run: folder_instead(run, "status.json"),
    "status.json: a pipe": lambda run: pipe_instead(run, "status.json"),
    "status.json: 3 GB": lambda run: sparse(run, "status.json", 3 * 2**30),
    **{
        f"status.json: {'.'.join(keys)} is {str(to)[:20]!r}": change("status.json", *keys, to=to)
        for keys, to in [
            (("state",), 3),
            (("state",), "well"),
            (("config",), []),
            (("config",), {"model": 3}),
            (("config", "model"), {"kind": ["network"]}),
            (("config", "model", "kind"), {"a": {"b": {"c": 1}}}),
            (("config", "split"), None),
            (("data",), "none"),
            (("data", "features"), 3),
            (("data", "features"), [["x"]]),
            (("data", "sha256"), 5),
            (("data", "rows"), "many"),
            (("data", "rows"), -3),
            (("data", "vary"), 7),
            (("label",), None),
            (("command",), ["rm"]),
            (("diverged_at",), 5),
            (("diverged_at",), ["x"]),
            (("shown_repeat",), -1),
            (("shown_repeat",), 1.5),
            (("notes",), {"a": 1}),
            (("seconds",), "long"),
            (("error",), 5),
            (("started",), 5),
            (("versions",), []),
            (("files",), []),
            (("files",), {"metrics.json": 3}),
            (("files",), {"../../x": {"bytes": 1, "sha256": ""}}),
            (("files",), {"/etc/passwd": {"bytes": 1, "sha256": ""}}),
            (("files",), {"metrics.json": {"bytes": 10**30, "sha256": "x"}}),
        ]
    },
}
# Files that the status no longer fits: the folder is broken.
BROKEN = {
    f"{name}: {how.__name__}": partial(how, name=name)
    for name in ("metrics.json", "history.csv", "predictions.csv", "snapshots.npz", "model.keras")
    for how in (empty, gone, halve, flip, folder_instead, pipe_instead)
}
# With a status that fits; the comparison reads these numbers.
METRICS = {
    **{f"metrics.json: {name}": write("metrics.json", text) for name, text in NO_JSON.items()},
    "metrics.json: 3 GB": lambda run: sparse(run, "metrics.json", 2**26 + 1),
    **{
        f"metrics.json: {'.'.join(keys)} is {str(to)[:20]!r}": change("metrics.json", *keys, to=to)
        for keys, to in [
            (("val/mse",), None),
            (("val/mse", "mean"), "x"),
            (("val/mse", "mean"), None),
            (("val/mse", "typical"), None),
            (("val/mse", "typical"), -1.0),
            (("val/mse", "values"), []),
            (("val/mse", "values"), [1.0]),
            (("val/mse", "values"), [1.0, None, 2.0]),
            (("val/mse", "values"), "many"),
            (("val/mse", "ci95"), [1.0]),
            (("val/mse", "std"), {"a": 1}),
            (("references",), {}),
            (("references",), []),
            (("references", "mean_predictor"), None),
            (("references", "mean_predictor"), {"train/mse": 1.0}),
            (("references", "noise_floor"), "low"),
            (("parameters",), {}),
            (("parameters", "trainable"), "all"),
            (("repeats",), 0),
            (("repeats",), 10**400),
            (("epochs",), -1),
            (("seconds",), {"training": "x"}),
            (("seconds",), None),
            (("unlearned",), {"val/mse": "x"}),
        ]
    },
}
# With a status that fits: pictures, pages and models read these.
RECORD = {
    "history.csv: other columns": write("history.csv", "a,b\n1,2\n"),
    "history.csv: words": table("history.csv", "\n0,1,", "\n0,one,"),
    "history.csv: more cells": table("history.csv", "\n0,1,", "\n0,0,1,"),
    "history.csv: a repeat too many": table("history.csv", "\n0,1,", "\n99,1,"),
    "history.csv: epoch 10**30": table("history.csv", "\n0,1,", f"\n0,{10**30},"),
    "history.csv: bytes": write("history.csv", "\x00\xff" * 100),
    "history.csv: an open quote": table("history.csv", "repeat", '"repeat'),
    "history.csv: a pipe": lambda run: pipe_instead(run, "history.csv"),
    "predictions.csv: a row less": lambda run: (run / "predictions.csv").write_text(
        (run / "predictions.csv").read_text().rsplit("\n", 2)[0] + "\n"
    ),
    "predictions.csv: words": table("predictions.csv", "\n0,train,", "\n0,train,x"),
    "predictions.csv: no target": table("predictions.csv", ",y,", ",z,"),
    "predictions.csv: only a header": lambda run: (run / "predictions.csv").write_text(
        (run / "predictions.csv").read_text().partition("\n")[0] + "\n"
    ),
    **{
        f"{name}: {how}": make
        for name in ("snapshots.npz", "grid.npz")
        for how, make in {
            "empty": write(name, ""),
            "text": write(name, "PK\x03\x04 no zip"),
            "half": partial(halve, name=name),
            "bad CRC": partial(bad_crc, name=name),
            "compressed": partial(compressed, name=name),
            "a bomb": partial(bomb, name=name),
            "objects": arrays(name, prediction=lambda kept: np.array([{}, []], dtype=object)),
            "text array": arrays(name, prediction=lambda kept: np.array(["a", "b"])),
            "another shape": arrays(name, prediction=lambda kept: kept["prediction"][:, :3]),
            "a scalar": arrays(name, prediction=lambda kept: np.float32(3)),
            "complex": arrays(name, prediction=lambda kept: kept["prediction"] * 1j),
            "without it": arrays(name, prediction=None),
            "terabytes": header(name, (10**6, 10**7)),
            "a negative shape": header(name, (-1, 16)),
            "a shape of words": header(name, "x"),
            "a dtype of words": header(name, (16,), "no dtype"),
            "an object dtype": header(name, (8,), "|O"),
            "a nested dtype": header(name, (8,), [("a", "<f4", (10**9,))]),
        }.items()
    },
    "model.txt: bytes": lambda run: (run / "model.txt").write_bytes(b"\xff\xfe\x00"),
    "model.txt: 100 MB": lambda run: sparse(run, "model.txt", 10**8),
}
MODEL = {
    "model.keras: empty": write("model.keras", ""),
    "model.keras: text": write("model.keras", "PK no zip"),
    "model.keras: half": partial(halve, name="model.keras"),
    "model.keras: 3 GB of zeros": lambda run: sparse(run, "model.keras", 3 * 2**30),
    "model.keras: a folder": lambda run: folder_instead(run, "model.keras"),
    "model.keras: a pipe": lambda run: pipe_instead(run, "model.keras"),
    "model.keras: no config": partial(keras, drop="config.json"),
    "model.keras: no weights": partial(keras, drop="model.weights.h5"),
    "model.keras: no metadata": partial(keras, drop="metadata.json"),
    "model.keras: one more part": partial(keras, add={"../evil": b"x"}),
    "model.keras: a bomb": lambda run: bomb(run, "model.keras"),
    "model.keras: config is a list": partial(keras_text, text="[]"),
    "model.keras: config is deep": partial(keras_text, text=DEEP),
    "model.keras: config is nan": partial(keras_text, text="NaN"),
    "model.keras: deep initializer": partial(keras, change_tree=deep_config),
    "model.keras: a Lambda": partial(keras, change_tree=lambda_layer),
    "model.keras: builtins.print": partial(keras, change_tree=of_another_module),
    "model.keras: a billion units": layer(2, units=10**9),
    "model.keras: other units": layer(2, units=5),
    "model.keras: other activation": layer(2, activation="softmax"),
    "model.keras: an activation of a dict": layer(2, activation={"class_name": "exec"}),
    "model.keras: other name": layer(2, name="hidden_9"),
    "model.keras: other features": layer(0, batch_shape=[None, 9]),
    "model.keras: a wide build": partial(keras, change_tree=wide_build),
    "model.keras: a layer less": partial(
        keras, change_tree=lambda tree: tree["config"]["layers"].pop(2)
    ),
    "model.keras: a layer more": partial(
        keras, change_tree=lambda tree: tree["config"]["layers"].append({"class_name": "x"})
    ),
    "model.keras: weights are text": partial(keras, add={"model.weights.h5": b"no HDF5"}),
    "model.keras: an external link": h5(external),
    "model.keras: a soft link": h5(soft),
    "model.keras: 40 TB": h5(huge),
    "model.keras: another shape": h5(other_shape),
}
