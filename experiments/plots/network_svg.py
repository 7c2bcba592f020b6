"""Writes the drawing of a network as SVG for a page, in the page's own colours and fonts.

In points, from the upper left. matplotlib's SVG takes twenty times as long and is twice as large.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from numpy.typing import NDArray

from .network import NetworkDrawing
from .network_drawing import CROSS
from .network_layout import BandBox, LineGroup, Placed, placed
from .network_legend import BIAS, PlacedWords, Sample, bias_fill
from .style import paint

INCH_IN_POINTS = 72.0  # points
# Of the size of words: from their middle down to the line they stand on; from their top; between
# lines.
MIDDLE, UPPER, STEP = 0.26, 0.93, 1.2
ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def network_svg(shown: NetworkDrawing, label: str) -> str:
    """The network as an SVG element; label: what it shows, for people who cannot see it."""
    at = placed(shown)
    size = f'width="{at.width * INCH_IN_POINTS:.6g}pt" height="{at.height * INCH_IN_POINTS:.6g}pt"'
    view = f"0 0 {at.width * INCH_IN_POINTS:.6g} {at.height * INCH_IN_POINTS:.6g}"
    start = f'<svg role="img" aria-label="{escape(label)}" stroke-linejoin="round" {size}'
    ground = f'<rect width="100%" height="100%" style="fill:{paint("surface")}"/>'
    return "\n".join(
        [
            f'{start} viewBox="{view}" xmlns="http://www.w3.org/2000/svg">',
            ground,
            *_parts(at),
            "</svg>",
        ]
    )


def _parts(at: Placed) -> Iterator[str]:
    """Everything, what is on top last."""
    for shade in at.shades:
        corners = "L".join(_point(at, *corner) for corner in shade.corners)
        yield _svg_path(f"M{corners}z", f"fill:{paint('muted')};fill-opacity:{shade.opacity:.3g}")
    for group in at.groups:
        yield _svg_path(_lines(at, group), _stroke(group.role, group.width, group.opacity))
    for box in at.boxes:
        yield _svg_box(at, box)
    for (x, y), bias, unused in zip(at.points_Ux2, at.bias_U.tolist(), at.unused_U, strict=True):
        yield _disc(at, (x, y), bias, unused=bool(unused))
    for x, y in at.crossed_Cx2:
        yield _cross(at, x, y, CROSS * 2 * INCH_IN_POINTS * at.radius)
    for sample in at.samples:
        yield _sample(at, sample)
    for words in (*at.words, *(box.words for box in at.boxes)):
        yield _svg_text(at, words)


def _point(at: Placed, x: float, y: float) -> str:
    """A place in inches from the lower left, as it is written."""
    return f"{INCH_IN_POINTS * x:.5g} {INCH_IN_POINTS * (at.height - y):.5g}"


def _lines(at: Placed, group: LineGroup) -> str:
    start_Kx2, stop_Kx2 = (_svg_points(at, group.ends_Kx2x2[:, end]) for end in (0, 1))
    return "".join(f"M{a}L{b}" for a, b in zip(start_Kx2, stop_Kx2, strict=True))


def _svg_points(at: Placed, points_Kx2: NDArray[Any]) -> list[str]:
    return [_point(at, x, y) for x, y in points_Kx2.tolist()]


def _svg_path(way: str, look: str) -> str:
    return f'<path d="{way}" style="{look}"/>'


def _stroke(role: str, width: float, opacity: float = 1.0) -> str:
    faint = f";stroke-opacity:{opacity:.3g}" if opacity < 1 else ""
    return f"stroke:{paint(role)};stroke-width:{width:.3g}{faint}"


def _disc(at: Placed, center: tuple[float, float], bias: float, *, unused: bool) -> str:
    """A unit: a disc that hides the ends of lines, and its bias over it."""
    x, y = _point(at, *center).split()
    circle = f'<circle cx="{x}" cy="{y}" r="{INCH_IN_POINTS * at.radius:.4g}"'
    role, opacity = bias_fill(bias)
    edge = _stroke("muted", 1) + ";stroke-dasharray:1 1.5" if unused else _stroke("ink", 1)
    fill = f"fill:{paint(role)};fill-opacity:{opacity:.3g}"
    return f'{circle} style="fill:{paint("surface")}"/>{circle} style="{fill};{edge}"/>'


def _svg_box(at: Placed, box: BandBox) -> str:
    x, y = _point(at, box.words.x - box.wide / 2, box.words.y + box.high / 2).split()
    size = (
        f'width="{INCH_IN_POINTS * box.wide:.4g}" height="{INCH_IN_POINTS * box.high:.4g}" rx="4.3"'
    )
    return f'<rect x="{x}" y="{y}" {size} style="fill:{paint("card")};{_stroke("muted", 0.8)}"/>'


def _cross(at: Placed, x: float, y: float, size: float) -> str:
    left, top = (float(part) - size / 2 for part in _point(at, x, y).split())
    way = f"M{left:.5g} {top:.5g}l{size:.3g} {size:.3g}m0 {-size:.3g}l{-size:.3g} {size:.3g}"
    return _svg_path(way, _stroke("ink", 1))


def _sample(at: Placed, sample: Sample) -> str:
    if sample.kind == "cross":
        return _cross(at, sample.x, sample.y, sample.width)
    start, half = _point(at, sample.x, sample.y), sample.width / 2
    if sample.kind == "line":
        dashes = ";stroke-dasharray:" + " ".join(
            f"{sample.width * length:.3g}" for length in sample.dashes
        )
        look = _stroke(sample.role, sample.width, sample.opacity)
        return _svg_path(
            f"M{start}h{0.28 * INCH_IN_POINTS:.4g}", look + dashes * bool(sample.dashes)
        )
    x, y = map(float, start.split())
    halves = (
        f"M{x:.5g} {y - half:.5g}a{half:g} {half:g} 0 0 {way} 0 {sample.width:g}z" for way in (0, 1)
    )
    return "".join(
        _svg_path(half, f"fill:{paint(role)};{_stroke('ink', 1)}")
        for half, role in zip(halves, BIAS, strict=True)
    )


def _svg_text(at: Placed, words: PlacedWords) -> str:
    """PlacedWords, a line below the other."""
    lines = words.text.split("\n")
    x, y = map(float, _point(at, words.x, words.y).split())
    first = UPPER if words.up == "top" else MIDDLE - STEP / 2 * (len(lines) - 1)
    color = "" if words.role == "muted" else f";fill:{paint(words.role)}"
    anchor = f'text-anchor="{ANCHORS[words.across]}"'
    turned = f' transform="rotate(-90 {x:.5g} {y:.5g})"' if words.turned else ""
    return "".join(
        f'<text x="{x:.5g}" y="{y + words.size * (first + STEP * number):.5g}" {anchor}{turned} '
        f'style="font-size:{words.size:g}px{color}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
