"""How much a page may send, and how much the studio keeps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StudioLimits:
    """Bounds that keep a page, or a stranger's, from filling memory or disk.

    Args:
        photo_bytes: of one photo that is brought.
        photo_pixels: of one photo, as its header claims, before it is decoded.
        all_bytes: of all photos that were brought; they lie in a temporary folder.
        brought: how many photos may be brought.
        listed: how many photos of the folder are listed.
        mask_bytes: of one mask file that is brought.
        project_bytes: of the file of a project.
        body_bytes: of any other request, painted masks included.
        transforms: how many are kept, the latest.
        photos: how many are kept decoded, the latest.
        prepared: how many are kept with their regions, the latest.
        pixels: of all photos that are kept decoded, and of all that are kept with their regions; twelve bytes each.
        queued: how many jobs may wait.
    """

    photo_bytes: int = 1 << 29
    photo_pixels: int = 250_000_000
    all_bytes: int = 1 << 32
    brought: int = 200
    listed: int = 2000
    mask_bytes: int = 1 << 27
    project_bytes: int = 1 << 28
    body_bytes: int = 1 << 23
    transforms: int = 8
    photos: int = 4
    prepared: int = 4
    pixels: int = 100_000_000
    queued: int = 20
