"""What the terminal says of a run and of a sweep at their end."""

from .of_run import show_brief, show_run
from .of_sweep import show

__all__ = ["show", "show_brief", "show_run"]
