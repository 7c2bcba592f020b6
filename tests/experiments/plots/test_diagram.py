"""Keras' diagram of a network, and the simple drawing where Graphviz cannot make it."""

from __future__ import annotations

import io
import shutil
import subprocess

import pytest
from PIL import Image

from experiments.plots import diagram, style
from experiments.plots.figures import lasting_dot
from experiments.plots.figures.kept import Kept
from experiments.plots.figures.lasting_dot import LastingDot
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


def graph(label):
    return f"digraph G {{ node [shape=record]; a [label={label}]; a -> b; }}".encode()


@pytest.fixture
def lasting():
    """A `dot` that is kept running, and its program; it is not left behind."""
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz' dot is not installed")
    made = LastingDot()
    made.trust(program)
    yield made, program
    made.close()


def test_a_lasting_dot_draws_what_one_for_each_graph_draws(lasting):
    made, program = lasting
    for label in ("one", "two", "one"):
        known = subprocess.check_output([program, "-Tpng"], input=graph(label))
        assert made.png(program, graph(label)) == known
    process = made.process
    assert made.png(program, graph("x" * 40_000)) is None  # more than a pipe holds
    assert made.png("/another/dot", graph("one")) is None
    assert process.poll() is None
    made.close()
    assert process.poll() is not None


@pytest.mark.parametrize("script", ["exit 0", "sleep 30", "cat >/dev/null", "printf '\\211PNG'"])
def test_a_lasting_dot_that_does_not_answer_is_asked_no_more(tmp_path, monkeypatch, script):
    monkeypatch.setattr(lasting_dot, "SECONDS", 0.3)
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    made = LastingDot()
    assert made.png(str(program), graph("one")) is None
    assert made.process is None  # it is begun only where one has drawn a graph
    made.trust(str(program))
    assert made.png(str(program), graph("one")) is None
    assert (made.process, made.program) == (None, None)


def test_a_lasting_dot_that_was_killed_is_replaced(network, monkeypatch):
    if shutil.which("dot") is None:
        pytest.skip("Graphviz' dot is not installed")
    monkeypatch.setattr(diagram, "_LASTING", LastingDot())
    monkeypatch.setattr(diagram, "_DIAGRAMS", Kept(1))
    known = diagram.with_dot(network)
    for _ in range(2):
        diagram._DIAGRAMS.forget()
        assert diagram.with_dot(network) == known
        diagram._LASTING.process.kill()
        diagram._LASTING.process.wait()
        diagram._DIAGRAMS.forget()
        assert diagram.with_dot(network) == known
        assert diagram._LASTING.process is None
    diagram._LASTING.close()


def test_an_interrupted_lasting_dot_leaves_nothing_for_the_next_graph(lasting, monkeypatch):
    made, program = lasting
    assert made.png(program, graph("one"))
    process = made.process

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lasting_dot.select, "select", interrupt)
    with pytest.raises(KeyboardInterrupt):
        made.png(program, graph("two"))
    assert process.poll() is not None
