from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from experiments import report
from experiments.plots import pictures
from experiments.report import drawings
from experiments.report.__main__ import main as report_main
from experiments.report.html import PagePicture
from experiments.report.run_page import render, verdict_on_run
from experiments.storage import run_folder
from experiments.text import number
from tests.experiments.records import make_record


class Page(HTMLParser):
    """Collects what a page refers to and the tags that it leaves open."""

    VOID = frozenset({"meta", "img", "br", "link", "input", "path", "rect", "image"})

    def __init__(self, text):
        super().__init__()
        self.refers, self.open, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.refers += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def made(configured):
    return make_record(configured("training.epochs=7", "training.repeats=3"))


def test_the_page_opens_offline_and_every_reference_is_a_file_beside_it(made, tmp_path):
    record, network = made
    run_folder.start(tmp_path, record.about, [])
    run_folder.write(tmp_path, record)
    record = report.build_report(tmp_path, record, network)
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert page.tags.count("script") == 2  # the slider and its data, both in the page
    assert "link" not in page.tags
    made_later = {"model.keras", "run.log", ".hydra/config.yaml"}
    carried = {reference for reference in page.refers if reference.startswith("data:image/png;")}
    assert len(carried) == 1  # the picture of the layers
    for reference in set(page.refers) - made_later - carried:
        assert (tmp_path / reference).is_file(), reference
    with Image.open(tmp_path / "model.png") as image:
        assert "aspect-ratio: {} / {}".format(*image.size) in (tmp_path / "report.html").read_text()


def test_the_page_sets_the_result_beside_its_references(made):
    record, _ = made
    text = render(record, {}, has_diagram=False)
    for name in ("Bayes-optimal", "noise floor", "least squares", "mean predictor"):
        assert name in text
    assert f"expected to be <strong>{record.metrics.noise_floor:.4g}</strong>" in text
    assert not re.search("<tr[^\n]*noise floor", text), "a floor of new rows beside given rows"
    assert "python run.py" in text
    assert record.about.config_sha256[:16] in text
    assert "training.learning_rate" in text
    assert "hidden_1" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_verdict_is_in_words(made):
    record, _ = made
    score = record.metrics.scores["val/mse"].typical
    best = record.metrics.references["bayes"]["val/mse"]
    said = verdict_on_run(record)
    assert f"that is {score / best:.2f} times the Bayes-optimal error" in said
    assert f"{best:.4g} on these validation rows" in said
    assert f"{record.metrics.noise_floor:.4g} is expected on new rows" in said


def test_the_headline_and_the_pictures_say_which_number_is_whose(made):
    record, _ = made
    shown = record.about.shown_repeat
    own = record.metrics.final.values[shown]
    assert own != record.metrics.final.typical
    assert f"show repeat {shown}, the median of 3, with {own:.4g}." in verdict_on_run(record)
    caption = pictures.fit.caption(record)
    assert f"Repeat {shown}, the median of 3: mean squared error {own:.4g}" in caption
    assert f"(typical of all: {record.metrics.final.typical:.4g})" in caption


def test_where_the_target_has_units_a_distance_leads(configured):
    record, network = make_record(configured("dataset=house_prices", "training.epochs=7"))
    scores = record.metrics.scores
    off, explained = scores["val/rmse"].typical, scores["val/r2"].mean
    assert verdict_on_run(record).startswith(f"Typically off by {number(off, 3)} in SalePrice")
    assert f"R² {number(explained, 3)}" in verdict_on_run(record)
    drawn = drawings.page_drawings(record, network)
    shown = {
        name: PagePicture(f"{name}.png", "", p.caption(record))
        for name, p in pictures.by_name().items()
    }
    text = render(record, shown, has_diagram=False, drawn=drawn)
    tables = re.findall("<caption>(.*?) with the final weights", text)
    assert tables[:2] == ["Root mean squared error", "Coefficient of determination"]
    assert text.index("<details>") > text.index(tables[1])
    words = re.sub("<(script|style|svg).*?</\\1>|<[^>]*>", "", text, flags=re.S)
    assert not re.findall("[0-9]e[+-]?[0-9]+", words.split("Do it again")[0])
    assert drawn.surface is not None


def test_a_run_in_a_sweep_leads_back_to_the_comparison(made, tmp_path):
    record, network = made
    for place, wanted in (("s/0001-a", "../comparison.html"), ("s/a/b", "../../comparison.html")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (tmp_path / "s" / "sweep.json").write_text("{}")
        report.build_report(folder, record, network)
        assert f'href="{wanted}"' in (folder / "report.html").read_text()
    (tmp_path / "s" / "sweep.json").unlink()
    assert report.comparison_of(tmp_path / "s" / "0001-a") == ""


def test_parameters_are_the_trainable_ones(made):
    record, _ = made
    text = render(record, {}, has_diagram=False)
    known = record.metrics.parameters
    assert known["total"] != known["trainable"]
    fact = f"<dt>trainable parameters</dt><dd>{known['trainable']}</dd>"
    assert fact in text


def test_text_is_escaped(made):
    record, _ = made
    about = dataclasses.replace(record.about, command="<script>", label="a<b>", notes=("<i>",))
    text = render(dataclasses.replace(record, about=about), {}, has_diagram=False)
    assert "<script>" not in text
    assert "a&lt;b&gt;" in text
    assert "<i>" not in text


def test_less_than_the_best_possible_is_explained(made):
    record, _ = made
    references = {**record.metrics.references, "bayes": {"val/mse": 100.0}}
    metrics = dataclasses.replace(record.metrics, references=references)
    said = verdict_on_run(dataclasses.replace(record, metrics=metrics))
    assert "the Bayes-optimal error is 100 on these validation rows" in said
    assert "higher by chance" in said


def test_without_noise_there_is_no_ratio(configured):
    record, _ = make_record(configured("dataset.noise=0", "training.epochs=7"))
    assert "times" not in verdict_on_run(record)
    assert record.metrics.noise_floor == 0


def test_a_diverged_run_says_so(configured):
    config = configured("training.epochs=7", "training.repeats=2")
    record, _ = make_record(config, diverged_at=3)
    text = render(record, {}, has_diagram=False)
    said = verdict_on_run(record)
    assert said.startswith("1 of 2 repeats diverged, first at epoch 3, so this run has no error")
    assert text.count("diverged, first at epoch 3") == 1
    assert "the median of the 1 that ended well is" in said


def test_unknown_optimum_is_called_unknown(made):
    record, _ = made
    scores = {k: v for k, v in record.metrics.scores.items() if k != "excess/mse"}
    references = {k: v for k, v in record.metrics.references.items() if k != "bayes"}
    metrics = dataclasses.replace(
        record.metrics, scores=scores, references=references, noise_floor=None
    )
    text = render(dataclasses.replace(record, metrics=metrics), {}, has_diagram=False)
    assert "is unknown for these data" in text
    assert "Bayes-optimal" not in text


def test_without_dot_a_simple_drawing_takes_its_place(made, tmp_path, monkeypatch):
    record, network = made
    monkeypatch.setenv("PATH", str(tmp_path))
    record = report.build_report(tmp_path, record, network)
    assert (tmp_path / "model.png").stat().st_size > 5000
    assert "Graphviz' dot is not installed" in record.about.notes[0]
    assert "dot is not installed" in (tmp_path / "report.html").read_text()


def test_a_run_never_fails_for_a_picture(made, tmp_path, monkeypatch):
    record, network = made
    monkeypatch.setattr("experiments.plots.pictures.fit.draw", lambda shown: 1 / 0)
    monkeypatch.setattr("experiments.plots.diagram.draw", lambda boxes: 1 / 0)
    monkeypatch.setattr("experiments.report.drawings.growing", lambda record: 1 / 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    record = report.build_report(tmp_path, record, network)
    assert [note.split(" ")[0] for note in record.about.notes] == ["model.png", "fit.png", "The"]
    text = (tmp_path / "report.html").read_text()
    assert "fit.png could not be drawn (division by zero)" in text
    assert 'href="fit.png"' not in text
    assert 'href="loss_curves.png"' in text
    assert "<svg" in text, "what the page cannot draw itself it takes from the picture"


def test_a_file_in_the_folder_is_a_picture(made, tmp_path, monkeypatch):
    (tmp_path / "errors.py").write_text(
        "from experiments.plots import style\n\n\n"
        "def caption(record):\n    return 'The error of each row.'\n\n\n"
        "def numbers(record):\n"
        "    return (record.predictions['y'] - record.predictions['prediction']).to_numpy()\n\n\n"
        "def draw(error_N):\n"
        "    figure = style.figure(8, 4)\n"
        "    figure.subplots().plot(error_N, **style.look('prediction'))\n"
        "    return figure\n"
    )
    monkeypatch.setattr(pictures, "__path__", [*pictures.__path__, str(tmp_path)])
    record, network = made
    folder = tmp_path / "run"
    run_folder.start(folder, record.about, report.pictures())
    report.build_report(folder, record, network)
    run_folder.finish(folder, record.about, "done", report.pictures())
    assert "errors.png" in json.loads((folder / "status.json").read_text())["files"]
    page = (folder / "report.html").read_text()
    assert 'href="errors.png"' in page
    assert 'aria-label="The error of each row."' in page


def test_pictures_and_page_can_be_rebuilt_from_files_alone(made, tmp_path, monkeypatch):
    record, network = made
    run_folder.start(tmp_path, record.about, [])
    run_folder.write(tmp_path, record)
    record = report.build_report(tmp_path, record, network)
    network.save(tmp_path / "model.keras")
    run_folder.finish(tmp_path, record.about, "done", report.pictures())
    page = (tmp_path / "report.html").read_text()
    for name in ("report.html", *report.pictures()):
        (tmp_path / name).unlink()
    assert run_folder.state(tmp_path) == "broken"
    monkeypatch.setattr("sys.argv", ["report", str(tmp_path)])
    report_main()
    assert (tmp_path / "report.html").read_text() == page
    assert run_folder.state(tmp_path) == "done"


def test_a_folder_without_its_data_is_not_rebuilt(tmp_path, capsys):
    assert report_main([str(tmp_path)]) == 2
    assert "holds no runs; name the folder of a run or of a sweep" in capsys.readouterr().err
