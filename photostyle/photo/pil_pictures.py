"""Pillow pictures of any mode as photos, with the profile and the metadata that they carry."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from photostyle.errors import PhotoError
from photostyle.photo.arrays import checked_codes
from photostyle.photo.codecs.pillow import metadata_of
from photostyle.photo.codecs.pillow_modes import decode_mode
from photostyle.photo.codecs.png_colours import stated_colours
from photostyle.photo.colour_management import icc
from photostyle.photo.conversion import to_photo
from photostyle.photo.decoded import Decoded
from photostyle.photo.file_colours import settle_colours
from photostyle.photo.file_facts import FileFacts, Metadata
from photostyle.photo.metadata import attachments, exif, resources
from photostyle.photo.photograph import Photo

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112
_DIRECTORIES = (0x8769, 0x8825)  # EXIF and GPS
_IPTC = 33723
_PHOTOSHOP = 34377
# Formats by Pillow's names that photos are written in.
_FORMATS = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "TIFF": "tiff", "WEBP": "webp", "AVIF": "avif", "HEIF": "heic"}
_STATING = ("PNG", None)  # pictures that were changed have no format any more, but what they were opened with
_DEVICE_COLOURS = {"grey": "GRAY", "rgb": "RGB", "cmyk": "CMYK"}


def is_pil(source: object) -> "TypeGuard[Image.Image]":
    """Whether something is a Pillow picture, asked without loading Pillow."""
    return any(kind.__module__ == "PIL.Image" and kind.__name__ == "Image" for kind in type(source).__mro__)


def photo_of_pil(image: "Image.Image", role: str) -> Photo:
    """The photo that a Pillow picture shows, turned upright by its EXIF.

    Args:
        image: of any mode; colours are those of `info["icc_profile"]`, sRGB without one.
        role: which photo it is, for messages.

    Raises:
        PhotoError: it cannot be loaded, or its values are not a photo's.
    """
    try:
        image.load()
        orientation = _orientation(image)
        with warnings.catch_warnings():  # of Pillow, about the metadata
            warnings.simplefilter("ignore")
            metadata = metadata_of(image)
            if image.format == "TIFF":
                metadata = _with_tiff_tags(metadata, image)
        _check_deep(image, role)
        decoded = decode_mode(image, [])
    except PhotoError:
        raise
    except Exception as error:  # Pillow raises anything on a damaged file
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise PhotoError(f"the {role}: the Pillow picture cannot be loaded ({reason}); get an undamaged copy") from error
    decoded.metadata = metadata
    decoded.notes += attachments.notes_of(metadata.xmp, decoded.notes)
    decoded.orientation = orientation
    if orientation in range(2, 9):
        decoded.notes.append("turned upright, as its EXIF says")
    _set_profile(decoded, image)
    _take_stated_colours(decoded, image)
    path = getattr(image, "filename", None)
    if not isinstance(path, str) or not path:
        path = None
    settle_colours(decoded, Path(path or "").name)
    facts = FileFacts(path, _FORMATS.get(image.format or ""), decoded.depth, decoded.layout)
    return to_photo(decoded, facts)


def _with_tiff_tags(metadata: Metadata, image: "Image.Image") -> Metadata:
    """The metadata with EXIF, IPTC and Photoshop's resources, which Pillow keeps among a TIFF's own tags."""
    from PIL import Image

    tags = image.getexif()
    described = Image.Exif()
    for tag in exif.DESCRIPTIVE:
        if tag in tags:
            described[tag] = tags[tag]
    for pointer in _DIRECTORIES:
        described.get_ifd(pointer).update(tags.get_ifd(pointer))
    block = None
    if any(described.get_ifd(pointer) for pointer in _DIRECTORIES) or len(described):
        block = described.tobytes().removeprefix(b"Exif\0\0")
    # As Pillow's own IptcImagePlugin does, since these may be typed as whole numbers, of which it hands over the first.
    raw = getattr(getattr(image, "tag_v2", None), "_tagdata", {})
    return replace(metadata, exif=block, iptc=raw.get(_IPTC), resources=resources.carried(raw.get(_PHOTOSHOP)))


def _orientation(image: "Image.Image") -> int:
    """The orientation that the picture's EXIF gives; 1 where that is damaged."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # Pillow raises many kinds; a photo with broken EXIF is a photo still
        return 1


def _check_deep(image: "Image.Image", role: str) -> None:
    """Refuse values of the modes "F" and "I" that are not a photo's, as those of arrays."""
    if image.mode == "F":
        checked_codes(np.asarray(image), f"the {role}")
    if image.mode != "I":
        return
    codes = np.asarray(image)
    darkest = int(codes.min())
    brightest = int(codes.max())
    if darkest < 0 or brightest > 65535:
        raise PhotoError(
            f"the {role}: a Pillow picture of mode I must hold 0 to 65535, got {darkest} to {brightest}; scale it first"
        )
    if 0 < brightest <= 255:
        raise PhotoError(
            f"the {role}: in a Pillow picture of mode I white is 65535, got {brightest} at most; convert it to mode L"
        )


def _set_profile(decoded: Decoded, image: "Image.Image") -> None:
    """Give the decoded picture the profile that it carries, if that is for colours of its kind."""
    if decoded.profile is not None:  # Lab has its own
        return
    profile = image.info.get("icc_profile") or None
    if profile is None:
        if decoded.layout == "cmyk":
            decoded.notes.append("no colour profile; read as plain inks")
        return
    try:
        space = icc.parse(profile).space
    except ValueError:  # which is noted when its colours are read
        space = _DEVICE_COLOURS[decoded.layout]
    if (decoded.layout, space) == ("grey", "RGB"):  # which is fitted when its colours are settled
        space = "GRAY"
    if space != _DEVICE_COLOURS[decoded.layout]:
        decoded.notes.append(f"has mode {image.mode} and a profile for {space} colours; read without the profile")
        return
    decoded.profile = profile


def _take_stated_colours(decoded: Decoded, image: "Image.Image") -> None:
    """What a PNG picture's other chunks say of its colours, as far as Pillow hands them over."""
    if decoded.profile is not None or decoded.layout == "cmyk" or image.format not in _STATING:
        return
    chunks = []
    if "srgb" in image.info:
        chunks.append((b"sRGB", bytes([image.info["srgb"] & 0xFF])))
    if "gamma" in image.info:
        chunks.append((b"gAMA", _hundred_thousandths([image.info["gamma"]])))
    if "chromaticity" in image.info:
        chunks.append((b"cHRM", _hundred_thousandths(image.info["chromaticity"])))
    bits = 8
    if decoded.depth != 8:
        bits = 16
    colours = stated_colours(chunks, decoded.layout, bits, decoded.notes)
    decoded.profile = colours.profile
    decoded.stated = colours.stated


def _hundred_thousandths(numbers: Sequence[float]) -> bytes:
    """Numbers as PNG's chunks have them."""
    return b"".join((round(number * 100000) & 0xFFFFFFFF).to_bytes(4, "big") for number in numbers)
