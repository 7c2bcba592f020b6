"""Figures that somebody asked for in a notebook."""
