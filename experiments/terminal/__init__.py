"""What a person sees on the terminal; TensorFlow's own noise goes to the log instead."""

from .browser import open_page
from .interrupts import first_interrupt
from .line import LiveLine, progress
from .places import place, shortened
from .streams import console, native_noise_to
from .work import Work

__all__ = [
    "LiveLine",
    "Work",
    "console",
    "first_interrupt",
    "native_noise_to",
    "open_page",
    "place",
    "progress",
    "shortened",
]
