"""The comparison page of a sweep: its words and numbers; template and scripts place them."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import record as records
from ..comparison import Comparison, Row, collect
from ..limits import BASELINES
from ..terminal import title
from . import chart_data, results_csv
from .run_page import environment

PAGE, TABLE, PLOTLY = "comparison.html", "results.csv", "plotly.min.js"
PARTS = (PAGE, TABLE, PLOTLY, chart_data.FOLDER)
TAILS = 200  # runs whose log's last lines stand on the page; the others link to the log
PICTURES = ("fit.png", "loss_curves.png", "model.png")

LIMITS = {"bayes": "best possible"}
TERMS = {
    "mean squared error": "The average squared distance between prediction and target, here on "
    "the validation rows, which training never saw; measured with the final weights.",
    "± (standard deviation)": "How much the error varies from one repeat to the next, that is, "
    "with other random initial weights and batch orders.",
    "95 % interval": "Student's t interval of the mean error: intervals made like this one hold "
    "the mean over all seeds in 95 of 100 cases.",
    "noise floor": "The error that the best possible predictor is expected to make. Nothing gets "
    "below it, except by chance on few rows.",
    "best possible": "What E[y given x], the Bayes-optimal prediction, makes on the same rows.",
    "over the floor": "The mean error less the noise floor; “unknown” where the floor is.",
    "excess": "The mean squared distance to the best possible prediction, on all rows; “unknown” "
    "where that prediction is.",
    "least squares": str(BASELINES["least_squares"].__doc__).splitlines()[0],
    "mean predictor": str(BASELINES["mean_predictor"].__doc__).splitlines()[0],
    "best": "The run with the lowest mean error. It was picked for that, so its own number is a "
    "bit better than new seeds would give.",
    "tie": "A run that its repeats cannot tell from the best. That is no proof of equality: more "
    "repeats may tell the two apart.",
    "worse": "A run whose repeats show that it is worse than the best. If all runs of a dataset "
    "were equal, the chance that any of them is called worse is at most 5 %.",
    "times the best": "The ratio of the errors (geometric means over the repeats), with the 95 % "
    "interval of that pair alone.",
    "p, adjusted": "How often some run looks this much worse than the best by chance, where all "
    "runs are equal. At most 0.05 is worse. It speaks of other seeds, not of other data.",
    "how it is tested": "Repeat k of all runs of one seed shares initial weights and batch order, "
    "so the logarithms of the errors go through a paired t-test (scipy.stats.ttest_rel; Welch's "
    "ttest_ind where seeds differ). P-values are adjusted for all comparisons of a dataset and for "
    "having picked the best, by step-down minP against simulated sweeps of equal runs.",
    "exact": "Closed forms have no randomness: two of them are compared as they are.",
    "cannot judge": "One repeat has no spread: nothing can be said about chance.",
    "rank": "1 for the best and all its ties; the others by their mean error. Only runs that are "
    "done rank, each among those on the same data and the same validation rows.",
    "diverged": "A repeat's loss stopped being a finite number; such a run has no mean error.",
    "parameters": "Numbers that the model holds, as Keras counts them.",
    "seconds": "How long the training took, as the run recorded it.",
}


def compare(sweep_folder: Path) -> Comparison:
    """Compare the runs of a folder and write its page, its table and what the page loads."""
    comparison = collect(sweep_folder)
    paths = chart_data.write(sweep_folder, comparison)
    _copy_plotly(sweep_folder / PLOTLY)
    records.write_bytes(sweep_folder / TABLE, results_csv.table(comparison).encode())
    page = render(comparison, paths, _pictures(sweep_folder, comparison))
    records.write_bytes(sweep_folder / PAGE, page.encode(errors="replace"))
    return comparison


def render(comparison: Comparison, curves: dict[int, str], pictures: frozenset[str]) -> str:
    """The page as HTML. curves: scripts by row number; pictures: what every ranked run has."""
    undone = comparison.undone
    return (
        environment()
        .get_template("comparison.html.j2")
        .render(
            name=comparison.name,
            command=comparison.command,
            started=comparison.started,
            counts=comparison.counts,
            total=len(comparison.rows),
            planned=comparison.planned,
            groups=[_card(comparison, place) for place in range(len(comparison.groups))],
            undone=[(row, _link(row, records.LOG)) for row in undone],
            tails=TAILS,
            terms=TERMS,
            curves=len(curves),
            ranked=sum(group.runs for group in comparison.groups),
            most_curves=chart_data.RUNS,
            plotly=PLOTLY,
            table=TABLE,
            payload=chart_data.embedded(payload(comparison, curves, pictures)),
        )
    )


def payload(
    comparison: Comparison, curves: dict[int, str], pictures: frozenset[str]
) -> dict[str, Any]:
    """What the scripts work on, as plain data."""
    return {
        "keys": comparison.varying,
        "named": comparison.named,
        "pictures": [name for name in PICTURES if name in pictures],
        "groups": [
            {
                **asdict(group),
                "limitNames": {n: LIMITS.get(n, title(n)) for n in group.limits},
            }
            for group in comparison.groups
        ],
        "rows": [
            {
                "folder": row.folder,
                "page": _link(row, records.REPORT),
                "state": row.state,
                "label": row.label,
                "group": row.group,
                "keys": {key: row.keys[key] for key in comparison.varying if key in row.keys},
                "rank": row.rank,
                "mean": row.mean,
                "std": row.std,
                "ci95": row.ci95,
                "repeats": row.repeats,
                "overFloor": row.over_floor,
                "excess": row.excess,
                "parameters": row.parameters,
                "seconds": row.training_seconds,
                "tied": row.tied_with_best,
                "how": row.how,
                "ratio": row.ratio,
                "ratio95": row.ratio95,
                "p": row.p,
                "curves": curves.get(place),
            }
            for place, row in enumerate(comparison.rows)
        ],
    }


def _card(comparison: Comparison, place: int) -> dict[str, Any]:
    """The first screen's words on one group."""
    group = comparison.groups[place]
    best = None if group.best is None else comparison.rows[group.best]
    return {
        "name": group.name,
        "description": group.description,
        "best": best,
        "page": best and _link(best, records.REPORT),
        "said": group.said,
        "comparisons": group.comparisons,
        "runs": group.runs,
    }


def _link(row: Row, name: str) -> str:
    """A relative address of a file of a run, safe for any folder name."""
    return "./" + quote(f"{row.folder}/{name}")


def _pictures(sweep_folder: Path, comparison: Comparison) -> frozenset[str]:
    """The pictures that the best runs have; the page hides one that cannot be loaded."""
    best = [
        comparison.rows[group.best].folder for group in comparison.groups if group.best is not None
    ]
    return frozenset(n for n in PICTURES if any((sweep_folder / f / n).is_file() for f in best))


def _copy_plotly(target: Path) -> None:
    """Set the charting library beside the page, once."""
    source = Path(str(files("plotly") / "package_data" / PLOTLY))
    if not target.is_file() or target.stat().st_size != source.stat().st_size:
        with records.replacing(target) as aside:
            shutil.copyfile(source, aside)
