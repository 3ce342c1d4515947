"""Colours of files to sRGB and back: ICC profiles, colour spaces named by their primaries, and conversions."""
