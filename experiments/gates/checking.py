"""What a check finds: pairs first, errors from other seeds where these leave a doubt, and words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from .. import terminal, text, theme
from ..config.schema import Config
from ..storage.read_runs import Run
from . import retrain
from .baselines import Baseline, differences, read_baseline, update_command
from .pairs import EQUAL, Finding, Pairs, compare_seeds
from .spec import Gate
from .verdicts import compare_to_baseline, detectable_shift, trouble, two_digit_percent

WIDTH = 120  # the table needs it, also where no terminal says how wide it is
# How many trainings from another seed see to it that seeds are not ignored.
WITNESSES = 2


class Paired(NamedTuple):
    """A baseline, its first errors trained again, and what trains errors from other seeds."""

    baseline: Baseline
    pairs: Pairs
    fresh: Config

    @property
    def repeats(self) -> int:
        """How many errors from other seeds there would be: `fresh` always names a number."""
        return int(self.fresh.training.repeats)


def findings(
    paired: Sequence[Paired], level: float, console: Console | None = None
) -> dict[str, Finding]:
    """What is found of each experiment, by its name.

    Those that the pairs leave in doubt are trained from other seeds. Of the others the quickest is
    trained a few times so, because code that ignores the seed ends on equal pairs too.

    Args:
        paired: baselines with their pairs.
        level: how often errors from other seeds may fail where nothing changed.
        console: where it is told what is trained; None: nowhere.
    """
    doubtful = [one for one in paired if one.pairs.doubtful]
    sound = [one for one in paired if not one.pairs.doubtful and not one.baseline.fixed]
    witness = min(sound, key=_work) if sound else None
    configs = [one.fresh for one in doubtful]
    if witness:
        tree, training = witness.fresh.tree(), witness.fresh.training
        configs.append(retrain.with_seed(tree, training.seed, WITNESSES))
    if console and doubtful:
        trainings = sum(one.repeats for one in doubtful)
        names = ", ".join(one.baseline.name for one in doubtful)
        more = text.count(trainings, "training")
        console.print(f"in doubt: {names}; {more} from other seeds say whether it matters")
    errors = retrain.errors(configs, console) if configs else []
    found = {one.baseline.name: Finding(one.baseline.name, one.pairs) for one in paired}
    for one, values in zip(doubtful, errors, strict=False):
        verdict = compare_to_baseline(one.baseline, values, one.fresh.training.seed, level)
        found[one.baseline.name] = Finding(one.baseline.name, one.pairs, verdict)
    if witness and (wrong := trouble(witness.baseline, errors[-1], witness.fresh.training.seed)):
        name = witness.baseline.name
        found[name] = Finding(name, witness.pairs, trouble=wrong)
    return found


def _work(one: Paired) -> tuple[bool, int]:
    """About how long a training takes; untrained networks last, as they say least."""
    config = one.fresh
    units = sum(layer.units for layer in config.model.layers)
    return config.training.epochs == 0, config.training.epochs * (10 + units**2)


def check_runs(gate: Gate, runs: Mapping[str, Run], lines: list[str], console: Console) -> int:
    """Check the finished run of each preset, and print what is found.

    Args:
        gate: what is gated.
        runs: the finished run of each preset.
        lines: what is printed first; what is found is added.
        console: where it is told what is trained.

    Returns:
        How many failed.
    """
    paired = [_paired(gate, preset, run) for preset, run in runs.items()]
    found = findings(paired, gate.level, console)
    table = Table(box=None, pad_edge=False)
    heads = ("gate", "baseline", "drift", "may be", "other seeds", "moved", "spread", "p", "sees")
    for name in heads:
        table.add_column(name, justify="left" if name == "gate" else "right")
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for one in paired:
        name, finding = one.baseline.name, found[one.baseline.name]
        about = runs[name].about
        assert about is not None
        _row(table, gate, one, finding)
        for words in one.pairs.elsewhere:
            elsewhere[words].append(name)
        changed = differences(one.baseline, about.config, str(about.data["sha256"]))
        if changed:
            lines.append(f"warning: {name} is another experiment: {'; '.join(changed)}")
        if not finding:
            lines.append(f"FAILED {finding}")
            made = one.baseline.origin.versions.get("archlab", "an unknown version")
            lines.append(f"  look for what changed since the baseline (archlab {made})")
            lines.append(f"  or, if it was meant: {update_command(gate.folder, name)}")
    for words, names in elsewhere.items():
        who = f"all {len(names)}" if len(names) == len(paired) > 1 else ", ".join(names)
        lines.append(f"note: {words}: {who}: errors may differ a little")
    _print_check(gate, table, lines, found)
    return sum(not finding for finding in found.values())


def _paired(gate: Gate, preset: str, run: Run) -> Paired:
    assert run.about is not None
    assert run.metrics is not None
    baseline, values = read_baseline(gate.folder, preset), run.metrics.final.values
    fresh = retrain.with_seed(run.about.config, gate.seed, gate.repeats_of(preset))
    return Paired(baseline, compare_seeds(baseline, values, run.about.versions), fresh)


def _row(table: Table, gate: Gate, one: Paired, finding: Finding) -> None:
    """One preset: stored errors, how far the pairs are and may be, and what ranks say and see."""
    baseline, pairs, verdict = one.baseline, one.pairs, finding.ranks
    may = f"{EQUAL:.0e}" if not pairs.elsewhere else "–"
    if pairs.elsewhere and pairs.tolerance is not None:
        may = f"{pairs.tolerance:.1e}"
    ranks = ["–"] * 4
    if verdict is not None:
        repeats = str(one.repeats)
        moved = ("+" if verdict.moved > 0 else "") + two_digit_percent(verdict.moved)
        ranks = [repeats, moved, f"{verdict.widened:.2f}×", f"{verdict.p:.2g}"]
    sees = detectable_shift(baseline, gate.repeats_of(baseline.name), gate.level)
    before = f"{text.number(baseline.mean)} ± {text.number(baseline.std, 2)}"
    row = (baseline.name, before, f"{pairs.drift:.1e}" if not pairs.equal else "equal", may, *ranks)
    table.add_row(
        *row,
        "–" if baseline.fixed else two_digit_percent(sees),
        style=None if finding else theme.TERMINAL_BAD,
    )


def _print_check(
    gate: Gate, table: Table, lines: Sequence[str], found: Mapping[str, Finding]
) -> None:
    console = terminal.console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    for line in lines:
        console.print(line, style=theme.TERMINAL_BAD if line.startswith("FAILED") else None)
    failed = sum(line.startswith("FAILED") for line in lines)
    if failed:
        console.print(f"gate: {failed} of {len(gate.presets)} FAILED", style=theme.TERMINAL_BAD)
        return
    equal = sum(finding.pairs.equal for finding in found.values())
    ranked = sum(finding.ranks is not None for finding in found.values())
    ways = {
        "with equal numbers": equal,
        "within what another processor may move": len(found) - equal - ranked,
        "by ranks": ranked,
    }
    summary = ", ".join(f"{count} {way}" for way, count in ways.items() if count)
    console.print(f"gate: {len(found)} passed: {summary}")
    console.print("sees: the shift of the error that ranks alone catch in 95 of 100 checks")
    if ranked:
        share = f"{gate.false_alarms:.2g}"
        console.print(
            f"p below {gate.level:.1g} fails: {share} of all checks where nothing changed"
        )
