"""What Hydra does around a job of a sweep, without composing the job: its folder, `.hydra/`, log.

Hydra copies the whole config of a job several times and writes it as YAML from nothing, which takes
longer than training a small network. Jobs of the same choices differ in few values; all else of
their files is the same text. The first job of each set of choices is Hydra's own, and the others
are begun here only if its files are, byte for byte, what would have been written here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from .compose import Job, without_purpose
from .hydra_private import configure_logging, override_dirname
from .jobs import DEFAULT_SUBDIR, Jobs

INTERPOLATION = re.compile(r"\$\{[^}]*\}?")
FOLDER_OF_JOB, NAME_OF_JOB = "${hydra.runtime.output_dir}", "${hydra.job.name}"


class Alike(NamedTuple):
    """What the jobs of one set of choices have in common, as plain trees, nothing resolved.

    ours: the config without Hydra's section. hydra: that section. folder: of the sweep, absolute.
    """

    ours: dict[str, Any]
    hydra: dict[str, Any]
    folder: str


class QuickJobs:
    """Begins jobs as Hydra does, once it has seen how Hydra began another one of their choices.

    jobs: what composes them. callbacks: of Hydra; where one watches the jobs, Hydra runs them all.
    """

    def __init__(self, jobs: Jobs, callbacks: Sequence[Callback]) -> None:
        self.jobs = jobs
        self._known: dict[tuple[str, ...], Alike | None] = {}
        self._watched = any(
            getattr(getattr(one, name, None), "__func__", None) is not getattr(Callback, name)
            for one in callbacks
            for name in ("on_job_start", "on_job_end")
        )

    def begin(self, overrides: Sequence[str], number: int, folder: str) -> Job | None:
        """Make the folder of a job, its `.hydra/` and its log; None where Hydra has to.

        Args:
            overrides: of the job.
            number: its number.
            folder: its folder in the sweep's.

        Raises:
            OSError: where the folder cannot be written.
        """
        choices = self.jobs.choices_of(overrides)
        alike = self._known.get(choices)
        if alike is None or not self.jobs.settable(overrides) or str(number) == folder:
            return None
        output = os.path.join(alike.folder, folder)  # noqa: PTH118, as Hydra joins them
        kept = Path(output) / alike.hydra["output_subdir"]
        kept.mkdir(parents=True, exist_ok=True)
        log = json.dumps(alike.hydra["job_logging"])
        for written, meant in ((FOLDER_OF_JOB, output), (NAME_OF_JOB, alike.hydra["job"]["name"])):
            log = log.replace(written, json.dumps(meant)[1:-1])
        configure_logging(json.loads(log))
        for name, text in self._files(alike, overrides, number, folder).items():
            (kept / name).write_text(text, encoding="utf-8")
        task = [str(one.input_line) for one in self.jobs.own_overrides(overrides)]
        return Job(number, Path(output), without_purpose(task), in_sweep=True)

    def learn(
        self, cfg: DictConfig, overrides: Sequence[str], number: int, folder: str, output: Path
    ) -> None:
        """See whether a job that Hydra ran could have been begun here.

        Args:
            cfg: of the job.
            overrides: of the job.
            number: its number.
            folder: its folder in the sweep's.
            output: the same, absolute.
        """
        choices = self.jobs.choices_of(overrides)
        if choices in self._known or not self.jobs.settable(overrides):
            return
        hydra: Any = OmegaConf.to_container(cfg.hydra, resolve=False, enum_to_str=True)
        alike = Alike(self.jobs.without_values(overrides), hydra, str(output.parent))
        self._known[choices] = None
        # Where a person names the folders, Hydra writes down how.
        sweep = self.jobs.composed(choices, number).hydra.sweep
        asked: Any = OmegaConf.to_container(sweep, resolve=False)
        unnamed = asked["subdir"] == DEFAULT_SUBDIR
        if unnamed and not self._watched and output.name == folder and _is_usual(hydra):
            kept = output / hydra["output_subdir"]
            made = self._files(alike, overrides, number, folder)
            if all((kept / name).read_bytes() == text.encode() for name, text in made.items()):
                self._known[choices] = alike

    def _files(
        self, alike: Alike, overrides: Sequence[str], number: int, folder: str
    ) -> dict[str, str]:
        """The content of the files that Hydra writes of a job, by name."""
        hydra, own = alike.hydra, self.jobs.own_overrides(overrides)
        task = [str(one.input_line) for one in own]
        names = hydra["job"]["config"]["override_dirname"]
        changed: dict[str, dict[str, Any]] = {
            "sweep": {"subdir": folder},
            "overrides": {"task": task},
            "job": {
                "override_dirname": override_dirname(own, names),
                "id": str(number),
                "num": number,
            },
            "runtime": {"output_dir": os.path.join(alike.folder, folder)},  # noqa: PTH118
        }
        hydra = {**hydra, **{name: {**hydra[name], **new} for name, new in changed.items()}}
        ours = self.jobs.with_values(alike.ours, overrides)
        return {
            "config.yaml": "".join(_yaml(ours)),
            "hydra.yaml": "".join(_yaml({"hydra": hydra})),
            "overrides.yaml": "".join(_yaml_lines((), json.dumps([one])) for one in task) or "[]\n",
        }


def _is_usual(hydra: dict[str, Any]) -> bool:
    """Whether what Hydra does around the job is what `QuickJobs.begin` does."""
    log, job = hydra["job_logging"], hydra["job"]
    referred = set(INTERPOLATION.findall(json.dumps(log)))
    return (
        bool(log and log["root"])
        and referred <= {FOLDER_OF_JOB, NAME_OF_JOB}
        and "${" not in job["name"]
        and not job["chdir"]
        and not job["env_set"]
        and hydra["verbose"] is False
        and hydra["output_subdir"] is not None
        and "${" not in hydra["output_subdir"]
    )


def _yaml(tree: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The YAML of a tree as OmegaConf writes it, value by value."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield _yaml_lines((*path, key), json.dumps({"": 0})).partition("\n")[0] + "\n"
            yield from _yaml(value, (*path, key))
        else:
            yield _yaml_lines((*path, key), json.dumps(value))


@lru_cache(maxsize=10_000)
def _yaml_lines(path: tuple[str, ...], value: str) -> str:
    """The lines of one value (as JSON) at the keys that lead to it, without those of other keys."""
    tree = json.loads(value)
    for key in reversed(path):
        tree = {key: tree}
    lines = OmegaConf.to_yaml(tree).splitlines(keepends=True)
    return "".join(lines[max(len(path) - 1, 0) :])
