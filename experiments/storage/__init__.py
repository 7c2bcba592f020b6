"""Files and folders: the only code that knows their formats."""
