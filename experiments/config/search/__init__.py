"""A search in place of a grid, as a command line asks for it."""
