"""A finished run as a Jupyter notebook in plain Keras, which a student can change."""
