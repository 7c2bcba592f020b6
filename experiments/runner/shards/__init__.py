"""A sweep in shards: planned, sent to workers by an engine, trained there, and brought home."""
