"""One role, one colour: told apart by everybody, readable, and written down in one file."""

from __future__ import annotations

import re
from itertools import combinations

import matplotlib.colors
import numpy as np
import pytest

from experiments import report, theme
from experiments.plots import pictures, style
from experiments.report.html import environment
from experiments.report.run_page import render
from tests.conftest import ROOT
from tests.experiments.records import make_record

PAINTED = [
    path
    for folder in ("plots", "report", "lessons", "gates", "runner", "interactive")
    for path in sorted((ROOT / "experiments" / folder).rglob("*"))
    if path.suffix in (".py", ".js", ".css", ".j2")
]
NAMED = "|".join(sorted(matplotlib.colors.CSS4_COLORS, key=len, reverse=True))
LITERAL = re.compile(
    rf"(?<![\w&])#[0-9a-fA-F]{{3,8}}\b|\b(?:rgb|hsl)a?\(|\b(?:{NAMED})\b(?!-)", re.I
)
MODES = ("light", "dark")
# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
SEEN_BY = {
    "everybody": np.eye(3),
    "protanopes": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopes": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopes": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
DRAWN = ("training", "validation", "prediction", "bayes", "least_squares", "mean_predictor")
SIGNS = ("weight_positive", "weight_negative")
WORDS = ("ink", "muted", "accent", "warning", "good", "bad", "verdict_worse", "verdict_as_good")


def linear(color):
    value = np.array(matplotlib.colors.to_rgb(color))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """As WCAG 2 measures it."""
    low, high = sorted(float(XYZ[1] @ linear(color)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color, eyes):
    """CIELAB of a colour as somebody sees it."""
    share = XYZ @ np.clip(np.array(SEEN_BY[eyes]) @ linear(color), 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def painted(role, mode):
    return getattr(theme.PIGMENTS[theme.ROLES[role].pigment], mode)


@pytest.mark.parametrize("path", PAINTED, ids=lambda path: path.name)
def test_no_colour_is_written_down_but_in_the_theme(path):
    found = [
        f"{number}: {match[0]}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for match in LITERAL.finditer(line)
    ]
    assert found == []


@pytest.mark.parametrize("text", ["#fff", "#D55E00", "rgba(0,0,0,0)", "in Orange", '"white"'])
def test_a_colour_that_is_written_down_is_found(text):
    assert LITERAL.search(text)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("eyes", SEEN_BY)
def test_colours_beside_each_other_are_told_apart(mode, eyes):
    series = {name: getattr(theme.PIGMENTS[name], mode) for name in theme.SERIES}
    drawn, signs = ({role: painted(role, mode) for role in roles} for roles in (DRAWN, SIGNS))
    for colors in (drawn, signs, series):
        for one, other in combinations(colors, 2):
            difference = np.linalg.norm(lab(colors[one], eyes) - lab(colors[other], eyes))
            assert difference > 15, (one, other)  # about 2 is just seen


@pytest.mark.parametrize("mode", MODES)
def test_lines_and_words_stand_out_from_what_they_are_on(mode):
    drawn = {
        role: 3 for role, look in theme.ROLES.items() if look.dashes or role in (*DRAWN, *SIGNS)
    }
    for role, wanted in {**drawn, **dict.fromkeys(WORDS, 4.5)}.items():
        for surface in ("surface", "card") if wanted > 3 else ("surface",):
            assert contrast(painted(role, mode), painted(surface, mode)) >= wanted, role
    for name in theme.SERIES:
        assert contrast(getattr(theme.PIGMENTS[name], mode), painted("surface", mode)) >= 3, name


def test_references_are_drawn_broken_and_no_two_alike():
    references = [r for r in theme.ROLES if theme.ROLES[r].dashes]
    assert {"bayes", "least_squares", "mean_predictor", *theme.SPARE} <= set(references)
    assert len({theme.ROLES[r] for r in references}) == len(references)


def test_a_reference_without_a_role_of_its_own_takes_a_spare():
    roles = theme.reference_roles(["bayes", "oracle", "least_squares", "guess"])
    assert [roles["bayes"], roles["least_squares"]] == ["bayes", "least_squares"]
    assert [roles["oracle"], roles["guess"]] == list(theme.SPARE[:2])


def test_every_property_that_pages_use_is_set_by_the_theme():
    known = set(re.findall(r"--([\w-]+):", theme.css()))
    for path in PAINTED:
        used = set(re.findall(r"var\(--([\w-]+)\)", path.read_text(encoding="utf-8")))
        assert used <= known, path.name
    scripts = "".join(p.read_text(encoding="utf-8") for p in PAINTED if p.suffix == ".js")
    asked = re.findall(r'\b(?:token|roleStyle)\("([\w-]+)"\)', scripts)
    assert asked
    assert set(asked) <= known


def test_the_accent_changes_stylesheet_scripts_and_pictures(configured, monkeypatch):
    """In the scripts by the stylesheet: they know no colours, only its properties."""
    record, _ = make_record(configured("training.epochs=7"))
    picture = pictures.by_name()["fit"]

    def looks():
        image = style.png(picture.draw(picture.numbers(record)))
        return render(record, {}, has_diagram=False), image

    page, image = looks()
    assert looks() == (page, image)
    other = theme.Pigment("#aa00aa", "#ffaaff")
    monkeypatch.setitem(theme.PIGMENTS, "accent", other)
    changed, changed_image = looks()
    assert changed_image != image
    for color in other:
        assert color not in page
        assert f"--accent: {color};" in changed
        assert f"--series-1: {color};" in changed
    assert style.look("prediction")["color"] == other.light


def test_pages_have_one_stylesheet_of_the_theme():
    names = [name for name in environment().list_templates() if name.endswith(".html.j2")]
    pages = [
        text
        for name in names
        if "<!doctype html>" in (text := (ROOT / "experiments/report/templates" / name).read_text())
    ]
    assert len(pages) > 2
    assert all(text.count("{{ theme.css()|safe }}") == 1 for text in pages)


def test_no_folder_of_the_house_is_crowded():
    folders = [ROOT / "experiments", *(p for p in (ROOT / "experiments").rglob("*") if p.is_dir())]
    for folder in folders:
        files = [p for p in folder.iterdir() if p.is_file() and p.suffix != ".pyc"]
        assert len(files) <= 12, folder
        for path in files:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path
    assert report.pictures()
