"""Keras' diagram of a network, and the simple drawing where Graphviz cannot make it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from experiments.plots import diagram, style
from tests.experiments.records import make_record


@pytest.fixture
def network(configured):
    return make_record(configured("training.epochs=0", "model.activation=[relu,tanh]"))[1]


def test_boxes_say_what_the_layers_are(network):
    boxes = diagram.numbers(network)
    assert [box.name for box in boxes] == [
        "features",
        "normalization",
        "hidden_1",
        "hidden_2",
        "output",
    ]
    assert boxes[2] == diagram.Box("hidden_1", "Dense", "relu", "(None, 2)", "(None, 5)")
    assert Image.open(io.BytesIO(style.png(diagram.draw(boxes)))).height > 200


def stand_in_for_dot(tmp_path, monkeypatch, script):
    folder = tmp_path / "bin"
    folder.mkdir()
    if script is not None:
        (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin" if script else str(folder))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "not installed"),
        ("sleep 30", "did not answer in 0.5 seconds"),
        ("echo no fonts >&2; exit 3", "failed: no fonts"),
        ("echo text", "made no PNG picture"),
    ],
)
def test_dot_that_does_not_work_is_a_reason(network, tmp_path, monkeypatch, script, reason):
    stand_in_for_dot(tmp_path, monkeypatch, script)
    image, said = diagram.with_dot(network, seconds=0.5)
    assert image is None
    assert reason in said


def test_dot_that_is_no_program_is_a_reason(network, tmp_path, monkeypatch):
    (tmp_path / "dot").write_bytes(b"\x00\x01")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "cannot be run" in diagram.with_dot(network)[1]


def test_dot_gets_keras_graph_with_shapes_and_activations(network, tmp_path, monkeypatch):
    script = f"/bin/cat > {tmp_path}/graph.dot; printf '\\211PNG picture'"
    stand_in_for_dot(tmp_path, monkeypatch, script)
    assert diagram.with_dot(network) == (b"\x89PNG picture", "")
    graph = (tmp_path / "graph.dot").read_text()
    for part in ("hidden_1", "relu", "tanh", "(None, 5)", "normalization"):
        assert part in graph
