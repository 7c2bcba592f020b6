"""What carries runs out, alone or in a sweep, and writes their folders."""
