"""`model.keras`: saved by Keras once for each network, afterwards by putting new values in place.

Keras takes some 50 ms to save a small network, whose file is the same each time but for the bytes
of its arrays. What it wrote is trusted no further than it can be read back: where an array of the
network is not found in the file as it is in memory, Keras saves that network every time.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

METADATA, ARCHITECTURE, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"


@dataclass(frozen=True, eq=False)
class SavedFile:
    """The file of a network, in parts.

    arrays: of each layer, by its name, where in the weights' bytes its arrays begin.
    """

    metadata: dict[str, Any]
    config: dict[str, Any]
    weights: bytes
    arrays: dict[str, list[int]]


@cache
def _saved() -> WeakKeyDictionary[Any, SavedFile | None]:
    """The files of networks that are still in use; None of those that Keras saves every time."""
    return WeakKeyDictionary()


def save_network(network: Any, path: Path, adapted_rows: int) -> None:
    """Write a network into a file as `network.save` would.

    One that was saved before may have got other weights, other activations and other statistics of
    its Normalization, and a Rescaling other numbers; nothing else of it may have changed.

    Args:
        network: compiled, never trained.
        path: of the file.
        adapted_rows: how many rows its Normalization was last adapted on, which Keras writes down
            where a network is new.
    """
    known = _saved()
    if not known.get(network):
        network.save(path)
        if network not in known:
            known[network] = _parts_of(network, path)
    # Also the first time: it may have been adapted for a run that failed before it was saved.
    if saved := known[network]:
        _save_anew(saved, network, path, adapted_rows)


def _save_anew(saved: SavedFile, network: Any, path: Path, adapted_rows: int) -> None:
    weights = bytearray(saved.weights)
    for layer in network.layers:
        for start, variable in zip(saved.arrays[layer.name], layer.weights, strict=True):
            array = np.asarray(variable).tobytes()
            weights[start : start + len(array)] = array
    for entry in saved.config["config"]["layers"]:
        if entry["class_name"] == "Rescaling":
            own: Any = network.get_layer(entry["config"]["name"])
            entry["config"].update(scale=own.scale, offset=own.offset)
        elif entry["class_name"] == "Dense":
            config = network.get_layer(entry["config"]["name"]).get_config()
            entry["config"]["activation"] = config["activation"]
        elif entry["class_name"] == "Normalization" and entry["build_config"]["input_shape"][0]:
            entry["build_config"]["input_shape"][0] = adapted_rows
    now = datetime.now().strftime("%Y-%m-%d@%H:%M:%S")  # as Keras does
    parts = {
        METADATA: json.dumps({**saved.metadata, "date_saved": now}).encode(),
        ARCHITECTURE: json.dumps(saved.config).encode(),
        WEIGHTS: bytes(weights),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            with archive.open(name, "w") as part:
                part.write(content)


def _parts_of(network: Any, path: Path) -> SavedFile | None:
    """The parts of what Keras saved; None where it is not laid out as expected."""
    with zipfile.ZipFile(path) as archive:
        if archive.namelist() != [METADATA, ARCHITECTURE, WEIGHTS]:
            return None
        metadata, config, weights = (archive.read(name) for name in archive.namelist())
    arrays = _arrays(weights)
    for layer in network.layers:
        values = [np.asarray(variable).tobytes() for variable in layer.weights]
        found = arrays.setdefault(layer.name, [])
        if len(found) != len(values) or not all(map(weights.startswith, values, found)):
            return None
    return SavedFile(json.loads(metadata), json.loads(config), weights, arrays)


def _arrays(weights: bytes) -> dict[str, list[int]]:
    """Where the arrays of each layer begin in an HDF5 file, in the order of their numbers."""
    import h5py

    with h5py.File(io.BytesIO(weights)) as file:
        groups = [layer["vars"] for layer in file["layers"].values()]
        return {
            str(group.attrs["name"]): [group[str(n)].id.get_offset() for n in range(len(group))]
            for group in groups
            if "name" in group.attrs
        }
