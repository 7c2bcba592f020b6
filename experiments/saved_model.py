"""The network of a run's folder, loaded only where it is the one that the run's config describes.

A `.keras` file can hold any layer of Keras, and layers can hold code: this one is looked at first.
Its hash is compared with the status, its parts with what archlab writes, its layers with the
config, its arrays with the layers; then Keras reads it in its safe mode.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from models import MODELS, Model

from .errors import DamagedError, StorageError
from .record import About
from .storage import run_folder
from .storage.guarded.arrays import stored_parts
from .storage.guarded.content import MIB, content_of
from .storage.guarded.schemas import json_tree
from .storage.guarded.shapes import known_features
from .storage.model_file import ARCHITECTURE, METADATA, WEIGHTS

if TYPE_CHECKING:
    import keras

# Bytes that a file has at most: for each parameter (float64, two moments of an optimizer, and some
# room), for each layer, and besides.
EACH, A_LAYER, BESIDE = 32, MIB // 4, 4 * MIB
# What the layers may be made of, by module.
KNOWN = {
    "keras": {"Sequential", "DTypePolicy"},
    "keras.layers": {"InputLayer", "Normalization", "Dense", "Rescaling"},
    "keras.initializers": {"GlorotUniform", "Zeros"},
    "keras.regularizers": {"L2"},
}
MOST_OBJECTS = 1000  # of an HDF5 file, and so many more for each layer


def load_network(folder: Path, about: About | None = None) -> keras.Sequential:
    """The saved network of a finished run, not compiled.

    Args:
        folder: of the run.
        about: what its status says, where that is known already.

    Raises:
        DamagedError: where the file is not that of the status, or holds another network than the
            config describes.
        StorageError: where the file is a symbolic link, or cannot be read.
    """
    from keras.saving import load_model

    path = folder / run_folder.MODEL_FILE
    status = run_folder.read_status(folder)
    about = about or run_folder.about_of(status)
    features = len(known_features(about, folder / run_folder.STATUS))
    spec = _spec(about, folder / run_folder.STATUS)
    most = BESIDE + A_LAYER * len(spec.layers) + EACH * spec.parameters(features)[0]
    try:
        content = content_of(path, most)
    except FileNotFoundError:
        raise DamagedError.at(path, "is missing") from None
    except OSError as error:
        raise StorageError.of(error, path) from error
    listed = status["files"].get(run_folder.MODEL_FILE, {}).get("sha256")
    if hashlib.sha256(content).hexdigest() != listed:
        raise DamagedError.at(path, f"is not the file that {run_folder.STATUS} lists")
    try:
        check_archive(content, spec, features)
        return load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras and HDF5 raise what they like
        first, *_ = str(error).strip().splitlines() or [type(error).__name__]
        what = f"does not hold the network that the run's config describes: {first[:200]}"
        raise DamagedError.at(path, what) from error


def _spec(about: About, path: Path) -> Model:
    """What the config says of the model."""
    section = about.config.get("model", {})
    kind = str(section.get("kind"))
    if kind not in MODELS:
        raise DamagedError.at(path, f"describes no model, but model.kind {kind[:50]!r}")
    try:
        adapter: TypeAdapter[Model] = TypeAdapter(MODELS[kind])
        return adapter.validate_json(json.dumps(section))
    except ValueError as error:
        what = f"describes no model: {str(error).splitlines()[0]}"
        raise DamagedError.at(path, what) from None


def check_archive(content: bytes, spec: Model, features: int) -> None:
    """Raise ValueError unless a `.keras` file holds the layers of a spec and nothing else."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = stored_parts(archive)
        if set(parts) != {METADATA, ARCHITECTURE, WEIGHTS}:
            raise ValueError(f"its parts are {sorted(parts)}")
        tree, weights = json_tree(archive.read(ARCHITECTURE)), archive.read(WEIGHTS)
        json_tree(archive.read(METADATA))
    _check_layers(tree, spec, features)
    _check_objects({**tree, "compile_config": None})  # which is not used
    _check_arrays(weights, MOST_OBJECTS * (1 + len(spec.layers)))


def _check_layers(tree: Any, spec: Model, features: int) -> None:
    """Layer by layer: class, name, shape, units and activation."""
    found = [_layer_facts(entry) for entry in tree["config"]["layers"]]
    sizes = [features, *(layer.units for layer in spec.layers), 1]
    names = [*(f"hidden_{n}" for n, _ in enumerate(spec.layers, start=1)), "output"]
    activations = [*(layer.activation for layer in spec.layers), "linear"]
    wanted: list[tuple[Any, ...]] = [("InputLayer", "features", features, None, None)]
    if spec.trained:
        wanted.append(("Normalization", "normalization", features, None, None))
    for name, (inputs, units), activation in zip(names, pairwise(sizes), activations, strict=True):
        wanted.append(("Dense", name, inputs, units, activation))
    if len(found) == len(wanted) + 1:
        wanted.append(("Rescaling", "target_units", 1, None, None))
    if len(found) != len(wanted):
        raise ValueError(f"it has {len(found)} layers of {len(wanted)}")
    for one, other in zip(found, wanted, strict=True):
        if one != other:
            raise ValueError(f"it has the layer {one} where {other} belongs")
    if tree["config"]["build_input_shape"][1:] != [features]:
        raise ValueError("it is built for another number of features")


def _layer_facts(entry: Any) -> tuple[Any, ...]:
    """What has to be as the config says: class, name, inputs, units, activation."""
    own = entry["config"]
    shape = own.get("batch_shape") or entry.get("build_config", {}).get("input_shape") or [None]
    known = own.get("units"), own.get("activation")
    return str(entry["class_name"]), str(own["name"]), shape[-1] if len(shape) == 2 else 1, *known


def _check_objects(tree: Any) -> None:
    """Every object that Keras would make of a part of the tree is one of ours."""
    if isinstance(tree, list):
        for part in tree:
            _check_objects(part)
    if isinstance(tree, dict):
        if {"class_name", "module", "registered_name"} & tree.keys():
            name, module = tree.get("class_name"), tree.get("module")
            if tree.get("registered_name") is not None or name not in KNOWN.get(str(module), ()):
                raise ValueError(f"it holds {module!s:.50}.{name!s:.50}, which archlab never saves")
        for part in tree.values():
            _check_objects(part)


def _check_arrays(weights: bytes, most: int) -> None:
    """No array is larger than its bytes in the file, and none lies in another file."""
    import h5py

    with h5py.File(io.BytesIO(weights)) as file:
        groups, seen = [file["/"]], 0
        while groups:
            group = groups.pop()
            for name in group:
                seen += 1
                if seen > most or not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ValueError(f"its weights hold a link, or more than {most:,} objects")
                one = group[name]
                if isinstance(one, h5py.Group):
                    groups.append(one)
                elif one.id.get_storage_size() != one.nbytes or one.external or one.is_virtual:
                    raise ValueError(f"its weights {one.name[:50]!r} are not all in the file")
