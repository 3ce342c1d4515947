"""The photo: float pixels, and everything of its file that has to come back."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from photostyle.errors import PhotoError
from photostyle.photo import showing
from photostyle.photo.arrays import checked_codes, depth_of
from photostyle.photo.colour_management import icc
from photostyle.photo.exact_codes import ExactCodes
from photostyle.photo.extra_channels import ExtraChannels
from photostyle.photo.file_facts import Depth, FileFacts, Layout, Metadata
from photostyle.photo.raster import full_scale

if TYPE_CHECKING:
    from PIL import Image

_DEPTH_NAMES: dict[Depth, str] = {8: "8 bit", 16: "16 bit", "float": "float"}


@dataclass(frozen=True, eq=False, repr=False)
class Photo:
    """A photo, upright, with what must come back when it is written.

    NumPy takes it for its pixels: `numpy.asarray(photo)` is (H, W, 3) float32, without alpha.

    Args:
        pixels: (H, W, 3) float32, sRGB-encoded, nominally in [0, 1]; colours outside sRGB lie outside that
            range, along the odd-symmetric sRGB curve.
        alpha: (H, W) float32 in [0, 1], or None where the photo is opaque.
        profile: the ICC profile of its file, or None for sRGB.
        metadata: EXIF, XMP, IPTC and resolution of its file.
        file: how its file was stored.
        notes: what the user should be told about the reading, one line each.
        exact_codes: codes that float32 alone would not bring back.
        extra: channels of its file that are neither colour nor transparency; they are carried, not changed.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    metadata: Metadata = field(default_factory=Metadata)
    file: FileFacts = field(default_factory=FileFacts)
    notes: tuple[str, ...] = ()
    exact_codes: ExactCodes | None = None
    extra: ExtraChannels | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def with_pixels(self, pixels: np.ndarray) -> "Photo":
        """The same photo with other pixels of the same size; alpha, profile and metadata stay.

        Raises:
            PhotoError: the pixels are not (H, W, 3) of this photo's size.
        """
        if pixels.shape != self.pixels.shape:
            raise PhotoError(f"pixels must have this photo's shape {self.pixels.shape}, got {pixels.shape}; resample them")
        return replace(self, pixels=np.asarray(pixels, dtype=np.float32))

    @classmethod
    def from_array(cls, array: np.ndarray, *, name: str = "a photo") -> "Photo":
        """A photo from sRGB code values or floats.

        Args:
            array: (H, W), or (H, W, C) with C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; uint8, uint16,
                or floats where 0 is black and 1 is white.
            name: what messages call the photo.

        Raises:
            PhotoError: another shape or dtype, an empty array, values that are not finite, or floats that go up to 255.

        >>> Photo.from_array(np.full((2, 3), 255, np.uint8)).pixels.shape
        (2, 3, 3)
        """
        codes = checked_codes(np.asarray(array), name)
        values = codes.astype(np.float32)
        if codes.dtype.kind == "u":
            values /= np.float32(full_scale(codes.dtype))
        channels = values.shape[2]
        alpha: np.ndarray | None = None
        if channels in (2, 4):
            alpha = np.ascontiguousarray(values[..., -1])
        layout: Layout = "rgb"
        if channels <= 2:
            layout = "grey"
            pixels = np.repeat(values[..., :1], 3, axis=2)
        else:
            pixels = np.ascontiguousarray(values[..., :3])
        return cls(pixels, alpha, file=FileFacts(depth=depth_of(codes.dtype), layout=layout))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The pixels (H, W, 3) for NumPy, sRGB-encoded float32 unless another dtype is asked for; alpha is left out.

        They share the photo's memory unless a copy is asked for or the dtype needs one: do not write to them.

        Raises:
            ValueError: `copy` is False, and the dtype needs a copy.
        """
        wanted = self.pixels.dtype
        if dtype is not None:
            wanted = np.dtype(dtype)
        if wanted == self.pixels.dtype and not copy:
            return self.pixels
        if copy is False:
            raise ValueError(f"a photo's pixels are {self.pixels.dtype}, so {wanted} needs a copy; leave copy=False out")
        return self.pixels.astype(wanted, copy=True)

    def to_uint8(self) -> np.ndarray:
        """The sRGB codes, uint8, rounded and clipped: (H, W, 3), or (H, W, 4) where the photo has alpha."""
        return showing.codes8(self.pixels, self.alpha)

    def to_pil(self) -> "Image.Image":
        """A Pillow picture, "RGB" or, where the photo has alpha, "RGBA", 8 bits.

        Its colours are sRGB, and it carries a profile that says so: those outside sRGB are clipped. Metadata is left
        out.
        """
        return showing.pillow_picture(self.pixels, self.alpha)

    def _repr_png_(self) -> bytes:
        """A small PNG, for notebooks: a long side of at most 1000 pixels."""
        return showing.preview_png(self.pixels, self.alpha)

    def __repr__(self) -> str:
        """One line, such as `Photo(4000 x 3000, 16 bit, Display P3, alpha, day.jpg)`."""
        width, height = self.size
        facts = [f"{width} x {height}", _DEPTH_NAMES[self.file.depth]]
        if self.file.layout == "cmyk":
            facts.append("CMYK")
        elif self.file.layout == "grey":
            facts.append("grey")
        if self.profile is not None:
            facts.append(icc.name_of(self.profile) or "unnamed profile")
        if self.alpha is not None:
            facts.append("alpha")
        if self.extra is not None:
            facts.append(self.extra.in_words())
        if self.file.name:
            facts.append(self.file.name)
        return f"Photo({', '.join(facts)})"
