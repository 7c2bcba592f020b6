"""What the tab key completes on the command line."""
