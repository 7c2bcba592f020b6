"""Archlab from Python: `compare`, `run`, `names`, also as `from experiments import compare`."""

from .doors import compare, run
from .known import choices as names
from .run_result import RunResult
from .sweep_result import SweepResult

__all__ = ["RunResult", "SweepResult", "compare", "names", "run"]
