"""What a person sees on the terminal; TensorFlow's own noise goes to the log instead."""

from .places import place, shortened
from .progress import SweepBar, first_interrupt, progress, shown_live, sweep_progress
from .streams import console, native_noise_to

__all__ = [
    "SweepBar",
    "console",
    "first_interrupt",
    "native_noise_to",
    "place",
    "progress",
    "shortened",
    "shown_live",
    "sweep_progress",
]
