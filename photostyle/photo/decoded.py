"""What a codec hands over when it has read a file: code values with the facts of their file."""

from dataclasses import dataclass, field

from photostyle.photo.extra_channels import ExtraChannels
from photostyle.photo.file_facts import Depth, Layout, Metadata
from photostyle.photo.raster import Raster


@dataclass
class Decoded:
    """A decoded file, before colour management and orientation.

    Args:
        raster: its code values, colours first, then alpha.
        layout: of the colours.
        alpha: whether the last channel is transparency.
        top: the code value of full white; 1.0 for floats.
        profile: its ICC profile, or one made of what it states otherwise (`colour_management.primaries`).
        orientation: still to be applied, 1 to 8; None to ask the EXIF and XMP blocks.
        metadata, encoding: as in `Photo` and `FileFacts`.
        notes: what the user should be told.
        premultiplied: whether the colours were multiplied by alpha, in the file's own values.
        extra: channels that are neither colour nor alpha, to be carried.
        stated: whether the file itself says what its colours are, sRGB where there is no profile; then EXIF is not asked.
    """

    raster: Raster
    layout: Layout = "rgb"
    alpha: bool = False
    top: float = 255.0
    profile: bytes | None = None
    orientation: int | None = None
    metadata: Metadata = field(default_factory=Metadata)
    encoding: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    premultiplied: bool = False
    extra: ExtraChannels | None = None
    stated: bool = False

    @property
    def depth(self) -> Depth:
        """The depth of the code values, as `top` tells it."""
        if self.top == 255.0:
            return 8
        if self.top == 65535.0:
            return 16
        return "float"


def layout_of(channels: int) -> tuple[Layout, bool]:
    """Layout and presence of alpha of a picture with 1 to 4 channels that is no CMYK."""
    layout: Layout = "rgb"
    if channels <= 2:
        layout = "grey"
    return layout, channels in (2, 4)


def note_of_others(count: int, things: str) -> list[str]:
    """A note that only the first of several pages, frames or pictures is used; none where there is but one."""
    if count <= 1:
        return []
    return [f"holds {count} {things}; only the first is used"]
