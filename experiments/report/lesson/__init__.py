"""The pages of lessons: one of each that was run, and the index above them."""
