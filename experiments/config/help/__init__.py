"""What the command line and the documentation tell of keys, choices and lessons."""
