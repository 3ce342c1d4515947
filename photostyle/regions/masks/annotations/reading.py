"""The file of an annotation program as masks: which program's it is, painted, with what was left out."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photostyle.errors import MaskError
from photostyle.regions.labels import COLOURS
from photostyle.regions.masks.annotations.annotation import Annotation
from photostyle.regions.masks.annotations.coco import parse_coco
from photostyle.regions.masks.annotations.cvat import parse_cvat
from photostyle.regions.masks.annotations.foreign import name_of_foreign
from photostyle.regions.masks.annotations.label_studio import is_label_studio, parse_label_studio
from photostyle.regions.masks.annotations.labelme import parse_labelme
from photostyle.regions.masks.annotations.painting import UNCOVERED, VOID, painted_labels
from photostyle.regions.masks.erased import fill_or_keep
from photostyle.regions.masks.fit import check_fit
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.soft import SoftMasks, SoftPlane
from photostyle.regions.swatches import ERASED, ERASED_COLOUR, Colour
from photostyle.text_file import read_text

Size = tuple[int, int]
_MOST_PIXELS = 1 << 30


def is_annotation(path: Path) -> bool:
    """Whether a path is named as annotation programs name their files."""
    return path.suffix.lower() in (".json", ".xml")


def annotation_masks(path: Path, origin: Origin, photo_name: str | None, photo_size: Size) -> SoftMasks:
    """The regions of an annotation file, one a label; what none encloses is "rest".

    Args:
        path: the file, of any of the programs.
        origin: what notes call it.
        photo_name: of a file of several pictures, that of this name is taken.
        photo_size: (width, height) of the photo.

    Raises:
        MaskError: it is of none of the programs, outlines nothing, or holds no picture that is surely the photo.
    """
    annotation = _parsed(path, photo_name, photo_size).with_plain_labels()
    notes = [f"{origin.short}: {note}" for note in annotation.told()]
    size = annotation.size or photo_size
    if min(size) < 1 or size[0] * size[1] > _MOST_PIXELS:
        raise MaskError(f"{path} is for a picture of {size[0]} x {size[1]} pixels, which is none; export it again")
    check_fit(origin, size, photo_size)
    labels, names = painted_labels(annotation.shapes, size)
    present = [place for place in range(len(names)) if (labels == place).any()]
    if not present:
        told = "".join(f" ({note})" for note in annotation.told())
        raise MaskError(f"{path} outlines nothing{told}; draw a polygon, a rectangle or a circle round each region")
    several = len(present) > 1 or bool((labels == UNCOVERED).any())
    settled, kept_void, void_notes = fill_or_keep(labels, labels == VOID, origin, several=several)
    places = {names[place]: place for place in present}
    if kept_void:
        places[ERASED] = VOID
    return SoftMasks(
        origin,
        _planes(settled, places, origin),
        rest_note=None,
        nothing=f"{path} outlines nothing; draw a polygon, a rectangle or a circle round each region",
        known_colours=lambda: {name: _colour(name) for name in places},
        notes=(*notes, *void_notes),
    )


def _parsed(path: Path, photo_name: str | None, photo_size: Size) -> Annotation:
    try:
        text = read_text(path)
        if path.suffix.lower() == ".xml":
            return parse_cvat(text, path, photo_name, photo_size)
        return _parsed_json(json.loads(text), path, photo_name, photo_size)
    except OSError as error:
        raise MaskError(f"cannot read the mask {path}: {error.strerror or error}") from error
    except MaskError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise MaskError(
            f"{path} is no labelme file ({error!r}), nor one of COCO, CVAT for images or Label Studio; "
            "as a mask give one of these, a picture, or a folder of grey pictures"
        ) from error


def _parsed_json(record: Any, path: Path, photo_name: str | None, photo_size: Size) -> Annotation:
    is_coco = isinstance(record, dict) and "images" in record and "annotations" in record
    if is_coco and any("segments_info" in entry for entry in record["annotations"]):
        raise MaskError(f"{path} {name_of_foreign(record['annotations'])}")
    if is_coco:
        return parse_coco(record, path, photo_name, photo_size)
    if is_label_studio(record):
        return parse_label_studio(record, path, photo_name, photo_size)
    if isinstance(record, dict) and "regions" in record and "shapes" not in record:
        raise MaskError(f"{path} holds the names of a mask's colours; give the mask picture beside it")
    foreign = name_of_foreign(record)
    if foreign is not None:
        raise MaskError(f"{path} {foreign}")
    if not isinstance(record, dict):
        raise ValueError("it holds no shapes")
    return parse_labelme(record)


def _planes(labels: NDArray[np.integer], places: dict[str, int], origin: Origin) -> Iterator[SoftPlane]:
    for name, place in places.items():
        yield SoftPlane(name, (labels == place).astype(np.float32), origin, rounding=0.0)


def _colour(name: str) -> Colour:
    """The swatch of a name, the same in each file: a class's own, or one made of the name."""
    if name == ERASED:
        return ERASED_COLOUR
    if name in COLOURS:
        return COLOURS[name]
    code = zlib.crc32(name.encode())
    return code >> 16 & 255, code >> 8 & 255, code & 255
