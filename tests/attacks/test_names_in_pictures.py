"""Names that matplotlib would take for a formula stand in every picture as they are."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments import animate
from experiments.plots import diagram, pictures, style
from experiments.plots.cell.fit_grid import fit_grid
from experiments.plots.lessons.contours import Contours, Panel, draw_contours
from experiments.plots.lessons.contours import Path as Trail
from experiments.plots.lessons.curves import FitPanels, Fits, draw_fits
from experiments.plots.lessons.layers import Layers, draw_layers
from tests.attacks.stamps import edit
from tests.experiments.records import make_record

FORMULA, TARGET = "$x^{$", "$y_{$"  # taken for formulas they are errors
LINE = np.linspace(0.0, 1.0, 5)


def words_of(figure: Figure) -> set[str]:
    """The words of a picture that can be drawn, but for the numbers at its axes."""
    numbers = {label for tick in figure.findobj(Tick) for label in (tick.label1, tick.label2)}
    words = [text for text in figure.findobj(Text) if text not in numbers and text.get_text()]
    figure.savefig(io.BytesIO(), dpi=30)
    assert style.svg(figure, "one", "a picture")
    return {text.get_text() for text in words if not text.get_parse_math()}


@pytest.mark.parametrize("features", [[FORMULA], ["a$b$", FORMULA], [FORMULA, "\\$$", "$"]])
def test_a_column_that_is_no_formula_is_drawn(configured, tmp_path, features):
    numbers = np.random.default_rng(0).normal(size=(30, len(features) + 1))
    table = tmp_path / "table.csv"
    pd.DataFrame(numbers, columns=[*features, TARGET]).to_csv(table, index=False)
    words = ["training.epochs=3", "training.repeats=2", "dataset=csv", f"dataset.path={table}"]
    named = ",".join(f"'{name}'" for name in features)
    config = configured(*words, f"dataset.features=[{named}]", f"dataset.target='{TARGET}'")
    record, _ = make_record(config)
    drawn = {name: one.draw(one.numbers(record)) for name, one in pictures.by_name().items()}
    assert TARGET in " ".join(words_of(drawn["fit"]))
    words_of(drawn["loss_curves"])
    assert FORMULA in words_of(fit_grid([(FORMULA, record)]))


@pytest.mark.parametrize("runs", [1, 2])
def test_a_label_that_is_no_formula_moves(sweep: Path, runs: int) -> None:
    folders = sorted(sweep.glob("0*"))[:runs]
    for folder in folders:
        edit(folder / "status.json", "label", to=FORMULA)
        edit(folder / "status.json", "data", "target", to=TARGET)
    words = ["--width", "320", "--seconds", "1", "--out", str(sweep / "one.gif")]
    assert animate.main([*map(str, folders), *words]) == 0


def test_a_lesson_and_a_layer_that_are_no_formula_are_drawn() -> None:
    fits = Fits(FORMULA, LINE, np.ones((2, 5)), LINE, (0.2, 0.8), np.ones((4, 2)))
    trail = Trail(TARGET, "prediction", np.ones((3, 2)), 3)
    plane = Panel(FORMULA, LINE, LINE, LINE[:, None] + LINE, (trail,), np.ones((1, 2)), TARGET)
    for figure in (
        draw_fits(FitPanels((fits,), TARGET, FORMULA)),
        draw_contours(Contours((plane,), TARGET, FORMULA)),
        draw_layers(Layers((FORMULA,), (np.ones((2, 3)),), FORMULA)),
        diagram.draw((diagram.Box(FORMULA, "Dense", "", "", TARGET),)),
    ):
        assert FORMULA in " ".join(words_of(figure))
