"""Gates on final errors: `gate=check` and `gate=update` on the command line, `check` in pytest.

Trains nothing itself on the command line: a sweep over presets ends with `conclude`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass
from rich.table import Table

from datasets.spec import STRICT, Seed
from models import fit

from . import record as records
from . import terminal
from .baselines import (
    Baseline,
    Origin,
    Verdict,
    caught,
    differences,
    judge,
    other_versions,
    read,
    update_command,
    write,
)
from .checks import NAME, check_purpose
from .errors import EXIT_DONE, EXIT_FAILED, ConfigError, Problem
from .pipeline import prepare
from .ranks import can_fail
from .results import measure
from .runs import Run, read_run
from .statistics import Spread

WIDTH = 110  # the table needs it, also where no terminal says how wide it is
Name = Annotated[str, Field(pattern=NAME, description="the name of a preset")]


@dataclass(frozen=True, config=STRICT)
class Gate:
    """What is gated, as the `gate` section of a config writes it."""

    mode: Annotated[Literal["check", "update"], Field(examples=["check"])]
    presets: Annotated[tuple[Name, ...], Field(min_length=1, examples=["[sine_sigmoid2]"])]
    repeats: Annotated[int, Field(ge=1, le=10_000, examples=[20])]
    slow: Annotated[tuple[Name, ...], Field(examples=["[sine_deep]"])]
    slow_repeats: Annotated[int, Field(ge=1, le=10_000, examples=[5])]
    seed: Seed
    baselines: Annotated[str, Field(examples=["tests/baselines"])]
    false_alarms: Annotated[float, Field(gt=0, lt=1, examples=[0.01])]

    @property
    def folder(self) -> Path:
        """Where the baselines are, seen from where the person stands."""
        return Path(self.baselines)

    @property
    def level(self) -> float:
        """The false alarms that one preset may have, for all of them to have no more than asked."""
        return self.false_alarms / len(self.presets)

    def repeats_of(self, preset: str) -> int:
        """How many times a preset is trained."""
        return self.slow_repeats if preset in self.slow else self.repeats


def prepare_gate(section: Any) -> None:
    """Raise ConfigError, before anything is trained, where a gate cannot be checked.

    Baselines have to be there, and be large enough to fail at all.
    """
    gate = check_purpose("gate", section, Gate)
    problems: list[Problem] = []
    for preset in gate.presets if gate.mode == "check" else ():
        try:
            baseline = read(gate.folder, preset)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        problems.extend(_too_few(baseline, gate.repeats_of(preset), gate.level))
    if problems:
        raise ConfigError(problems)


def _too_few(baseline: Baseline, repeats: int, level: float) -> list[Problem]:
    """Why so few errors cannot be told apart from a baseline's."""
    if baseline.fixed or can_fail(baseline.count, repeats, level):
        return []
    what = f"{repeats} repeats beside {baseline.count} of {baseline.name} can hardly fail"
    fix = "ask for more with gate.repeats or gate.slow_repeats, or update with more"
    return [Problem("gate.repeats", f"{what}, received {repeats}", fix)]


def conclude(sweep_folder: Path, section: Any) -> int:
    """Check the runs of a sweep against their baselines, or make these anew; returns an exit code.

    Reads run folders alone. An update always returns that of a failure: the baselines are others
    now, and somebody has to look at the difference.
    """
    gate = check_purpose("gate", section, Gate)
    sweep = records.read_sweep(sweep_folder)
    planned_runs = sweep.runs if sweep else ()
    failed = updated = 0
    table = Table(box=None, pad_edge=False)
    for name in ("gate", "baseline", "repeats", "now", "repeats", "moved", "spread", "p", "sees"):
        table.add_column(name, justify="left" if name == "gate" else "right")
    lines: list[str] = []
    for planned in planned_runs:
        preset = _preset(planned.overrides)
        run = read_run(sweep_folder / planned.folder, sweep_folder)
        if preset is None or run.about is None or run.metrics is None:
            failed += 1
            lines.append(f"FAILED {preset or planned.folder}: {run.state}: {run.reason}")
        elif gate.mode == "check":
            verdict = _check(gate, preset, run, table, lines)
            failed += not verdict
        else:
            updated += _update(gate, preset, run, table, lines)
    trained = {_preset(planned.overrides) for planned in planned_runs}
    for preset in [name for name in gate.presets if name not in trained]:
        failed += 1
        lines.append(f"FAILED {preset}: was not trained")
    _tell(gate, table, lines, failed, updated)
    return EXIT_FAILED if failed or gate.mode == "update" else EXIT_DONE


def _preset(overrides: tuple[str, ...]) -> str | None:
    """The preset that a run was asked for by."""
    named = [text.partition("=")[2] for text in overrides if text.startswith("experiment=")]
    return named[-1] if named else None


def _check(gate: Gate, preset: str, run: Run, table: Table, lines: list[str]) -> Verdict:
    """The verdict on one run, told as a row and, where it fails, as lines on what to do."""
    assert run.about is not None
    assert run.metrics is not None
    baseline, final = read(gate.folder, preset), run.metrics.final
    seed = int(run.about.config["training"]["seed"])
    verdict = judge(baseline, final.values, seed, gate.level)
    sees = caught(baseline, len(final.values), gate.level)
    _row(table, baseline, final, verdict, "–" if baseline.fixed else f"{sees:.1f}")
    others = other_versions(baseline, run.about.versions)
    if others:
        lines.append(f"warning: {preset}: {', '.join(others)}: errors may differ a little")
    changed = differences(baseline, run.about.config, str(run.about.data["sha256"]))
    if changed:
        lines.append(f"warning: {preset} is another experiment: {'; '.join(changed)}")
    if not verdict:
        lines.append(f"FAILED {verdict}")
        made = baseline.origin.versions.get("archlab", "an unknown version")
        lines.append(f"  look for what changed since the baseline (archlab {made})")
        lines.append(f"  or, if it was meant: {update_command(gate.folder, preset)}")
    return verdict


def _update(gate: Gate, preset: str, run: Run, table: Table, lines: list[str]) -> int:
    """Store one run as a baseline, told as a row; returns how many were stored."""
    assert run.about is not None
    assert run.metrics is not None
    final = run.metrics.final
    values = [value for value in final.values if value is not None]
    if len(values) < len(final.values):
        lines.append(f"FAILED {preset}: a training diverged; its baseline is as it was")
        return 0
    about, seed = run.about, int(run.about.config["training"]["seed"])
    origin = Origin(about.config, str(about.data["sha256"]), about.versions)
    made = Baseline(preset, run.metrics.final_name, seed, tuple(values), origin)
    try:
        before = read(gate.folder, preset)
    except ConfigError:
        before = None
    path = write(gate.folder, made)
    if before is None:
        table.add_row(preset, "–", "–", _mean(made.mean, made.std), str(made.count))
        lines.append(f"{path}: new")
        return 1
    verdict = judge(before, made.values, made.seed, gate.level)
    _row(table, before, final, verdict, "–")
    same = before.values == made.values
    lines.append(f"{path}: {'the same errors' if same else verdict.said}")
    lines += [f"  {text}" for text in differences(before, origin.config, origin.data_sha256)]
    return 1


def _row(table: Table, baseline: Baseline, final: Spread, verdict: Verdict, sees: str) -> None:
    """One preset: before, now, how far apart, and the shift that is seen 95 times in 100."""
    before, now = _mean(baseline.mean, baseline.std), terminal.spread(final)
    apart = f"{verdict.moved:+.2f}", f"{verdict.widened:.2f}×", f"{verdict.p:.2g}", sees
    row = (baseline.name, before, str(baseline.count), now, str(len(final.values)), *apart)
    table.add_row(*row, style=None if verdict else "red")


def _mean(mean: float, std: float) -> str:
    return f"{terminal.number(mean)} ± {std:.2g}"


def _tell(gate: Gate, table: Table, lines: list[str], failed: int, updated: int) -> None:
    console = terminal.console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    for line in lines:
        console.print(line, style="red" if line.startswith("FAILED") else None)
    if gate.mode == "update":
        console.print(
            f"gate: {updated} baselines written to {gate.folder}; look at the difference, then "
            "commit it. An update never passes; python run.py gate=check does",
            style="red",
        )
    elif failed:
        console.print(f"gate: {failed} of {len(gate.presets)} FAILED", style="red")
    else:
        said = f"gate: {len(gate.presets)} passed; p below {gate.level:.1g} fails, which unchanged"
        console.print(f"{said} code does in {gate.false_alarms:.2g} of all checks at most")
        console.print("moved and sees (the shift that 95 of 100 checks see): standard deviations")


def check(
    *overrides: str,
    baseline: str | Path,
    repeats: int = 20,
    seed: int = 1,
    false_alarms: float = 0.01,
) -> Verdict:
    """Train one experiment and compare its final errors with its baseline, as a test does.

    overrides: those of the command line, `"experiment=sine_sigmoid2"`. baseline: the JSON file that
    `gate=update` wrote. seed: the training.seed, which should not be the baseline's. false_alarms:
    how often unchanged code may fail. Returns a verdict: `assert verdict, verdict`. Raises
    ConfigError for overrides or a baseline that cannot be used.
    """
    from .config import composed

    path = Path(baseline)
    known = read(path.parent, path.stem)
    own = [f"training.repeats={repeats}", f"training.seed={seed}"]
    dataset, task = prepare(composed([*overrides, *own]))
    if problems := _too_few(known, task.repeats, false_alarms):
        raise ConfigError(problems)
    metrics = measure(dataset, task, fit([task])[0])
    return judge(known, metrics.final.values, seed, false_alarms)
