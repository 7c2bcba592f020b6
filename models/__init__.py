"""Models: what can be fitted and how. Nothing here sees a path, a plot or a logger."""

from .fitters import Fitted, engine, fit, fit_each
from .spec import MODELS, ClosedForm, GradientDescent, Layer, Model, Network, Training, Varied
from .task import Fit, Rows, Task, joined

__all__ = [
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
    "fit",
    "fit_each",
    "joined",
]
