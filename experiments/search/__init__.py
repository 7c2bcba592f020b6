"""A search in place of a grid: what Optuna is asked and told, and what is kept of it."""
