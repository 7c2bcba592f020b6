"""The comparison page of a sweep: its words and numbers; template and scripts place them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from ..comparison.compare import collect
from ..comparison.rows import Comparison
from ..comparison.run_names import same_command
from ..comparison.stages import settling
from ..comparison.verdict import duration
from ..record import Sweep
from ..scoring.metrics import METRICS, PRIMARY
from ..scoring.references import REFERENCES
from ..storage import files, run_folder
from ..storage.guarded.links import is_link
from ..storage.read_runs import all_kept
from . import exports, results_parquet
from .exports import results_csv
from .html import filled, link
from .payload import payload
from .payload.citation import citation
from .payload.first_rows import first_rows, ranking
from .payload.packing import packed
from .scoreboard.verdicts import how_others_stand, ranked
from .scripts import bundle

PAGE, TABLE, SCRIPT = "comparison.html", results_csv.FILE, "comparison/main.js"
PARTS = (PAGE, *exports.export_files())
TAILS = 200  # runs whose log's last lines stand on the page; the others link to the log

TERMS = {
    **{one.title: f"{one.meaning} In {one.unit}." for one in METRICS.values()},
    "error": f"The {METRICS[PRIMARY].title} on the validation rows, which training never saw, with "
    "the final weights; on the training rows where no row validates.",
    "typical error": "The geometric mean of the errors over the repeats: that of a typical seed. "
    "Runs are ranked, compared and tested by it, since errors are skewed and seeds differ "
    "by factors.",
    "95 % interval": "Of the typical error, Student's t on logarithms, so never below zero. On "
    "real errors it held the truth in 92 to 96 of 100 cases for the middle architecture, and in "
    "far fewer where a few seeds get stuck and the repeats show none of them (docs/verdicts.md).",
    "mean ± standard deviation": "The arithmetic mean over the repeats, and how much the error "
    "varies from one to the next.",
    "stuck": "Repeats whose training ended far above the others of the same run, or near that "
    "of the mean predictor where better is shown to be possible.",
    "Bayes-optimal": "Of E[y given x], the predictor whose expected error is the least, on the "
    "same rows; on these few another one can come out lower by chance.",
    "noise floor": "The Bayes-optimal error that is expected on new rows.",
    "above Bayes-optimal": "The typical error less the Bayes-optimal error on "
    "the same rows; “unknown” where that is.",
    "excess risk": "The mean squared distance to the Bayes-optimal prediction, on all rows; "
    "“unknown” where that prediction is.",
    **{one.title: one.meaning for one in REFERENCES.values()},
    "best": "The run with the lowest typical error. It was picked for that, so its own number is a "
    "bit better than new seeds would give.",
    "worse": "Shown to be worse than the best. If all runs of a dataset were equal, the chance "
    "that any is called worse is at most 5 %, also where errors are skewed or some seeds get "
    "stuck; docs/verdicts.md has the measured rates.",
    "as good": "Shown to have at most so many times the best's error: the margin, 1.05 unless "
    "sweep.margin says otherwise.",
    "unclear": "Neither: the repeats scatter too much, or are too few to rule out that seeds of a "
    "kind not seen yet turn the order. More repeats can settle it (sweep.settle=true).",
    "error ratio to best": "The ratio of the typical (mean squared) errors, with the interval that "
    "the verdict is read off: worse where it lies above 1, as good where it ends at the margin or "
    "below. It holds for all runs of a dataset at once.",
    "beats the best": "How often a random repeat of the run has a lower error than a random one of "
    "the best.",
    "adjusted p-value": "How often some run looks this much worse than the best by chance, where "
    "all runs are equal. At most 0.05 is worse.",
    "how it is tested": "Twice, and both have to say worse. First a t-test on the logarithms of "
    "the errors, paired where repeat k of both runs shares its seed; its p-value is read against "
    "simulated sweeps of equal runs, of normal errors and of errors with two humps, which pays for "
    "all comparisons and for having picked the best. Then a bound that needs no shape of the "
    "errors (Gaffke, 2005): one repeat is added that goes as badly for the verdict as it can, and "
    "all are weighted at random.",
    "exact": "Closed forms have no randomness: two of them are compared as they are.",
    "rank": "By the typical error. Only runs that are done rank, each among those on the same data "
    "and the same validation rows whose repeats vary the same things.",
    "diverged": "A repeat's loss stopped being a finite number; such a run has no error.",
    "parameters": "Those that training changes, as Keras counts them.",
    "typical RMSE": "The square root of the typical mean squared error: how far off a prediction "
    "typically is, in the target's own units.",
    "key importance": "The share of the variance of the log typical error that a key explains, and "
    "two keys together beyond what each does alone: the functional analysis of variance (Hutter "
    "et al., 2014) by least squares, every value of a key counted alike.",
    "Pareto line": "The runs that are better than every cheaper one.",
    "seconds": "How long the training took, compiling included, which is booked on the runs "
    "that were trained first; so parameters are the fairer cost.",
}


def compare(sweep_folder: Path, sweep: Sweep | None = None) -> Comparison:
    """Compare the runs of a folder; write its page and every export.

    Args:
        sweep_folder: where the runs are.
        sweep: what `sweep.json` says, where that is known already.
    """
    with all_kept():
        comparison = collect(sweep_folder, sweep)
        written = {one.FILE: one.content(comparison) for one in exports.exporters().values()}
        for name, content in written.items():
            files.write_bytes(sweep_folder / name, content)
        results_parquet.write_parquet(sweep_folder, written.pop(TABLE), len(comparison.rows))
        page = render_comparison(comparison, payload(sweep_folder, comparison))
        files.write_bytes(sweep_folder / PAGE, page.encode(errors="replace"))
    _remove_leftovers(sweep_folder)
    return comparison


def render_comparison(comparison: Comparison, data: dict[str, Any]) -> str:
    """The page as HTML. data: what its scripts work on, see `payload`."""
    undone = comparison.undone
    return filled(
        "comparison.html.j2",
        name=comparison.name,
        command=comparison.command,
        started=comparison.started,
        counts=comparison.counts,
        total=len(comparison.rows),
        held=len(data["rows"]),
        search=data["search"],
        planned=comparison.planned,
        again=same_command(comparison.command, comparison.name),
        groups=[_card(comparison, index) for index in range(len(comparison.groups))],
        first=first_rows(comparison),
        citation=citation(comparison),
        **_settling(comparison),
        undone=[(row, link(row.folder, run_folder.LOG)) for row in undone],
        tails=TAILS,
        terms=TERMS,
        curves=sum(row["curves"] is not None for row in data["rows"]),
        ranked=sum(group.runs for group in comparison.groups),
        table=TABLE,
        exports=[name for name in exports.export_files() if name != TABLE],
        payload=packed(data),
        script=bundle(SCRIPT),
    )


def _card(comparison: Comparison, index: int) -> dict[str, Any]:
    """The first screen's words on one group."""
    group = comparison.groups[index]
    best = None if group.best is None else comparison.rows[group.best]
    return {
        "name": group.name,
        "description": group.description,
        "best": best,
        "page": best and link(best.folder, run_folder.REPORT),
        "sentences": group.sentences,
        "others": how_others_stand(ranked(comparison, index)[1:]),
        "comparisons": group.comparisons,
        "runs": group.runs,
        "ranking": ranking(comparison, index),
    }


def _settling(comparison: Comparison) -> dict[str, Any]:
    """The command that settles what is unclear, and how long it takes in words."""
    found = settling(comparison)
    takes = "" if found is None or found.seconds is None else duration(found.seconds)
    return {"settling": found, "settling_takes": takes}


def _remove_leftovers(sweep_folder: Path) -> None:
    """What earlier versions set beside the page, which now carries it."""
    (sweep_folder / "plotly.min.js").unlink(missing_ok=True)
    scripts = sweep_folder / "comparison_data"
    if is_link(scripts) or not scripts.is_dir():
        return
    for path in scripts.glob("*.js"):
        path.unlink()
    with suppress(OSError):  # it holds what is not ours
        scripts.rmdir()
