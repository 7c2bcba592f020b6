"""Models: what can be fitted and how. Nothing here sees a path, a plot or a logger."""

from .fitters.protocol import Fitted
from .fitting import fit, fit_each, with_snapshots
from .kinds import KINDS, MODELS
from .kinds.gradient_descent import GradientDescent
from .kinds.least_squares import ClosedForm
from .kinds.network import Network, engine, fallback
from .spec import Layer, Model, Training, Varied, unread
from .task import Fit, Rows, Task, joined

__all__ = [
    "KINDS",
    "MODELS",
    "ClosedForm",
    "Fit",
    "Fitted",
    "GradientDescent",
    "Layer",
    "Model",
    "Network",
    "Rows",
    "Task",
    "Training",
    "Varied",
    "engine",
    "fallback",
    "fit",
    "fit_each",
    "joined",
    "unread",
    "with_snapshots",
]
