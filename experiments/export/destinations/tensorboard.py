"""TensorBoard: a log folder a run, with scalars, figures and what HPARAMS compares."""

from __future__ import annotations

import os
import shlex
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...comparison.run_names import plain
from ...plots import picture_files
from ...storage import files
from ...storage.guarded.content import PICTURE_BYTES, content_of
from ...terminal import native_noise_to
from ..shipment import LOSS_COLUMNS, Shipment, ShippedRun, numbers_of
from . import Destination, Receipt, Sending

# TensorBoard reads every file with `tfevents` in its name; ours has one name, so nothing doubles.
EVENTS = "events.out.tfevents.archlab"
FILE_VERSION = "brain.Event:2"  # what such a file begins with
SHOWN = {"_typical": "typical", "": "mean", "_std": "std", "_ci95_low": "low", "_ci95_high": "high"}


class Moment(NamedTuple):
    """One event: seconds since 1970, the epoch, and what was seen then, a summary."""

    at: float
    epoch: int
    summary: Any


def _send_events(shipment: Shipment, sending: Sending) -> Receipt:
    """Write a log folder for each run, below `outputs/tensorboard/<name>` without another.

    The file of an earlier time is replaced, and nothing else is touched.
    """
    to = Path(sending.to or Path("outputs", "tensorboard", sending.name))
    kinds = _axis_kinds(shipment)
    known = 0
    with native_noise_to(Path(os.devnull)):
        _write_events(to, _sweep_events(shipment, kinds))
        for run in shipment.runs:
            folder = to / run.row.folder
            known += (folder / EVENTS).is_file()
            _write_events(
                folder, [*_session_events(run, kinds), *_scalar_events(run), *_figure_events(run)]
            )
            sending.step()
    look = f"tensorboard --logdir {shlex.quote(str(to))}"
    return Receipt(len(shipment.runs) - known, known, str(to), look)


def _write_events(folder: Path, entries: Sequence[Moment]) -> None:
    """Write the events of a folder, in place of those of an earlier time."""
    import tensorflow as tf
    from tensorboard.compat.proto.event_pb2 import Event

    folder.mkdir(parents=True, exist_ok=True)
    begun = entries[0].at if entries else 0.0
    with files.replacing(folder / EVENTS) as aside:
        aside.touch()  # that it cannot be written is an OSError
        with tf.io.TFRecordWriter(str(aside)) as writer:
            head = Event(wall_time=begun, file_version=FILE_VERSION)
            writer.write(head.SerializeToString())
            for entry in entries:
                event = Event(wall_time=entry.at, step=entry.epoch)
                event.summary.MergeFromString(entry.summary.SerializeToString())
                writer.write(event.SerializeToString())


def _sweep_events(shipment: Shipment, kinds: dict[str, type]) -> list[Moment]:
    """What is compared, and the verdict."""
    from tensorboard.plugins.hparams import summary_v2 as hp
    from tensorboard.plugins.text.summary_v2 import text_pb

    at = min(run.started for run in shipment.runs)
    finals = dict.fromkeys(run.metrics.final_name for run in shipment.runs if run.metrics)
    values: dict[str, set[Any]] = {key: set() for key in kinds}
    for run in shipment.runs:
        for key, value in _axis_values(run, kinds).items():
            values[key].add(value)
    axes = [hp.HParam(key, hp.Discrete(values[key], kind)) for key, kind in kinds.items()]
    metrics = [
        hp.Metric(f"{name}{suffix}", display_name=f"{name} {word}")
        for name in finals
        for suffix, word in SHOWN.items()
    ]
    return [
        Moment(at, 0, hp.hparams_config_pb(axes, metrics, time_created_secs=at)),
        Moment(at, 0, text_pb("verdict", "\n\n".join(shipment.comparison.verdict))),
    ]


def _session_events(run: ShippedRun, kinds: dict[str, type]) -> Iterator[Moment]:
    """The run as one of those that HPARAMS compares."""
    from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
    from tensorboard.plugins.hparams.summary import session_end_pb
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    values = _axis_values(run, kinds)
    yield Moment(run.started, 0, hparams_pb(values, run.row.folder, run.started))
    status = STATUS_SUCCESS if run.row.state == "done" else STATUS_FAILURE
    yield Moment(run.ended, 0, session_end_pb(status, run.ended))


def _scalar_events(run: ShippedRun) -> Iterator[Moment]:
    """Losses of the repeat shown by epoch, and the final numbers at the last one."""
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    curves = run.curves()
    for name in LOSS_COLUMNS:
        pairs = curves[["epoch", name]].dropna().itertuples(index=False, name=None)
        for epoch, loss in pairs:
            yield Moment(run.ended, int(epoch), scalar_pb(name, loss))
    for name, value in numbers_of(run.metrics).items():
        yield Moment(run.ended, run.metrics.epochs if run.metrics else 0, scalar_pb(name, value))


def _figure_events(run: ShippedRun) -> Iterator[Moment]:
    """Its pictures, as they are."""
    import numpy as np
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.image.metadata import create_summary_metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    for path in run.artifacts():
        if path.name not in picture_files():
            continue
        png = content_of(path, PICTURE_BYTES)
        width, height = struct.unpack(">II", png[16:24])
        content = np.array([str(width).encode(), str(height).encode(), png], dtype=object)
        summary = Summary()
        summary.value.add(
            tag=path.stem,
            metadata=create_summary_metadata(None, None),
            tensor=make_tensor_proto(content),
        )
        yield Moment(run.ended, run.metrics.epochs if run.metrics else 0, summary)


def _axis_kinds(shipment: Shipment) -> dict[str, type]:
    """The type of each key that HPARAMS shows: a number or bool where all values are, or text."""
    found: dict[str, type] = {}
    for key in shipment.varying:
        types = {type(run.row.keys[key]) for run in shipment.runs if key in run.row.keys}
        if types <= {int, float}:
            found[key] = float
        elif types == {bool}:
            found[key] = bool
        else:
            found[key] = str
    return found


def _axis_values(run: ShippedRun, kinds: dict[str, type]) -> dict[str, Any]:
    """Its values of those keys, those that it has."""
    keys = {key: run.row.keys[key] for key in kinds if key in run.row.keys}
    return {k: plain(value) if kinds[k] is str else kinds[k](value) for k, value in keys.items()}


DESTINATION = Destination(needs="tensorboard", send=_send_events)
