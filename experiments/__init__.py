"""Experiments: composition and every side effect."""
