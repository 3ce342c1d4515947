"""Video: one look for a whole clip, frame times, sound, size, depth and colour tags kept."""
