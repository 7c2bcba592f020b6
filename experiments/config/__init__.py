"""From a command line to a checked, frozen config, and what was wrong with it."""

from pathlib import Path

CONF = Path(__file__).parents[2] / "conf"
