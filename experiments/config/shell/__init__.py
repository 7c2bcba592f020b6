"""The command line as it is typed: flags in any place, and what the tab key makes of it."""
