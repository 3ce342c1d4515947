"""One file per family of formats: `decode(path, limits) -> Decoded` and `encode(order, path)`."""
