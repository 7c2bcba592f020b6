"""From a command line to a checked, frozen config, and what was wrong with it."""
