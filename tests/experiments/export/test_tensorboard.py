"""Runs in TensorBoard, read back by its own readers."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.comparison.compare import collect
from experiments.export import __main__ as command
from experiments.export.destinations.tensorboard import EVENTS, SHOWN
from experiments.export.shipment import LOSS_COLUMNS, numbers_of
from experiments.storage import run_folder
from tests.experiments.export.sweeps import DIVERGED, DONE, FAILED, SENT, files_of

pytest.importorskip("tensorboard")
# Of TensorBoard itself, and of what it imports.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def logs(states, tmp_path_factory):
    """The log folder of the sweep."""
    folder = tmp_path_factory.mktemp("tensorboard")
    assert command.main(["tensorboard", str(states), "--to", str(folder)]) == 1
    return folder


def read_back(folder):
    """What TensorBoard reads in one folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), {"tensors": 0}).Reload()


def points(folder, tag):
    """(epoch, value) of a scalar."""
    from tensorboard.util.tensor_util import make_ndarray

    events = read_back(folder).Tensors(tag)
    return [(event.step, float(make_ndarray(event.tensor_proto))) for event in events]


def hparams_of(folder, tag):
    """What the HPARAMS plug-in finds of itself in a folder."""
    from tensorboard.plugins.hparams import plugin_data_pb2

    content = read_back(folder).SummaryMetadata(tag).plugin_data.content
    return plugin_data_pb2.HParamsPluginData.FromString(content)


def test_scalars_are_the_curves_of_the_repeat_shown_and_the_final_numbers(states, logs):
    record = run_folder.read(states / DONE[1])
    own = record.history[record.history["repeat"] == 0]
    for name in LOSS_COLUMNS:
        steps, values = zip(*points(logs / DONE[1], name), strict=True)
        assert list(steps) == own["epoch"].tolist()
        np.testing.assert_allclose(values, own[name], rtol=1e-6)
    for name, value in numbers_of(record.metrics).items():
        ((step, there),) = points(logs / DONE[1], name)
        assert step == record.metrics.epochs
        assert there == pytest.approx(value, rel=1e-6)


def test_figures_are_the_files(states, logs):
    (event,) = read_back(logs / DONE[0]).Tensors("fit")
    width, height, png = event.tensor_proto.string_val
    assert (width, height) == (b"6", b"4")
    assert png == (states / DONE[0] / "fit.png").read_bytes()


def test_hparams_have_the_keys_that_vary_and_the_score_with_its_interval(states, logs):
    experiment = hparams_of(logs, "_hparams_/experiment").experiment
    named = {"model.activation", "model.width", "model.depth", "training.learning_rate"}
    assert {info.name for info in experiment.hparam_infos} == named
    tags = {info.name.tag for info in experiment.metric_infos}
    assert tags == {f"val/mse{suffix}" for suffix in SHOWN}
    present = set(read_back(logs / DONE[0]).Tags()["tensors"])
    assert tags <= present, "every metric is a scalar of the runs"
    rates = {info.name: info for info in experiment.hparam_infos}["training.learning_rate"]
    assert [value.number_value for value in rates.domain_discrete.values] == [0.01, 5.0, 7.0]
    widths = {info.name: info for info in experiment.hparam_infos}["model.width"]
    assert [value.string_value for value in widths.domain_discrete.values] == ["5", "[9,4]"]


def test_each_run_is_a_session_with_its_values_and_how_it_ended(states, logs):
    from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS

    for name in SENT:
        start = hparams_of(logs / name, "_hparams_/session_start_info").session_start_info
        rate = run_folder.read_about(states / name).config["training"]["learning_rate"]
        assert start.hparams["training.learning_rate"].number_value == rate
        end = hparams_of(logs / name, "_hparams_/session_end_info").session_end_info
        assert end.status == (STATUS_SUCCESS if name in DONE else STATUS_FAILURE)
        assert end.end_time_secs - start.start_time_secs == pytest.approx(1.5)
    assert [epoch for epoch, _ in points(logs / DIVERGED, "loss")] == [1, 2, 3, 4, 5, 6]
    assert not [tag for tag in read_back(logs / FAILED).Tags()["tensors"] if "mse" in tag]


def test_the_verdict_is_a_text(states, logs):
    (event,) = read_back(logs).Tensors("verdict")
    assert b"".join(event.tensor_proto.string_val).decode() == "\n\n".join(collect(states).verdict)


def test_said_twice_every_point_is_there_once_and_other_files_stay(states, logs, capsys):
    (logs / DONE[0] / "events.out.tfevents.of.another").write_bytes(b"")
    before, curve = set(files_of(logs)), points(logs / DONE[0], "loss")
    assert sum(path.name == EVENTS for path in before) == 1 + len(SENT)
    assert command.main(["tensorboard", str(states), "--to", str(logs)]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"0 runs added, 5 there already: {logs}",
        f"look: tensorboard --logdir {logs}",
    ]
    assert set(files_of(logs)) == before
    assert points(logs / DONE[0], "loss") == curve


def test_a_single_run_shows_all_of_its_keys(states, tmp_path):
    assert command.main(["tensorboard", str(states / DONE[0]), "--to", str(tmp_path)]) == 0
    start = hparams_of(tmp_path / DONE[0], "_hparams_/session_start_info").session_start_info
    assert start.hparams["model.activation"].string_value == "tanh"
    assert start.hparams["training.epochs"].number_value == 50


def test_a_file_in_the_way_is_exit_code_3(states, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert command.main(["tensorboard", str(states), "--to", str(tmp_path / "file")]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: --to: ")
