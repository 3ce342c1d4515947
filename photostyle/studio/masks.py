"""Painted masks: the label of each pixel at the size of the working copy, as a grey PNG; never colours."""

import base64
import binascii
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photostyle.errors import MaskError, PhotostyleError
from photostyle.photo import WORKING_SIZE, Photo, WorkingCopy
from photostyle.regions import MaskLike, Regions, read_mask
from photostyle.regions.swatches import Colour, distinct_colour
from photostyle.studio.shelf import file_name

MOST_REGIONS = 64
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".npy", ".json", ".xml")
MOST_NAME = 60  # characters
_ASPECT = 0.02  # by which the shapes of mask and photo may differ
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, eq=False)
class PaintedMask:
    """Labels that were painted for a photo.

    Args:
        labels: (h, w) uint8, at each pixel the place of its region in `names`.
        names, colours: of the regions.
        hard: whether borders stay as they were painted; else they are drawn to the photo's edges.
        feather: softness to add to borders, in pixels of the photo; 0 for none.
        found: for each region the names of the found regions that it is made of, none for one that was painted; None where
            all of the mask is by hand.
        brought: the regions of a mask file, softer than the labels; used until the labels are painted over.
        record: as the page sent it, or with the mask's file; `restored_mask` makes the same mask of it again.
    """

    labels: np.ndarray
    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    hard: bool = False
    feather: float = 0.0
    found: tuple[tuple[str, ...], ...] | None = None
    brought: Regions | None = None
    record: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Differs where masks do."""
        return hashlib.sha256(json.dumps(self.record).encode()).hexdigest()

    def made_of(self, place: int) -> tuple[str, ...]:
        """The found regions that a region is made of."""
        return self.found[place] if self.found else ()

    def mask(self) -> MaskLike:
        """The mask, as the library takes it."""
        return self.brought or self.planes()

    def planes(self) -> dict[str, np.ndarray]:
        """One bool plane (h, w) for each region that has a pixel, by name: a mask that the library takes."""
        planes = {}
        for place, name in enumerate(self.names):
            plane = self.labels == place
            if plane.any():
                planes[name] = plane
        return planes

    def coloured(self, regions: Regions) -> Regions:
        """The regions with the swatches that they were painted in."""
        swatches = dict(zip(self.names, self.colours, strict=True))
        colours = tuple(swatches.get(name, colour) for name, colour in zip(regions.names, regions.colours, strict=True))
        return replace(regions, colours=colours)


def painted_mask(record: Mapping[str, Any], photo_size: tuple[int, int]) -> PaintedMask:
    """The mask that a page sent.

    Args:
        record: `regions`, a list of {name, colour "#rrggbb", perhaps found: [names]}; `png`, the labels in base64; perhaps
            `hard` and `feather`.
        photo_size: (width, height) of the photo.

    Raises:
        MaskError: a part is missing, or does not fit.
    """
    names, colours = _regions_of(record.get("regions"))
    labels = decode_labels(record.get("png"), photo_size)
    if labels.max() >= len(names):
        raise MaskError(f"the mask has the label {labels.max()}, and there are {len(names)} regions; count them from 0")
    feather = record.get("feather", 0)
    if isinstance(feather, bool) or not isinstance(feather, int | float) or not 0 <= feather <= max(photo_size) / 4:
        raise MaskError(f"feather must be pixels of the photo, up to a quarter of its long side, got {feather!r}")
    found = _found_of(record["regions"])
    kept = {name: record[name] for name in ("regions", "png", "hard", "feather") if name in record}
    return PaintedMask(labels, names, colours, bool(record.get("hard", False)), float(feather), found, record=kept)


def restored_mask(record: Mapping[str, Any], photo: Photo) -> PaintedMask:
    """The mask of a record that was kept; raises as `painted_mask` and `brought_mask`."""
    if "file" not in record:
        return painted_mask(record, photo.size)
    try:
        data = base64.b64decode(record["file"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MaskError("the mask's file must be in base64") from error
    return brought_mask(data, str(record.get("file_name", "")), photo)


def brought_mask(data: bytes, name: str, photo: Photo) -> PaintedMask:
    """The mask of a file that a page brings: whatever `photostyle run --content-mask` takes as one file.

    Args:
        data: the file's content.
        name: its name; its extension tells what it is.
        photo: that it belongs to.

    Raises:
        MaskError: it is no mask, or has too many regions.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise MaskError(f"a mask must be a file of the kind {' '.join(SUFFIXES)}, got {suffix or 'none'!r}")
    width, height = WorkingCopy.of(photo).photo.size
    with tempfile.TemporaryDirectory(prefix="photostyle-studio-") as folder:
        path = Path(folder) / f"mask{suffix}"
        path.write_bytes(data)
        try:
            regions = read_mask(path, photo.size, size=(width, height), photo_name=photo.file.name)
        except PhotostyleError as error:
            raise MaskError(str(error).replace(str(path), file_name(name))) from error
    if len(regions.names) > MOST_REGIONS:
        raise MaskError(f"{file_name(name)}: has {len(regions.names)} regions, and the studio takes {MOST_REGIONS}; merge some")
    notes = tuple(note.replace(str(path), file_name(name)) for note in regions.notes)
    regions = replace(regions, notes=notes, colours=distinct_colours(regions.colours))
    labels = regions.labels().numpy().astype(np.uint8)
    record = {"file": base64.b64encode(data).decode(), "file_name": file_name(name)}
    return PaintedMask(labels, regions.names, regions.colours, brought=regions, record=record)


def distinct_colours(colours: tuple[Colour, ...]) -> tuple[Colour, ...]:
    """The swatches, or others where two are the same."""
    if len(set(colours)) == len(colours):
        return colours
    return tuple(distinct_colour(place) for place in range(len(colours)))


def decode_labels(png: Any, photo_size: tuple[int, int]) -> np.ndarray:
    """(h, w) uint8 of a grey PNG in base64, which must have the photo's shape and at most 1024 pixels a side.

    Raises:
        MaskError: it is no such picture.
    """
    if not isinstance(png, str):
        raise MaskError("the mask must hold the labels as a PNG in base64")
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(png, validate=True)), formats=["PNG"])
        width, height = picture.size
        if picture.mode != "L":
            raise MaskError(f"the labels must be a grey PNG of 8 bit, got the mode {picture.mode}")
        if max(width, height) > WORKING_SIZE or not same_shape((width, height), photo_size):
            raise MaskError(
                f"the labels must have the photo's shape and at most {WORKING_SIZE} pixels a side, got {width} x {height} "
                f"for a photo of {photo_size[0]} x {photo_size[1]}"
            )
        return np.array(picture)
    except MaskError:
        raise
    except Image.DecompressionBombError as error:
        raise MaskError(f"the labels must have at most {WORKING_SIZE} pixels a side") from error
    except (binascii.Error, OSError, ValueError, SyntaxError) as error:
        raise MaskError("the labels are no PNG that can be read") from error


def encode_labels(labels: np.ndarray) -> bytes:
    """A grey PNG of labels (h, w) uint8."""
    stream = io.BytesIO()
    Image.fromarray(labels).save(stream, "PNG")
    return stream.getvalue()


def _regions_of(rows: Any) -> tuple[tuple[str, ...], tuple[Colour, ...]]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_REGIONS:
        raise MaskError(f"a mask must have 1 to {MOST_REGIONS} regions")
    names = []
    colours = []
    for row in rows:
        name = row.get("name") if isinstance(row, dict) else None
        colour = row.get("colour") if isinstance(row, dict) else None
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= MOST_NAME or not name.isprintable():
            raise MaskError(f"a region's name must have 1 to {MOST_NAME} letters, got {name!r}")
        if "," in name or "=" in name:  # on the command line, they part names
            raise MaskError(f"a region's name must have no comma and no =, got {name!r}; rename it")
        if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise MaskError(f"a region's colour must be such as #3366cc, got {colour!r}")
        names.append(name.strip())
        colours.append((int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)))
    if len(set(names)) != len(names):
        raise MaskError(f"two regions have one name: {', '.join(names)}; rename one")
    return tuple(names), tuple(colours)


def _found_of(rows: list[dict[str, Any]]) -> tuple[tuple[str, ...], ...] | None:
    """For each region the found ones that it is made of; None where none says so."""
    if not any("found" in row for row in rows):
        return None
    found = []
    for row in rows:
        names = row.get("found", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise MaskError(f"found must be a list of names of regions, got {names!r}")
        found.append(tuple(names))
    return tuple(found)


def same_shape(size: tuple[int, int], photo: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) have one shape, up to a pixel of rounding."""
    expected = size[0] * photo[1] / photo[0]
    return abs(expected - size[1]) <= max(1.5, _ASPECT * size[1])
