"""How much may be asked of the server."""

from dataclasses import dataclass

from photostyle.studio.limits import StudioLimits


@dataclass(frozen=True)
class ServerLimits(StudioLimits):
    """Bounds of a server, which has more photos than a page, and smaller ones.

    Args:
        requests: that are answered at once; more are refused.
        jobs: how many are kept with their results; of more, the oldest that are over go.
        job_seconds: that a job may take.
    """

    photo_bytes: int = 1 << 27
    photo_pixels: int = 100_000_000
    all_bytes: int = 1 << 34
    brought: int = 10_000
    mask_bytes: int = 1 << 25
    queued: int = 100
    requests: int = 32
    jobs: int = 1000
    job_seconds: float = 3600.0
