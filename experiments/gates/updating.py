"""What `gate=update` does: stores errors as baselines, with what another processor may move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from .. import terminal, theme
from .. import text as wording
from ..errors import ConfigError
from ..storage.read_runs import Run
from . import retrain
from .baselines import Baseline, Origin, differences, read_baseline, write_baseline
from .checking import WIDTH
from .pairs import compare_seeds, tolerance
from .spec import Gate
from .verdicts import compare_to_baseline, two_digit_percent


def update_baselines(
    gate: Gate, runs: Mapping[str, Run], lines: list[str], console: Console
) -> None:
    """Store each finished run as a baseline; prints what differs from the one before."""
    made: dict[str, Baseline] = {}
    for preset, run in runs.items():
        assert run.metrics is not None
        if None in run.metrics.final.values:
            lines.append(f"FAILED {preset}: a training diverged; its baseline is as it was")
        else:
            made[preset] = _baseline(preset, run)
    drifts = _drifts(gate, made, console)
    table = Table(box=None, pad_edge=False)
    heads = ("gate", "baseline", "repeats", "now", "repeats", "moved", "spread", "p")
    for name in (*heads, "drift", "tolerance"):
        table.add_column(name, justify="left" if name == "gate" else "right")
    for preset, one in made.items():
        now = replace(one, tolerance=tolerance(drifts[preset]))
        table.add_row(preset, *_store(gate, now, lines), *_tolerated(now, max(drifts[preset])))
    _print_update(gate, table, lines, len(made))


def _baseline(preset: str, run: Run) -> Baseline:
    """The baseline of a run without diverged repeats, its tolerance still unknown."""
    assert run.about is not None
    assert run.metrics is not None
    about, metrics = run.about, run.metrics
    values = tuple(value for value in metrics.final.values if value is not None)
    origin = Origin(about.config, str(about.data["sha256"]), about.versions)
    seed = int(about.config["training"]["seed"])
    return Baseline(preset, metrics.final_name, seed, values, origin=origin)


def _drifts(gate: Gate, made: Mapping[str, Baseline], console: Console) -> dict[str, list[float]]:
    """How far each preset's pairs drift as on other processors: one median for each of these.

    One that is chaotic on one of them is not trained on the next.
    """
    drifts: dict[str, list[float]] = {name: [] for name in made}
    for processor, settings in retrain.EMULATED.items():
        steady = [name for name in made if tolerance(drifts[name]) is not None]
        presets = wording.count(len(steady), "preset")
        console.print(f"drift of {presets}, trained as on another processor: {processor}")
        configs = [
            retrain.with_seed(one.origin.config, one.seed, min(gate.pairs, one.count))
            for one in map(made.__getitem__, steady)
        ]
        for name, errors in zip(steady, retrain.emulated(configs, settings), strict=True):
            drifts[name].append(compare_seeds(made[name], errors, made[name].origin.versions).drift)
    return drifts


def _store(gate: Gate, now: Baseline, lines: list[str]) -> list[str]:
    """Store a baseline; returns the cells on the one before, on this one, and between them."""
    try:
        before = read_baseline(gate.folder, now.name)
    except ConfigError:
        before = None
    path = write_baseline(gate.folder, now)
    mine = [_mean(now), str(now.count)]
    if before is None:
        lines.append(f"{path}: new")
        return ["–", "–", *mine, "–", "–", "–"]
    verdict = compare_to_baseline(before, now.values, now.seed, gate.level)
    same = before.values == now.values
    lines.append(f"{path}: {'the same errors' if same else verdict.message}")
    config, data = now.origin.config, now.origin.data_sha256
    lines += [f"  {text}" for text in differences(before, config, data)]
    apart = [two_digit_percent(verdict.moved), f"{verdict.widened:.2f}×", f"{verdict.p:.2g}"]
    return [_mean(before), str(before.count), *mine, *apart]


def _mean(one: Baseline) -> str:
    return f"{wording.number(one.mean)} ± {wording.number(one.std, 2)}"


def _tolerated(now: Baseline, drift: float) -> tuple[str, str]:
    """The largest drift that was measured, and what it comes to."""
    return f"{drift:.1e}", "chaotic" if now.tolerance is None else f"{now.tolerance:.1e}"


def _print_update(gate: Gate, table: Table, lines: list[str], updated: int) -> None:
    console = terminal.console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    for line in lines:
        console.print(line, style=theme.TERMINAL_BAD if line.startswith("FAILED") else None)
    console.print(
        f"gate: {updated} baselines written to {gate.folder}; look at the difference, then "
        "commit it. An update never passes; python run.py gate=check does",
        style=theme.TERMINAL_BAD,
    )
