"""What the page says of a search: its trials, the importance of its keys, and how to read both."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...comparison.rows import Comparison
from ...record import Search, Trial
from ...search.kept import read_search
from ...text import count


def search_payload(
    sweep_folder: Path, comparison: Comparison, places: Mapping[int, int]
) -> dict[str, Any] | None:
    """The search that chose the runs of a sweep; None where they are a grid.

    Args:
        sweep_folder: where `search.json` is.
        comparison: of its runs.
        places: where on the page a row stands, by its number.
    """
    search = read_search(sweep_folder)
    if search is None:
        return None
    numbers = {row.folder: number for number, row in enumerate(comparison.rows)}
    trials = [
        {
            "number": trial.number,
            "state": trial.state,
            "value": trial.value,
            "row": places.get(numbers.get(trial.folder, -1)),
            "chosen": _trial_words(trial),
        }
        for trial in search.trials
    ]
    best = _lowest_trial(search)
    return {
        "trials": trials,
        "sentence": _sentence(search),
        "best": best and best.number,
        "space": [
            (one.key, one.text, "" if best is None else str(best.params.get(one.key, "")))
            for one in search.space
        ],
        "anew": best and _anew(search, best, comparison, numbers),
        "importance": {
            "shares": [([key], share) for key, share in search.importance.items()],
            "runs": sum(trial.state == "done" for trial in search.trials),
        },
    }


def _lowest_trial(search: Search) -> Trial | None:
    known = [trial for trial in search.trials if trial.value is not None]
    return min(known, key=lambda trial: (trial.value, trial.number), default=None)


def _trial_words(trial: Trial) -> str:
    """`width 12, learning_rate 0.01`."""
    return ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in trial.params.items())


def _sentence(search: Search) -> str:
    """How many trials there were and what they came to."""
    said = {"asked": "asked for and not trained yet"}
    states = Counter(said.get(trial.state, trial.state) for trial in search.trials)
    each = ", ".join(f"{many:,} {state}" for state, many in states.items())
    runs = len({trial.folder for trial in search.trials if trial.folder})
    shared = f" They share {count(runs, 'run')}: a config that is chosen twice is trained once."
    return (
        f"Optuna's sampler {search.sampler} (seed {search.seed}) chose "
        f"{count(len(search.trials), 'trial')}{f': {each}' if each else ''}."
        f"{shared if 0 < runs < len(search.trials) else ''}"
    )


def _anew(search: Search, best: Trial, comparison: Comparison, numbers: Mapping[str, int]) -> str:
    """The command that trains the best trial from seeds that the search has not seen."""
    row = numbers.get(best.folder)
    seed = 0 if row is None else int(comparison.rows[row].keys.get("training.seed", 0))
    words = [text for text in search.fixed if not text.startswith("training.seed=")]
    chosen = [f"{key}={value}" for key, value in best.params.items()]
    return shlex.join(["python", "run.py", *words, *chosen, f"training.seed={seed + 1}"])
