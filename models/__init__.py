"""Models: what can be fitted and how. Nothing here sees a path, a plot or a logger."""

from .fitters import engine, fit
from .spec import MODELS, ClosedForm, GradientDescent, Layer, Model, Network, Training
from .task import Fit, Task

__all__ = [
    "MODELS",
    "ClosedForm",
    "Fit",
    "GradientDescent",
    "Layer",
    "Model",
    "Network",
    "Task",
    "Training",
    "engine",
    "fit",
]
