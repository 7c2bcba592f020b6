"""Lessons: sweeps that come with claims, which are checked on their runs."""
