"""A search in place of a grid: what is asked for is checked, then trained batch by batch."""
