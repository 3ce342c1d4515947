"""One file per family of formats: `decode(file, limits) -> Decoded` and `encode(job, path)`."""
