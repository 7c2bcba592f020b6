"""Jobs as tasks, in this process; no file is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .process import ROOT
from .work import Job

if TYPE_CHECKING:
    from models import Task


def tasks(jobs: Sequence[Job]) -> list[Task]:
    """The task of each job; jobs on the same data share its arrays."""
    from hydra import compose, initialize_config_dir

    from experiments.config.jobs import Jobs
    from experiments.task import prepare
    from models.prepare import Known

    made, found = Known(), []
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        known = Jobs(lambda own: compose("config", list(own), return_hydra_config=True))
        for job in jobs:
            config = known.config(job.split())
            found.append(prepare(config, made)[1])
    return found
