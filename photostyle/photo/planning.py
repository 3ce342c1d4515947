"""What is to be written of a photo: the depth, the layout and the colour space that a format can hold."""

from dataclasses import dataclass
from typing import Literal

from photostyle.errors import OptionError
from photostyle.photo.codecs.png_colours import lost_elsewhere
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.hdr import Hdr
from photostyle.photo.colour_management.kinds import kind_of
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.colour_management.spaces import ColourSpace, Srgb
from photostyle.photo.conversion import is_grey, to_codes
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.extra_channels import PREMULTIPLIED, STRAIGHT
from photostyle.photo.file_facts import Depth, Layout, Metadata
from photostyle.photo.formats import WRITABLE, Format
from photostyle.photo.metadata.metadata_out import NewFile, metadata_out
from photostyle.photo.photograph import Photo
from photostyle.photo.raster import Raster

DepthChoice = Literal["keep", 8, 16, "float"]
MetadataChoice = Literal["keep", "strip"]


@dataclass(frozen=True)
class WriteOptions:
    """How a photo is to be written; see `write_photo`.

    Args:
        depth: bits per channel, or "keep".
        quality: 1 to 100, or None to follow the photo's own file.
        metadata: "keep" or "strip".
        history: for the XMP history.
    """

    depth: DepthChoice = "keep"
    quality: int | None = None
    metadata: MetadataChoice = "keep"
    history: str | None = None


def plan(photo: Photo, name: str, options: WriteOptions, notes: list[str]) -> EncodeJob:
    """What the encoder of the format `name` has to write; what the format cannot hold is noted."""
    format = WRITABLE[name]
    depth = _held_depth(photo, format, options.depth, notes)
    layout, profile, space = _colours(photo, format, depth, notes)
    alpha = photo.alpha is not None and format.alpha
    encoding: dict[str, object] = {}
    if photo.file.format == name:
        encoding = dict(photo.file.encoding)
    else:
        for chunk in lost_elsewhere(photo.file.encoding):
            notes.append(f"{format.name} is written without its {chunk} chunk, which tells of the mastering display")
    premultiplied = alpha and format.premultiplied and photo.file.premultiplied and photo.file.format == name
    raster = to_codes(photo, space, depth, alpha=alpha, premultiplied=premultiplied)
    raster, kinds = _with_extra(raster, photo, format, depth, _kind_of_alpha(alpha, premultiplied), notes)
    metadata = Metadata()
    if options.metadata == "keep":
        file = NewFile(name, photo.size, kind_of(profile, layout), options.history)
        metadata = metadata_out(photo.metadata, file, notes)
    return EncodeJob(raster, layout, alpha, profile, metadata, encoding, options.quality, premultiplied, kinds)


def _kind_of_alpha(alpha: bool, premultiplied: bool) -> int | None:
    """What TIFF says of alpha, or None where there is none."""
    if not alpha:
        return None
    if premultiplied:
        return PREMULTIPLIED
    return STRAIGHT


def _with_extra(
    raster: Raster, photo: Photo, format: Format, depth: Depth, alpha_kind: int | None, notes: list[str]
) -> tuple[Raster, tuple[int, ...]]:
    """The rows with the photo's extra channels, where the format holds such, and the kinds of all after the colours."""
    kinds: tuple[int, ...] = ()
    if alpha_kind is not None:
        kinds = (alpha_kind,)
    if photo.extra is None:
        return raster, kinds
    if not format.extra:
        notes.append(f"{format.name} has no place for its {photo.extra.in_words()} beside the colours; left out")
        return raster, kinds
    return photo.extra.joined(raster, depth, alpha_kind)


def _held_depth(photo: Photo, format: Format, wanted: DepthChoice, notes: list[str]) -> Depth:
    """The depth asked for, or the deepest that the format holds where the photo's own is deeper."""
    if wanted != "keep":
        if wanted not in format.depths:
            choices = ", ".join(str(depth) for depth in format.depths)
            raise OptionError(f"{format.name} holds a depth of {choices}, not {wanted}; choose .tif, which holds all")
        return wanted
    own = photo.file.depth
    if own in format.depths:
        return own
    held = format.depths[-1]
    notes.append(f"{format.name} holds {held} bits a channel; the photo had {_in_words(own)}")
    return held


def _in_words(depth: Depth) -> str:
    if depth == "float":
        return "floats"
    return f"{depth} bits"


def _colours(photo: Photo, format: Format, depth: Depth, notes: list[str]) -> tuple[Layout, bytes | None, ColourSpace]:
    """The layout, the profile and the colour space to write in: the photo's own, if it can be."""
    layout = photo.file.layout
    held = layout in format.layouts
    if not held and (layout != "grey" or photo.profile is not None):
        notes.append(f"{format.name} holds no {layout} colours; written as sRGB")
        return _srgb()
    if layout == "grey" and not is_grey(photo.pixels):
        notes.append("the grey photo has colours now; written as sRGB")
        return _srgb()
    if not held:
        return _srgb()
    space = _own_space(photo, depth)
    if isinstance(space, Hdr) and not _holds_hdr(photo, format, depth):
        notes.append(f"{format.name} is written without its HDR brightness: tone-mapped, in sRGB")
        return _plain(layout)
    if space.writable or (photo.exact_codes is not None and photo.exact_codes.unchanged(photo.pixels)):
        return layout, photo.profile, space
    notes.append("its profile tells no way back to its colours; written as sRGB")
    return _srgb()


def _own_space(photo: Photo, depth: Depth) -> ColourSpace:
    """The colour space of the photo's file: the very one that its exact codes are in, where it has some."""
    if photo.exact_codes is not None:
        return photo.exact_codes.space
    space, _ = colour_space(photo.profile, photo.file.layout, fine=depth != 8)
    return space


def _holds_hdr(photo: Photo, format: Format, depth: Depth) -> bool:
    """Whether HDR brightness can be written: deep, or as its own file was; the room of video only as it was."""
    own = photo.file.format is not None and WRITABLE.get(photo.file.format) is format and photo.file.depth == depth
    points = icc.code_points(photo.profile)
    full_range = points is not None and points[3] != 0
    return own or (depth != 8 and full_range)


def _plain(layout: Layout) -> tuple[Layout, bytes | None, ColourSpace]:
    """sRGB, in one channel for grey."""
    if layout == "grey":
        return "grey", None, Srgb(1)
    return _srgb()


def _srgb() -> tuple[Layout, bytes | None, ColourSpace]:
    return "rgb", None, Srgb()
