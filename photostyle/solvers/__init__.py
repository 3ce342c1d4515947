"""Solvers: the field solver (default) and the paper's own pixel solver (the reference)."""
