"""The look of everything that archlab draws: colours by role, line styles, fonts, sizes.

Pictures, stylesheet and scripts name roles, never colours: `plots.style` asks `color` and `look`,
pages carry `css()`, and scripts read the custom properties that it sets. Change a colour here and
it changes everywhere. What is drawn broken is a reference; what is drawn solid is the run.

The pigments are apart for people with protanopia, deuteranopia and tritanopia too, and stand out
from the surface they are drawn on, light or dark; `tests/experiments/test_theme.py` measures both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle
from typing import NamedTuple


class Pigment(NamedTuple):
    """One colour, on a light surface and on a dark one."""

    light: str
    dark: str


@dataclass(frozen=True)
class Role:
    """What something is drawn in: a pigment, and dashes as lengths of line and gap in pixels."""

    pigment: str
    dashes: tuple[int, ...] = ()


PIGMENTS = {
    "white": Pigment("#ffffff", "#14181f"),
    "mist": Pigment("#f6f7f9", "#1d232d"),
    "black": Pigment("#1d2430", "#e7eaf0"),
    "slate": Pigment("#5a6475", "#a0aabb"),
    "silver": Pigment("#dde1e8", "#333c4a"),
    "accent": Pigment("#0a4c9c", "#64a5f0"),
    "leaf": Pigment("#0b7a4b", "#5fd0a0"),
    "brick": Pigment("#b42318", "#ff9a8f"),
    "blush": Pigment("#fdecea", "#3a1d1b"),
    "cream": Pigment("#fff6df", "#38301a"),
    "bronze": Pigment("#8a5a00", "#f0c060"),
    "steel": Pigment("#8791a6", "#b9c3d6"),
    "amber": Pigment("#bc800e", "#ffcb45"),
    "green": Pigment("#139c63", "#3be39d"),
    "wine": Pigment("#851b51", "#e0457f"),
    "brown": Pigment("#604013", "#b0733a"),
    "orange": Pigment("#e06a0c", "#ed984f"),
    "plum": Pigment("#671545", "#c050ff"),
    "sky": Pigment("#3f94c8", "#caf2fc"),
    "olive": Pigment("#4c440c", "#ffea26"),
    "rose": Pigment("#b2606e", "#e13d68"),
}
# On paper, where a tinted surface costs ink and a faint line is lost.
PRINT = {
    "black": "#000000",
    "slate": "#444444",
    "silver": "#cccccc",
    "blush": "#ffffff",
    "cream": "#ffffff",
}

ROLES = {
    # surfaces and words
    "surface": Role("white"),
    "card": Role("mist"),
    "ink": Role("black"),
    "muted": Role("slate"),
    "grid": Role("silver"),
    "accent": Role("accent"),
    "warning": Role("bronze"),
    "good": Role("leaf"),
    "bad": Role("brick"),
    "bad_soft": Role("blush"),
    "note_soft": Role("cream"),
    # data and what is made of them
    "training": Role("steel"),
    "validation": Role("amber"),
    "prediction": Role("accent"),
    "asked": Role("black"),
    # references
    "bayes": Role("green", (7, 5)),
    "noise_floor": Role("green", (2, 4)),
    "least_squares": Role("wine", (9, 4, 2, 4)),
    "mean_predictor": Role("brown", (2, 4)),
    "nearest_neighbours": Role("sky", (12, 4)),
    "reference_1": Role("rose", (12, 4, 2, 4, 2, 4)),
    "reference_2": Role("olive", (5, 2)),
    "reference_3": Role("slate", (1, 3)),
    # verdicts on runs
    "verdict_best": Role("leaf"),
    "verdict_as_good": Role("leaf"),
    "verdict_unclear": Role("slate"),
    "verdict_worse": Role("brick"),
    # from a low error to a high one
    "scale_low": Role("accent"),
    "scale_middle": Role("steel"),
    "scale_high": Role("orange"),
    # weights of a network
    "weight_positive": Role("accent"),
    "weight_negative": Role("orange"),
}
# Runs beside each other, or units of one layer: solid colours, then dashes.
SERIES = ("accent", "orange", "plum", "sky", "olive", "rose")
SERIES_DASHES: tuple[tuple[int, ...], ...] = ((), (16, 3), (6, 2), (16, 3, 4, 3))
SPARE = ("reference_1", "reference_2", "reference_3")  # for references without a role of their own
COLORMAP = "cividis"  # of values in a picture; even in lightness
PICTURE = "white"  # the pigment behind pictures in files, which know no dark mode
TERMINAL_BAD = "red"

TOKENS = {
    "font": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    "mono": 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    "page": "68rem",
    "page-wide": "84rem",
    "column": "52rem",
    "gap": "1rem",
    "radius": ".6rem",
}
# How notebooks mark what they are: Jupyter, Visual Studio Code, Colab.
LIGHT_NOTEBOOKS = ('[data-jp-theme-light="true"]', ".vscode-light", "html[theme=light]")
DARK_NOTEBOOKS = ('[data-jp-theme-light="false"]', ".vscode-dark", "html[theme=dark]")
# Sizes of words in pictures, in points.
TITLE, LABEL, NOTE = 12, 10, 9


def color(role: str) -> str:
    """The colour of a role in pictures in files, as #rrggbb."""
    return PIGMENTS[ROLES[role].pigment].light


def reference_roles(names: Iterable[str]) -> dict[str, str]:
    """The role of each reference by its name; one without a role of its own takes a spare."""
    spare = cycle(SPARE)
    return {name: name if name in ROLES else next(spare) for name in names}


def css() -> str:
    """Custom properties of all roles: `--<role>`, `--<role>-dash`; light, dark and on paper."""
    dashes = _all_dashes()
    counts = {"series-count": str(len(SERIES)), "series-dash-count": str(len(SERIES_DASHES))}
    light = _colors({name: pigment.light for name, pigment in PIGMENTS.items()})
    dark = _colors({name: pigment.dark for name, pigment in PIGMENTS.items()})
    paper = _colors({name: PRINT.get(name, pigment.light) for name, pigment in PIGMENTS.items()})
    return "\n".join(
        [
            _root({**TOKENS, **counts, **dashes, "picture": PIGMENTS[PICTURE].light, **light}),
            f"@media (prefers-color-scheme: dark) {{ {_root(dark)} }}",
            f"@media print {{ {_root(paper)} }}",
        ]
    )


def css_within(selector: str) -> str:
    """The same for a part of somebody else's page, such as a notebook's.

    Light or dark is what the notebook says where it says so, else what the reader prefers.
    """
    light = _declared(_colors({name: pigment.light for name, pigment in PIGMENTS.items()}))
    dark = _declared(_colors({name: pigment.dark for name, pigment in PIGMENTS.items()}))
    return "\n".join(
        [
            f"{selector} {{ {_declared({**TOKENS, **_all_dashes()})} {light} }}",
            f"@media (prefers-color-scheme: dark) {{ {selector} {{ {dark} }} }}",
            *(f"{notebook} {selector} {{ {light} }}" for notebook in LIGHT_NOTEBOOKS),
            *(f"{notebook} {selector} {{ {dark} }}" for notebook in DARK_NOTEBOOKS),
        ]
    )


def _all_dashes() -> dict[str, str]:
    found = {f"{_css(name)}-dash": _dashes(role.dashes) for name, role in ROLES.items()}
    return found | {f"series-dash-{n}": _dashes(d) for n, d in enumerate(SERIES_DASHES, start=1)}


def _colors(pigments: dict[str, str]) -> dict[str, str]:
    roles = {_css(name): pigments[role.pigment] for name, role in ROLES.items()}
    return roles | {f"series-{n}": pigments[name] for n, name in enumerate(SERIES, start=1)}


def _dashes(dashes: tuple[int, ...]) -> str:
    """As `stroke-dasharray` takes them."""
    return ",".join(f"{length}px" for length in dashes) or "none"


def _root(properties: dict[str, str]) -> str:
    return f":root {{ {_declared(properties)} }}"


def _declared(properties: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in properties.items())


def _css(name: str) -> str:
    return name.replace("_", "-")
