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


# What YAML writes as it is: a word or a path that no number, date or `yes` is spelled like.
WORD = re.compile(r"[A-Za-z/][A-Za-z0-9_./,-]*[=/][A-Za-z0-9_./=,-]*|[0-9]+-[a-z][a-z0-9-]*")
WHOLE = re.compile(r"[0-9]{1,9}")
HYDRA = "hydra"
Keys = tuple[str, ...]


class Alike(NamedTuple):
    """What the jobs of one set of choices have in common, nothing resolved.

    our_lines: YAML of the config without Hydra's section, by the keys of each value. hydra: that
    section, as a plain tree, and hydra_lines. folder: of the sweep, absolute.
    """

    our_lines: dict[Keys, str]
    hydra: dict[str, Any]
    hydra_lines: dict[Keys, str]
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
        ours = dict(_yaml(self.jobs.without_values(overrides)))
        alike = Alike(ours, hydra, dict(_yaml({HYDRA: hydra})), str(output.parent))
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
        own = self.jobs.own_overrides(overrides)
        task = [str(one.input_line) for one in own]
        names = alike.hydra["job"]["config"]["override_dirname"]
        changed: dict[Keys, Any] = {
            ("sweep", "subdir"): folder,
            ("overrides", "task"): task,
            ("job", "override_dirname"): override_dirname(own, names),
            ("job", "id"): str(number),
            ("job", "num"): number,
            ("runtime", "output_dir"): os.path.join(alike.folder, folder),  # noqa: PTH118
        }
        hydra: dict[Keys, Any] = {(HYDRA, *path): value for path, value in changed.items()}
        return {
            "config.yaml": _with_changes(alike.our_lines, self.jobs.values_of(overrides)),
            "hydra.yaml": _with_changes(alike.hydra_lines, hydra),
            "overrides.yaml": _yaml_value((), task),
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


def _with_changes(lines: dict[Keys, str], values: dict[Keys, Any]) -> str:
    """YAML in which some values are others."""
    return "".join(
        {**lines, **{at: _yaml_value(at, value) for at, value in values.items()}}.values()
    )


def _yaml(tree: dict[str, Any], path: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """The YAML of a tree as OmegaConf writes it, value by value, each with the keys to it."""
    for key, value in tree.items():
        at = (*path, key)
        if isinstance(value, dict) and value:
            yield at, _yaml_lines(at, json.dumps({"": 0})).partition("\n")[0] + "\n"
            yield from _yaml(value, at)
        else:
            yield at, _yaml_value(at, value)


def _yaml_value(path: Keys, value: Any) -> str:
    """The lines of one value; OmegaConf takes long over each, and most are plain."""
    several = isinstance(value, list) and len(value) > 0
    plain = [*map(_plain, value if several else [value])]
    if None in plain:
        return _yaml_lines(path, json.dumps(value))
    *above, line = _yaml_lines(path, "[0]" if several else "0").splitlines(keepends=True)
    return "".join([*above, *(f"{line[:-2]}{one}\n" for one in plain)])


def _plain(value: Any) -> str | None:
    """A value as YAML; None of one that may need thought: quotes, or an escape."""
    if type(value) is int:
        return str(value)
    if type(value) is str:
        return f"'{value}'" if WHOLE.fullmatch(value) else value if WORD.fullmatch(value) else None
    return None


@lru_cache(maxsize=10_000)
def _yaml_lines(path: Keys, value: str) -> str:
    """The lines of one value (as JSON) at the keys that lead to it, without those of other keys."""
    tree = json.loads(value)
    for key in reversed(path):
        tree = {key: tree}
    lines = OmegaConf.to_yaml(tree).splitlines(keepends=True)
    return "".join(lines[max(len(path) - 1, 0) :])
