"""model.png: the layers with their shapes and activations, as Keras' `plot_model` draws them.

Keras' own diagram needs Graphviz' `dot`. Where `dot` is missing or hangs, the same boxes are drawn
here.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from .. import theme
from . import style
from .figures.kept import Kept
from .figures.lasting_dot import PNG_START, LastingDot

DOT_SECONDS = 20
MOST_DIAGRAMS = 256  # that are kept, some 30 kB each


class Box(NamedTuple):
    """One layer."""

    name: str
    kind: str
    activation: str
    inputs: str
    outputs: str


_DIAGRAMS = Kept[tuple[bytes | None, str]](MOST_DIAGRAMS)
_LASTING = LastingDot()


def with_dot(network: Any, seconds: float = DOT_SECONDS) -> tuple[bytes | None, str]:
    """Keras' diagram as the bytes of a PNG file; or None, and why it could not be drawn.

    Networks of the same layers look the same: the diagram is drawn once for all of them.
    """
    program = shutil.which("dot") or "dot"
    key = (numbers(network), program, seconds)
    return _DIAGRAMS.of(key, lambda: _dot(network, program, seconds))


def _dot(network: Any, program: str, seconds: float) -> tuple[bytes | None, str]:
    """`plot_model` waits for `dot` without a limit: its graph is taken, and `dot` called here."""
    from keras.utils import model_to_dot

    graph = model_to_dot(
        network,
        show_shapes=True,
        show_layer_names=True,
        show_layer_activations=True,
        dpi=96,
    )
    text = graph.to_string().encode()
    if image := _LASTING.png(program, text):
        return image, ""
    found = _dot_once(text, program, seconds)
    if found[0] is not None:
        _LASTING.trust(program)
    return found


def _dot_once(text: bytes, program: str, seconds: float) -> tuple[bytes | None, str]:
    """What a `dot` for this graph alone makes of it, or why it makes nothing."""
    try:
        done = subprocess.run(
            [program, "-Tpng"], input=text, capture_output=True, timeout=seconds, check=True
        )
    except FileNotFoundError:
        return None, "Graphviz' dot is not installed"
    except OSError as error:
        return None, f"Graphviz' dot cannot be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        return None, f"Graphviz' dot did not answer in {seconds:g} seconds"
    except subprocess.CalledProcessError as error:
        return None, f"Graphviz' dot failed: {error.stderr.decode(errors='replace').strip()[:200]}"
    if done.stdout.startswith(PNG_START):
        return done.stdout, ""
    return None, "Graphviz' dot made no PNG picture"


def numbers(network: Any) -> tuple[Box, ...]:
    """The layers of a built Sequential, from the input on."""
    features = network.inputs[0]
    first = Box(features.name, "Input", "", "", str(tuple(features.shape)))
    return (first, *(_box(layer) for layer in network.layers))


def _box(layer: Any) -> Box:
    activation = getattr(layer, "activation", None)
    return Box(
        name=layer.name,
        kind=type(layer).__name__,
        activation=activation.__name__ if activation is not None else "",
        inputs=str(tuple(layer.input.shape)),
        outputs=str(tuple(layer.output.shape)),
    )


def draw(boxes: tuple[Box, ...]) -> Figure:
    """The layers as boxes from top to bottom."""
    figure = style.figure(4.6, 0.95 * len(boxes) + 0.2, style.Margins(0.1, 0.1, 0.1, 0.1))
    axes = figure.add_subplot()
    axes.set_xlim(0, 1)
    axes.set_ylim(-len(boxes) + 0.45, 0.55)
    axes.axis("off")
    ink = style.role_color("ink")
    frame = {"boxstyle": "round,pad=0.5", "facecolor": style.role_color("card"), "edgecolor": ink}
    for number, box in enumerate(boxes):
        kind = f"{box.kind}, {box.activation}" if box.activation else box.kind
        shapes = f"{box.inputs} → {box.outputs}" if box.inputs else box.outputs
        text = f"{box.name}  ({kind})\n{shapes}"
        look = {"fontsize": theme.NOTE, "color": ink, "bbox": frame, **style.LITERAL}
        axes.text(0.5, -number, text, ha="center", va="center", **look)
        if number:
            axes.annotate(
                "",
                xy=(0.5, -number + 0.3),
                xytext=(0.5, -number + 0.7),
                arrowprops={"arrowstyle": "->", "color": ink},
            )
    return figure
