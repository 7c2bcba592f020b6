"""What `hydra.sweeper` sets of a search; the defaults stand in conf/hydra/sweeper/optuna.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from datasets.spec import STRICT


@dataclass(frozen=True, config=STRICT)
class SearchSettings:
    """What `hydra.sweeper` sets of a search."""

    n_trials: Annotated[
        int,
        Field(
            ge=1, le=100_000, examples=[64], description="trials of the search, earlier ones too"
        ),
    ]
    n_jobs: Annotated[
        int,
        Field(
            ge=1,
            le=10_000,
            examples=[32],
            description="trials that are asked for at once, and trained as one program",
        ),
    ]
    sampler: Annotated[
        Literal["tpe", "random", "gp", "cmaes"],
        Field(examples=["tpe"], description="what chooses: a sampler of Optuna's"),
    ]
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 1, examples=[42], description="seed of the sampler"),
    ]
    storage: Annotated[
        str | None,
        Field(
            examples=["sqlite:///search.db"],
            description="where Optuna keeps the study; null: `optuna.log` in the sweep's folder",
        ),
    ]
    study_name: Annotated[
        str | None,
        Field(examples=["widths"], description="name of the study; null: that of the folder"),
    ]
