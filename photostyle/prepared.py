"""A prepared photo: the photo, its working copy and its regions; made once, used by any method and any transform."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import MaskError, PhotoError
from photostyle.options import Options
from photostyle.photo import WORKING_SIZE, Photo, PhotoLike, WorkingCopy, is_seen_through, open_photo, resample
from photostyle.regions import MaskLike, Regions, regions_of, regions_of_pair, whole
from photostyle.regions.labels import SKIN
from photostyle.regions.of_photo import NO_SEGMENTER, visible_of
from photostyle.registry import find_method
from photostyle.session import Session

MOST_ENLARGED = 2.0  # of a photo smaller than a method works at: half a photo gets the look of the whole
_THUMBNAIL = 32  # pixels a side, of the picture by which a photo is known again
_MOST_APART = 8.0  # mean difference of two thumbnails, of 255, up to which they are of one photo


@dataclass(frozen=True, eq=False)
class Prepared:
    """A photo ready for any method.

    Args:
        photo: at its own size.
        copy: the small copy that all measuring is done on.
        regions: of the photo, at the size of the copy, or at the photo's own where masks are used exactly as they are.
    """

    photo: Photo
    copy: WorkingCopy
    regions: Regions

    @cached_property
    def identity(self) -> "Identity":
        """By what the photo is known again."""
        return Identity.of(self.copy.photo)

    @property
    def described(self) -> str:
        """What the photo is called: the name of its file, if it has one."""
        return self.photo.file.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found on reading the photo."""
        return self.photo.notes

    @property
    def visible_pixels(self) -> Tensor | None:
        """(H, W) bool, which pixels of the photo at its own size are seen at all; None where all are."""
        if self.photo.alpha is None or not is_seen_through(self.photo):
            return None
        return torch.from_numpy(self.photo.alpha > 0)

    def at_working_size(self, long_side: int, *, smallest: int = 1, most_enlarged: float = 1.0) -> Tensor:
        """(3, h, w) float32 in [0, 1] on the CPU, sRGB-encoded, with the long side asked for.

        Args:
            long_side: pixels.
            smallest: the least length of a side, such as `Encoder.smallest`.
            most_enlarged: how much a smaller photo may be enlarged.
        """
        return at_working_size(self.copy.photo, long_side, smallest=smallest, most_enlarged=most_enlarged)

    def at_exactly(self, size: tuple[int, int]) -> Tensor:
        """(3, h, w) float32 in [0, 1] on the CPU, at a size (height, width)."""
        height, width = size
        return planes(resample(self.copy.photo.pixels, (width, height))).clamp(0, 1).contiguous()

    def masks_at(self, size: tuple[int, int]) -> Tensor:
        """(R, h, w) masks of the regions at a size (height, width), on the CPU; hidden pixels belong to one as well."""
        return self.regions.resized(size).masks

    def visible_at(self, size: tuple[int, int]) -> Tensor:
        """(h, w) in [0, 1], how much of each pixel is seen at a size (height, width), on the CPU: 1 in an opaque photo."""
        visible = self.regions.resized(size).visible
        if visible is None:
            return torch.ones(size)
        return visible

    def __repr__(self) -> str:
        return f"Prepared({self.photo!r}, regions {', '.join(self.regions.names)})"


@dataclass(frozen=True, eq=False)
class Identity:
    """By what a photo is known again, whatever its size or format.

    Args:
        digest: SHA-256 of the working copy's pixels, hexadecimal: of exactly this photo at this size.
        thumbnail: (32, 32, 3) uint8: of this photo at any size.
    """

    digest: str
    thumbnail: np.ndarray

    @classmethod
    def of(cls, photo: Photo) -> "Identity":
        """The identity of a photo, from its working copy."""
        pixels = np.ascontiguousarray(photo.pixels)
        digest = hashlib.sha256(str(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        thumbnail = resample(photo.pixels, (_THUMBNAIL, _THUMBNAIL)).clip(0, 1)
        return cls(digest, (thumbnail * 255).round().astype(np.uint8))

    def matches(self, other: "Identity") -> bool:
        """Whether both are of one photo, be it at different sizes or with other compression."""
        if self.digest == other.digest:
            return True
        apart = np.abs(self.thumbnail.astype(float) - other.thumbnail).mean()
        return bool(apart <= _MOST_APART)


def prepare(
    photo: "PhotoLike | Prepared",
    mask: MaskLike | None = None,
    *,
    session: Session,
    options: Options | None = None,
    role: str = "content",
) -> Prepared:
    """Open a photo and find its regions: from the mask where there is one, else as the segmenter sees them.

    Args:
        photo: anything that a photo can be given as. One that is prepared already is returned as it is.
        mask: anything that masks can be given as.
        session: on which device, with which networks.
        options: of which segmenter, feather, hard_masks and, for the content, protect are used; and how large the method works.
        role: "content" or "style", for messages; only of a content are regions taken out that are to be protected.

    Raises:
        PhotostyleError: for a photo, mask or segmenter that cannot be used; or a mask for a prepared photo, which has regions.
    """
    options = options or Options()
    if isinstance(photo, Prepared):
        _check_no_mask(mask, role)
        return photo
    opened = _open_visible(photo, role)
    copy = working_copy(opened, options)
    segmenter = None
    wanted = _wanted_segmenter(options)
    if mask is None:
        segmenter = session.segmenter(wanted)
    regions = regions_of(
        copy,
        mask,
        segmenter,
        feather=options.feather,
        hard=options.hard_masks,
        skin=role == "content" and SKIN in options.protect,
        device=session.device,
        cache=session.cache,
        role=f"{role} mask",
    )
    if segmenter is not None and segmenter.name == "none" and wanted == "auto":
        regions = regions.noted(NO_SEGMENTER)
    return Prepared(opened, copy, regions)


def prepare_pair(
    content: "PhotoLike | Prepared",
    style: "PhotoLike | Prepared",
    content_mask: MaskLike | None = None,
    style_mask: MaskLike | None = None,
    *,
    session: Session,
    options: Options | None = None,
) -> tuple[Prepared, Prepared]:
    """Prepare content and style. Two masks by hand are read together, since they share a palette.

    Args, raises: as for `prepare`.
    """
    options = options or Options()
    if content_mask is None or style_mask is None:
        return (
            prepare(content, content_mask, session=session, options=options, role="content"),
            prepare(style, style_mask, session=session, options=options, role="style"),
        )
    if isinstance(content, Prepared) or isinstance(style, Prepared):
        raise MaskError("a prepared photo has its regions already, got two masks; prepare both photos together with them")
    photos = _open_visible(content, "content"), _open_visible(style, "style")
    copies = working_copy(photos[0], options), working_copy(photos[1], options)
    regions = regions_of_pair(
        copies[0],
        copies[1],
        content_mask,
        style_mask,
        feather=options.feather,
        hard=options.hard_masks,
        skin=SKIN in options.protect,
        device=session.device,
        cache=session.cache,
    )
    return Prepared(photos[0], copies[0], regions[0]), Prepared(photos[1], copies[1], regions[1])


def _wanted_segmenter(options: Options) -> Any:
    """The segmenter asked for; none where it was left to a method that looks for no regions by itself."""
    if options.segmenter == "auto" and not find_method(options.method).finds_regions:
        return "none"
    return options.segmenter


def _open_visible(photo: PhotoLike, role: str) -> Photo:
    """The photo, opened; a PhotoError where all of it is transparent."""
    opened = open_photo(photo, role)
    if opened.alpha is not None and not opened.alpha.any():
        name = opened.file.path or f"the {role}"
        raise PhotoError(f"{name}: wholly transparent, so nothing of it can be seen; give a photo with visible parts")
    return opened


def _check_no_mask(mask: MaskLike | None, role: str) -> None:
    if mask is not None:
        raise MaskError(f"the prepared {role} has its regions already, got a {role} mask; give the mask when it is prepared")


def prepare_whole(photo: PhotoLike, role: str = "content") -> Prepared:
    """A photo as one region, for transforms that bring their masks along."""
    opened = open_photo(photo, role)
    copy = WorkingCopy.of(opened)
    width, height = copy.photo.size
    return Prepared(opened, copy, whole((height, width)).seen(visible_of(copy)))


def working_copy(photo: Photo, options: Options) -> WorkingCopy:
    """The working copy of a photo, as large as the method works at if that is larger than usual."""
    wanted = options.settings.working_size() or 0
    return WorkingCopy.of(photo, max(WORKING_SIZE, wanted))


def at_working_size(photo: Photo, long_side: int, *, smallest: int = 1, most_enlarged: float = 1.0) -> Tensor:
    """(3, h, w) float32 in [0, 1]: a photo with the long side asked for; arguments as in `Prepared.at_working_size`."""
    scale = min(most_enlarged, long_side / max(photo.size))
    width, height = (max(round(side * scale), smallest) for side in photo.size)
    pixels = photo.pixels
    if (width, height) != photo.size:
        pixels = resample(pixels, (width, height))
    return planes(pixels).clamp(0, 1).contiguous()


def planes(pixels: np.ndarray) -> Tensor:
    """(H, W, C) -> (C, H, W), the same memory."""
    return torch.from_numpy(pixels).permute(2, 0, 1)
