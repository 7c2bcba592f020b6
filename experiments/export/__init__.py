"""Finished sweeps in other programs' own formats: MLflow, TensorBoard, tables; see `__main__`."""
