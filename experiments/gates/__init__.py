"""Gates on final errors: `gate=check` and `gate=update` on the command line, `check` in pytest.

A check trains the first seeds of every baseline again: unchanged code ends on the same numbers.
Where it does not, or cannot be expected to, errors from other seeds say whether it matters. On the
command line the first part is a sweep over presets, which ends with `conclude`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import terminal
from ..config.schema import check_section
from ..errors import ConfigError, Problem
from ..record import Planned
from ..storage import sweep_folder as sweep_folder_
from ..storage.provenance import versions
from ..storage.read_runs import Run, read_run
from . import checking, retrain, updating
from .baselines import no_place, read_baseline
from .pairs import Finding, compare_seeds
from .spec import Gate, unusable

__all__ = ["Finding", "Gate", "check", "check_gate", "conclude_gate"]

GATE_LOG = "gate.log"


def check_gate(section: Any) -> Gate:
    """The checked `gate` section.

    Raises:
        ConfigError: where a gate could not be checked: baselines have to be there, be large enough
            to fail at all, and be from another seed. Nor where an update could not be stored.
    """
    gate = check_section("gate", section, Gate)
    problems: list[Problem] = []
    if gate.mode == "update":
        found = (one for preset in gate.presets for one in no_place(gate.folder, preset))
        problems.extend(dict.fromkeys(found))
    for preset in gate.presets if gate.mode == "check" else ():
        try:
            baseline = read_baseline(gate.folder, preset)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        problems.extend(unusable(baseline, gate.repeats_of(preset), gate.seed, gate.level))
    if problems:
        raise ConfigError(problems)
    return gate


def conclude_gate(sweep_folder: Path, gate: Gate) -> bool:
    """Check the runs of a sweep against their baselines, or make these anew.

    Reads run folders, and trains what they leave in doubt.

    Args:
        sweep_folder: the sweep's.
        gate: what is gated.

    Returns:
        Whether every preset passed. An update never does: the baselines are others now, and
        somebody has to look at the difference.
    """
    sweep = sweep_folder_.read_sweep(sweep_folder)
    runs, lines = _runs(gate, sweep_folder, sweep.runs if sweep else ())
    failed = len(lines)
    with terminal.native_noise_to(sweep_folder / GATE_LOG) as console:
        if gate.mode == "update":
            updating.update_baselines(gate, runs, lines, console)
            return False
        return checking.check_runs(gate, runs, lines, console) + failed == 0


def _runs(
    gate: Gate, sweep_folder: Path, planned_runs: tuple[Planned, ...]
) -> tuple[dict[str, Run], list[str]]:
    """The finished run of each preset, and a line for each that there is none of."""
    runs: dict[str, Run] = {}
    lines: list[str] = []
    missing = dict.fromkeys(gate.presets, "was not trained")
    for planned in planned_runs:
        preset = _preset(planned.overrides)
        run = read_run(sweep_folder / planned.folder, sweep_folder)
        if preset is None or run.about is None or run.metrics is None:
            missing[preset or planned.folder] = f"{run.state}: {run.reason}"
        else:
            runs[preset] = run
            missing.pop(preset, None)
    lines += [f"FAILED {name}: {why}" for name, why in missing.items()]
    return runs, lines


def _preset(overrides: tuple[str, ...]) -> str | None:
    """The preset that a run was asked for by."""
    named = [text.partition("=")[2] for text in overrides if text.startswith("experiment=")]
    return named[-1] if named else None


def check(
    *overrides: str,
    baseline: str | Path,
    repeats: int = 20,
    seed: int = 1,
    false_alarms: float = 0.01,
    pairs: int = 5,
) -> Finding:
    """Train one experiment and compare its final errors with its baseline, as a test does.

    Args:
        overrides: those of the command line, `"experiment=sine_sigmoid2"`.
        baseline: the JSON file that `gate=update` wrote.
        repeats: how many trainings from other seeds there are where the first leave a doubt.
        seed: theirs, another one than the baseline's.
        false_alarms: how often these may fail where nothing that matters has changed.
        pairs: how many of the baseline's seeds are trained again first.

    Returns:
        What was found: `assert found, found`.

    Raises:
        ConfigError: for overrides or a baseline that cannot be used.
    """
    from ..config.explain import composed

    path = Path(baseline)
    known = read_baseline(path.parent, path.stem)

    def config(seed: int, repeats: int) -> Any:
        own = [f"training.repeats={repeats}", f"training.seed={seed}"]
        return composed([*overrides, *own])

    fresh = config(seed, repeats)
    if problems := unusable(known, repeats, seed, false_alarms):
        raise ConfigError(problems)
    (first,) = retrain.errors([config(known.seed, min(pairs, known.count))])
    one = checking.Paired(known, compare_seeds(known, first, versions()), fresh)
    return checking.findings([one], false_alarms)[known.name]
