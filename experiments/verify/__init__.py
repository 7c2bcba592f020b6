"""Whether folders are as they were written, and whether their numbers come out again."""
