"""The documentation, and what keeps its tables true: `python -m docs` writes them from the code."""
