"""The numbers and words of a run's page; the template only places them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from models.repeats import MOST

from ..comparison.stuck import count_stuck
from ..plots import NETWORK
from ..record import Metrics, Record, best_possible
from ..scoring.metrics import PRIMARY, SPLITS
from ..storage.run_folder import DATA_FILES, LOG, MODEL_FILE, STATUS
from ..text import each, exact, mean_and_std, meaning, number, of_references, shown_rows
from . import scores
from .chart_data import embedded, varying_features
from .growth import Growth, UnitPicture
from .html import PagePicture, environment


def render(
    record: Record,
    pictures: Mapping[str, str | PagePicture],
    has_diagram: bool,
    growth: Growth | None = None,
    units: Sequence[UnitPicture] = (),
) -> str:
    """The page as HTML. `pictures` maps the pictures in the folder to their captions.

    One that stands in the page itself comes whole; that of the network has a place of its own.
    """
    return (
        environment()
        .get_template("run.html.j2")
        .render(
            **_results(record),
            **_provenance(record),
            pictures={name: text for name, text in pictures.items() if isinstance(text, str)},
            network=pictures.get(NETWORK),
            has_diagram=has_diagram,
            growth=growth,
            growth_data=growth and embedded(growth.data),
            units=units,
            n_rows=len(record.predictions),
            n_varying=len(varying_features(record)),
        )
    )


def _results(record: Record) -> dict[str, Any]:
    """What came out, in words and tables."""
    metrics, about = record.metrics, record.about
    splits = [split for split in SPLITS if f"{split}/{PRIMARY}" in metrics.scores]
    several = metrics.repeats > 1
    return {
        "title": about.label,
        "state": record.state,
        "description": about.data["description"],
        "verdict": verdict_on_run(record),
        "diverged": [(k, at) for k, at in enumerate(about.diverged_at) if at is not None],
        "scores": scores.tables(metrics),
        "excess": mean_and_std(metrics.scores.get("excess/mse")),
        "floor": "" if metrics.noise_floor is None else number(metrics.noise_floor),
        "repeats": _repeats(record, splits) if several else [],
        "each": each(about.vary),
        "meaning": meaning(about) if several else "",
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
        "facts": _facts(record),
        "versions": about.versions,
        "files": [*DATA_FILES, MODEL_FILE, LOG, ".hydra/config.yaml", STATUS],
    }


def verdict_on_run(record: Record) -> str:
    """One or two sentences: the score, and where it stands among its references."""
    metrics = record.metrics
    name, score, references = metrics.final_name, metrics.final, metrics.references
    if score.typical is None:
        return "This run has no error of its own: a training diverged."
    side = SPLITS[name.partition("/")[0]]
    text = f"Mean squared error {number(score.typical)} on the {side} rows"
    if score.std is not None:
        text += f", the geometric mean over {metrics.repeats} repeats (mean {mean_and_std(score)})"
    mean = references["mean_predictor"][name]
    if best := best_possible(references, name):
        if score.typical >= best:
            text += f"; that is {score.typical / best:.2f} times the "
            text += f"Bayes-optimal error ({number(best)})"
        else:
            text += f"; the Bayes-optimal error is {number(best)} there, higher by chance"
            text += " or because the noise of these rows was learned"
    line = number(references["least_squares"][name])
    text += f". Least squares: {line}; mean predictor: {number(mean)}."
    return text + _stuck_in_words(metrics)


def _stuck_in_words(metrics: Metrics) -> str:
    """How many repeats got stuck, where any did."""
    values = [value for value in metrics.final.values if value is not None]
    lazy, line = (
        metrics.references[of][metrics.final_name] for of in ("mean_predictor", "least_squares")
    )
    count = count_stuck(values, lazy, line) if len(values) > 1 else 0
    return f" {count} of {len(values)} repeats got stuck." if count else ""


def _repeats(record: Record, splits: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    shown = record.about.shown_repeat
    return [
        (
            f"{repeat}, shown" if repeat == shown else str(repeat),
            tuple(number(record.metrics.scores[f"{s}/{PRIMARY}"].values[repeat]) for s in splits),
        )
        for repeat in range(record.metrics.repeats)
    ]


def _repeats_in_words(record: Record) -> str:
    text = f"{record.metrics.repeats} (repeat {record.about.shown_repeat} is shown and saved)"
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


def _facts(record: Record) -> list[tuple[str, str]]:
    about, metrics = record.about, record.metrics
    data, training = about.data, about.config["training"]
    rows = (data["rows"], data["train_rows"], data["rows"] - data["train_rows"])
    redrawn = "data" in about.vary
    return [
        ("rows", "{} ({} training, {} validation)".format(*rows)),
        ("features", ", ".join(data["features"])),
        (
            "parameters",
            f"{metrics.parameters['total']:,} ({metrics.parameters['trainable']:,} trainable)",
        ),
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
