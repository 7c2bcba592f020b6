"""The numbers and words of a run's page; the template only places them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from models.repeats import MOST

from ..comparison.stuck import count_stuck
from ..plots import NETWORK
from ..record import Metrics, Record, best_possible
from ..scoring.metrics import PRIMARY, SPLITS
from ..scoring.references import REFERENCES
from ..storage.run_folder import DATA_FILES, LOG, MODEL_FILE, STATUS
from ..text import (
    divergence,
    each,
    exact,
    mean_and_std,
    meaning,
    number,
    of_a_table,
    of_references,
    shown_repeat,
    shown_rows,
)
from . import scores
from .drawings import Drawings
from .html import PagePicture, filled

NOTHING = Drawings()
LEADING_METRICS = ("rmse", "r2")  # what says most where the target has units
ORDINARY = ("least_squares", "mean_predictor")


class BesideLink(NamedTuple):
    """What lies around a run's page.

    comparison: the relative address of the page of the sweep that the run is part of, if any;
    diagram: the picture of the layers as an address that needs no file; diagram_size: its width and
    height, so that nothing jumps.
    """

    comparison: str = ""
    diagram: str = ""
    diagram_size: tuple[int, int] | None = None


ALONE = BesideLink()
TEMPLATE = "run.html.j2"


def render(
    record: Record,
    pictures: Mapping[str, PagePicture],
    has_diagram: bool,
    drawn: Drawings = NOTHING,
    beside: BesideLink = ALONE,
) -> str:
    """The page as HTML.

    Args:
        record: of the run.
        pictures: those in the folder by name; that of the network has a place of its own.
        has_diagram: whether the folder has a picture of the network.
        drawn: what the page draws itself; it takes the place of the files it shows.
        beside: what lies around the page.
    """
    return filled(
        TEMPLATE,
        **_results(record),
        **_provenance(record),
        pictures={name: shown for name, shown in pictures.items() if name != NETWORK},
        network=pictures.get(NETWORK),
        has_diagram=has_diagram,
        drawn=drawn,
        growth_data=drawn.growth and drawn.growth.data,
        **beside._asdict(),
        n_rows=len(record.predictions),
        n_varying=len(record.varying),
    )


def _results(record: Record) -> dict[str, Any]:
    """What came out, in words and tables."""
    metrics, about = record.metrics, record.about
    splits = [split for split in SPLITS if f"{split}/{PRIMARY}" in metrics.scores]
    several = metrics.repeats > 1
    leading = LEADING_METRICS if of_a_table(about) else (PRIMARY,)
    return {
        "title": about.label,
        "state": record.state,
        "description": about.data["description"],
        "verdict": verdict_on_run(record),
        "diverged": divergence(about),
        "scores": scores.tables(metrics, leading),
        "leading": len([name for name in leading if f"train/{name}" in metrics.scores]) or 1,
        "excess": mean_and_std(metrics.scores.get("excess/mse")),
        "floor": "" if metrics.noise_floor is None else number(metrics.noise_floor),
        "repeats": _repeats(record, splits, leading[0]) if several else [],
        "n_finished": sum(value is not None for value in metrics.final.values),
        "each": each(about.vary),
        "meaning": meaning(about) if several and metrics.final.ci95 else "",
        "shown_rows": shown_rows(about),
        "of_references": of_references(about),
        "features": record.features,
        "target": about.data["target"],
        "asked": _asked(record),
    }


def _provenance(record: Record) -> dict[str, Any]:
    """How the run came about, and where its files are."""
    about = record.about
    return {
        "notes": about.notes,
        "summary": record.summary,
        "config": _config_lines(about.config),
        "command": about.command,
        "facts": _fact_list(record),
        "versions": about.versions,
        "files": [*DATA_FILES, MODEL_FILE, LOG, ".hydra/config.yaml", STATUS],
    }


def verdict_on_run(record: Record) -> str:
    """A few sentences: the score, where it stands among its references, and what pictures show."""
    metrics, about = record.metrics, record.about
    name, score, references = metrics.final_name, metrics.final, metrics.references
    if score.typical is None:
        return _of_a_diverged_run(record)
    side = SPLITS[name.partition("/")[0]]
    units = of_a_table(about) and name.replace(PRIMARY, "rmse") in metrics.scores
    text = _typical_distance(record) if units else _typical_error(metrics)
    if best := best_possible(references, name):
        floor = metrics.noise_floor
        there = f"{number(best)} on these {side} rows"
        there += "" if floor is None else f"; {number(floor)} is expected on new rows"
        if score.typical >= best:
            text += f"; that is {score.typical / best:.2f} times the Bayes-optimal error ({there})"
        else:
            text += f"; the Bayes-optimal error is {there}: higher by chance, or because the "
            text += "noise of these rows was learned"
    at = name.replace(PRIMARY, "rmse") if units else name
    known = [f"{REFERENCES[of].title} {number(references[of][at])}" for of in ORDINARY]
    text += f". In comparison: {', '.join(known)}."
    own = metrics.scores[at].values[about.shown_repeat]
    if named := shown_repeat(about):
        text += f" The pictures show {named}, with {number(own)}."
    return text + _stuck_in_words(metrics)


def _typical_error(metrics: Metrics) -> str:
    score, side = metrics.final, SPLITS[metrics.final_name.partition("/")[0]]
    text = f"Mean squared error {number(score.typical)} on the {side} rows"
    if score.std is not None:
        text += f", the geometric mean over {metrics.repeats} repeats (mean {mean_and_std(score)})"
    return text


def _typical_distance(record: Record) -> str:
    """How far off predictions are, in the target's units."""
    metrics = record.metrics
    split = metrics.final_name.partition("/")[0]
    score, explained = metrics.scores[f"{split}/rmse"], metrics.scores.get(f"{split}/r2")
    text = f"Typically off by {number(score.typical, 3)} in {record.about.data['target']}"
    text += f" on the {SPLITS[split]} rows (root mean squared error"
    if score.std is not None:
        text += f", geometric mean over {metrics.repeats} repeats"
    if explained is None or explained.mean is None:
        return f"{text})"
    text += f"); R² {number(explained.mean, 3)}"
    return text + ", the share of the variance that is explained"


def _of_a_diverged_run(record: Record) -> str:
    """That it has no error, and what became of the repeats that ended well."""
    known = [value for value in record.metrics.final.values if value is not None]
    text = f"{divergence(record.about)}, so this run has no error of its own"
    if known:
        text += f"; the median of the {len(known)} that ended well is {number(median(known))}"
    return text + ". A smaller training.learning_rate often helps."


def _stuck_in_words(metrics: Metrics) -> str:
    """How many repeats got stuck, where any did."""
    values = [value for value in metrics.final.values if value is not None]
    lazy, line = (
        metrics.references[of][metrics.final_name] for of in ("mean_predictor", "least_squares")
    )
    count = count_stuck(values, lazy, line) if len(values) > 1 else 0
    return f" {count} of {len(values)} repeats got stuck." if count else ""


def _repeats(record: Record, splits: list[str], metric: str) -> list[tuple[str, tuple[str, ...]]]:
    shown = record.about.shown_repeat
    return [
        (
            f"{repeat}, shown" if repeat == shown else str(repeat),
            tuple(number(record.metrics.scores[f"{s}/{metric}"].values[repeat]) for s in splits),
        )
        for repeat in range(record.metrics.repeats)
    ]


def _repeats_in_words(record: Record) -> str:
    named = shown_repeat(record.about)
    text = f"{record.metrics.repeats} ({f'{named},' if named else 'it'} is shown and saved)"
    asked = record.about.config["training"].get("repeats")
    if asked == "auto" and 1 < record.metrics.repeats < MOST:
        text += f"; auto: {MOST}, and fewer for a network as large or trained as long as this one"
    return text


def _asked(record: Record) -> list[tuple[list[str], str]]:
    """Asked-for feature values and their predictions, to six digits and a tenth of large ones."""
    return [
        ([f"{value:,.10g}" for value in values], exact(answer))
        for values, answer in record.about.data.get("asked", ())
    ]


def _fact_list(record: Record) -> list[tuple[str, str]]:
    about, metrics = record.about, record.metrics
    data, training = about.data, about.config["training"]
    rows = (data["rows"], data["train_rows"], data["rows"] - data["train_rows"])
    redrawn = "data" in about.vary
    return [
        ("rows", "{} ({} training, {} validation)".format(*rows)),
        ("features", ", ".join(data["features"])),
        ("trainable parameters", f"{metrics.parameters['trainable']:,}"),
        ("epochs", f"{metrics.epochs:,}"),
        ("repeats", _repeats_in_words(record)),
        *_stopping(record),
        ("training took", f"{metrics.seconds['training']:.1f} s"),
        ("started", about.started),
        ("seeds", f"data {about.config['dataset'].get('seed', '–')}, training {training['seed']}"),
        ("config SHA-256", about.config_sha256[:16]),
        (f"data SHA-256{' (repeat 0)' * redrawn}", data["sha256"][:16]),
    ]


def _stopping(record: Record) -> list[tuple[str, str]]:
    """Which epochs early stopping kept, where it was asked for."""
    kept = [epoch for epoch in record.about.best_epoch if epoch is not None]
    if not kept:
        return []
    span = f"{min(kept):,}" if len(set(kept)) == 1 else f"{min(kept):,} to {max(kept):,}"
    shown = record.about.best_epoch[record.about.shown_repeat]
    text = f"weights of epoch {span}" + (f" ({shown:,} in the repeat shown)" if shown else "")
    return [("early stopping kept", text)]


def _config_lines(tree: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"{section}.{key}", json.dumps(value))
        for section, values in tree.items()
        for key, value in values.items()
    ]
