"""What the runs of a sweep say together: numbers, verdicts and names, from run folders alone."""
