"""What a mask is called in notes and errors: by its path, or by its role where it came from memory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """Where a mask came from.

    Args:
        role: what it is for, such as "content mask".
        path: its file or folder, or None.

    >>> Origin("content mask").subject, Origin("content mask", Path("masks/day.png")).subject
    ('the content mask', 'the mask masks/day.png')
    """

    role: str = "mask"
    path: Path | None = None

    @property
    def subject(self) -> str:
        """As the subject of a sentence."""
        return self.title if self.path is None else f"the mask {self.path}"

    @property
    def title(self) -> str:
        """The path, or the role."""
        return f"the {self.role}" if self.path is None else str(self.path)

    @property
    def short(self) -> str:
        """The file's name, or the role: what notes begin with."""
        return self.title if self.path is None else self.path.name

    def part(self, name: str) -> "Origin":
        """Of one region's mask among several."""
        return Origin(f"{self.role} of {name!r}")
