"""Channels beside colours and transparency: saved selections, spot inks, near infrared. They are carried, not changed."""

from dataclasses import dataclass, field, replace

import numpy as np

from photostyle.photo.file_facts import Depth
from photostyle.photo.raster import Raster, full_scale

# What TIFF's tag ExtraSamples says of a channel (TIFF 6.0, section 18).
UNSPECIFIED = 0
PREMULTIPLIED = 1
STRAIGHT = 2

_DTYPES: dict[Depth, np.dtype[np.generic]] = {8: np.dtype(np.uint8), 16: np.dtype(np.uint16), "float": np.dtype(np.float32)}


@dataclass(frozen=True, eq=False)
class ExtraChannels:
    """Channels that are neither colour nor transparency.

    Args:
        codes: (H, W, N) as they were in the file: uint8, uint16 or float32.
        kinds: what TIFF's tag ExtraSamples says of each.
        before_alpha: how many of them stand before alpha in the file.
    """

    codes: np.ndarray = field(repr=False)
    kinds: tuple[int, ...]
    before_alpha: int = 0

    def upright(self, orientation: int) -> "ExtraChannels":
        """The same with an EXIF orientation applied, and in memory of its own."""
        return replace(self, codes=Raster.from_array(self.codes).upright(orientation).whole())

    def in_words(self) -> str:
        """How many there are."""
        if len(self.kinds) == 1:
            return "1 extra channel"
        return f"{len(self.kinds)} extra channels"

    @property
    def note(self) -> str:
        """What the user is told when a photo has such channels."""
        if len(self.kinds) == 1:
            return "has 1 extra channel that is no transparency; left as it is"
        return f"has {len(self.kinds)} extra channels that are no transparency; left as they are"

    def joined(self, raster: Raster, depth: Depth, alpha_kind: int | None) -> tuple[Raster, tuple[int, ...]]:
        """A photo's rows with these channels where they stood in its file, and the kinds of all that follow the colours.

        Args:
            raster: colours, then alpha where there is one.
            depth: of its codes, in which these channels are given too.
            alpha_kind: what ExtraSamples is to say of alpha; None where there is none.
        """
        codes = _in_depth(self.codes, depth)
        if alpha_kind is None:
            place = raster.channels
            kinds = self.kinds
        else:
            place = raster.channels - 1
            kinds = (*self.kinds[: self.before_alpha], alpha_kind, *self.kinds[self.before_alpha :])

        def rows(top: int, bottom: int) -> np.ndarray:
            photo = raster.rows(top, bottom)
            extra = codes[top:bottom]
            before = extra[..., : self.before_alpha]
            after = extra[..., self.before_alpha :]
            return np.concatenate([photo[..., :place], before, photo[..., place:], after], axis=-1)

        return Raster(raster.height, raster.width, raster.channels + codes.shape[2], raster.dtype, rows), kinds


def _in_depth(codes: np.ndarray, depth: Depth) -> np.ndarray:
    """Codes of a photo's dtype in those of a depth: as they are, or scaled."""
    wanted = _DTYPES[depth]
    if codes.dtype == wanted:
        return codes
    values = codes.astype(np.float32) / np.float32(full_scale(codes.dtype))
    if depth == "float":
        return values
    scaled: np.ndarray = np.rint(np.clip(values, 0, 1) * np.float32(full_scale(wanted))).astype(wanted)
    return scaled
