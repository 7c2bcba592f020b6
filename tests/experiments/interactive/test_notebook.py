"""docs/seeds.ipynb, executed in a kernel as a reader would."""

from __future__ import annotations

import json
import warnings

import pytest

from tests.conftest import ROOT

STORY = ROOT / "docs" / "seeds.ipynb"


def test_the_notebook_is_small_and_holds_no_output():
    assert STORY.stat().st_size < 300_000
    cells = json.loads(STORY.read_text(encoding="utf-8"))["cells"]
    assert all(cell.get("outputs", []) == [] for cell in cells)
    assert {cell["cell_type"] for cell in cells} == {"code", "markdown"}


@pytest.fixture(scope="module")
def executed():
    """The code cells of the notebook after a kernel ran them, by the first word of their code."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    story = nbformat.read(STORY, as_version=4)
    # What is left of the story after it: whether the kernel is as it was.
    after = "import rich.console, signal, sys; print(rich.console._is_jupyter(), "
    after += "signal.getsignal(signal.SIGINT) is signal.default_int_handler, "
    after += "'matplotlib.pyplot' in sys.modules)"
    story.cells.append(nbformat.v4.new_code_cell(after))
    client = nbclient.NotebookClient(
        story, timeout=300, kernel_name="python3", resources={"metadata": {"path": STORY.parent}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client's own
        client.execute()
    return [cell for cell in story.cells if cell.cell_type == "code"]


def outputs(executed, begins):
    (cell,) = [cell for cell in executed if cell.source.startswith(begins)]
    return cell.outputs


def test_a_comparison_shows_one_line_and_then_itself(executed):
    for begins in ("solved = ", "trained = ", "bends = ", "answer = "):
        line, shown = outputs(executed, begins)
        assert line.output_type == "display_data"
        assert " trainings, " in line.data["text/plain"]
        assert "\n" not in line.data["text/plain"]
        assert "archlab" in shown.data["text/html"]
        assert "is best" in shown.data["text/plain"]


def test_figures_are_shown_without_pyplot(executed):
    for begins in ("trained.fit(", "bends[", "waves = "):
        assert "image/png" in outputs(executed, begins)[-1].data
    (state,) = outputs(executed, "import rich.console")
    assert state.text.split() == ["True", "True", "False"]


def test_the_story_is_true(executed):
    (weights,) = outputs(executed, "solved[0]")
    assert "49.82930935" in weights.data["text/plain"]
    assert "103.49534596" in weights.data["text/plain"]
    (words,) = outputs(executed, "print(answer")
    assert words.text.startswith("sine: 2 × 20 tanh has the lowest validation error")
    verdicts = outputs(executed, "trained = ")[-1].data["text/plain"]
    assert "perceptron · linear_perceptron" in verdicts
    assert all(one.output_type != "error" for cell in executed for one in cell.outputs)
