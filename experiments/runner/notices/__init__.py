"""What is told of runs before they are trained."""
