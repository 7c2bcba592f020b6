"""Baselines and sweeps of a gate, made without training."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np

from benchmarks.synthetic import make_record, write_run
from experiments import gates
from experiments.config.schema import check_section
from experiments.gates import retrain
from experiments.gates.baselines import Baseline, Origin, write_baseline
from experiments.record import Planned, Sweep
from experiments.storage import sweep_folder

SECTION = {
    "mode": "check",
    "presets": ["one", "two"],
    "pairs": 5,
    "repeats": 20,
    "slow": ["two"],
    "slow_repeats": 8,
    "seed": 1,
    "baselines": "",
    "false_alarms": 0.01,
}
HERE = {"numpy": "2.0", "processor": "x86_64, avx2 fma"}
ELSEWHERE = {**HERE, "processor": "x86_64, avx2"}


class Room:
    """Baselines of `one` and `two`, and sweeps of them that are concluded without training.

    fresh: what trainings from other seeds end on; trained: how many there were. drift: what another
    processor makes of the errors of an update.
    """

    def __init__(self, folder, configured, patch):
        self.folder, self.baselines, self.sweeps, self.trained = folder, folder / "mine", 0, 0
        self.trees = {
            name: configured(f"model.width={width}").tree()
            for name, width in (("one", 5), ("two", 6))
        }
        self.rng = np.random.default_rng(0)
        self.values = {name: tuple(self.rng.normal(5, 1, 60)) for name in self.trees}
        self.fresh = {name: tuple(self.rng.normal(5, 1, 20)) for name in self.trees}
        self.drift = {"one": 1e-6, "two": 0.02}
        for name in self.trees:
            self.store(name)
        patch.setattr(retrain, "errors", self.errors)
        patch.setattr(retrain, "emulated", self.emulated)

    def store(self, name, tolerance=3e-6, versions=HERE):
        tree, data = deepcopy(self.trees[name]), self.made(name, (1.0,)).about.data["sha256"]
        origin = Origin(tree, data, versions)
        write_baseline(
            self.baselines, Baseline(name, "val/mse", 42, self.values[name], tolerance, origin)
        )

    def made(self, name, values, versions=HERE):
        record, tree = make_record(values), deepcopy(self.trees[name])
        tree["training"] |= {"seed": 42, "repeats": len(values)}
        return replace(record, about=replace(record.about, config=tree, versions=versions))

    def first(self, name, *drifts):
        """The first errors of a baseline, trained again, and moved by as much of their size."""
        known = np.array(self.values[name][:5])
        known[: len(drifts)] *= 1 + np.array(drifts)
        return known

    def named(self, config):
        return "one" if config.model.width == 5 else "two"

    def errors(self, configs, console=None):
        self.trained += sum(config.training.repeats for config in configs)
        return [self.fresh[self.named(c)][: c.training.repeats] for c in configs]

    def emulated(self, configs, settings):
        errors = [np.array(self.values[self.named(c)][: c.training.repeats]) for c in configs]
        drifts = [self.drift[self.named(config)] for config in configs]
        return [tuple(v * (1 + drift)) for v, drift in zip(errors, drifts, strict=True)]

    def passes(self, one=None, two=None, states=(None, None), versions=HERE, **section):
        """Whether a sweep passes that ends on these errors, the stored ones unless told."""
        self.sweeps += 1
        sweep = self.folder / f"sweep{self.sweeps}"
        found = {"one": one, "two": two}
        runs = [Planned(name, (f"experiment={name}",), name) for name in found]
        for (name, values), state in zip(found.items(), states, strict=True):
            ends = self.first(name) if values is None else values
            write_run(sweep / name, self.made(name, ends, versions), state)
        sweep_folder.write_sweep(sweep, Sweep("s", "python run.py", "2026", tuple(runs)))
        asked = {**SECTION, "baselines": str(self.baselines), **section}
        return gates.conclude_gate(sweep, check_section("gate", asked, gates.Gate))
