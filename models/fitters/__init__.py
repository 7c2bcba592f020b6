"""Fitters: one contract, in `protocol`, and the engines that train networks."""
