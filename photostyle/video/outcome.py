"""What would become of a clip, and what became of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ClipResult:
    """What became of a clip.

    Args:
        output: the file, or the folder of pictures.
        frames: that were written.
        size: (width, height) of them.
        kept: frames of an earlier run that was stopped.
        encoder: that wrote them; "" for pictures.
        seconds: wall time of each stage; "decode", "render" and "encode" go on side by side.
        notes: what the user should be told, one line each.
    """

    output: Path
    frames: int
    size: tuple[int, int]
    kept: int = 0
    encoder: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClipPlan:
    """What would be made of a clip.

    Args:
        frames: that would be written.
        size: (width, height) of them.
        encoder: that writes them; "" for pictures.
        pixels: libav's name of their format.
        notes: what the user should be told, one line each.
    """

    frames: int
    size: tuple[int, int]
    encoder: str
    pixels: str
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The facts as plain data."""
        width, height = self.size
        return {"frames": self.frames, "width": width, "height": height, "encoder": self.encoder, "pixels": self.pixels}
