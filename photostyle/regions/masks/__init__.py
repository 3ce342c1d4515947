"""Masks by hand: read from whatever people hold them as, and written to files that any editor opens."""
