"""A folder of soft grey pictures, one a region: white is inside, black outside, the file's name is the region's."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from photostyle.errors import MaskError
from photostyle.photo import Picture
from photostyle.regions.masks.colour_codes import Floats
from photostyle.regions.masks.label_studio_folder import label_studio_parts
from photostyle.regions.masks.names import read_names
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.pictures import colours_and_alpha, full_scale, picture_from_file
from photostyle.regions.masks.soft import SoftMasks, SoftPlane
from photostyle.regions.swatches import REST
from photostyle.system_files import is_system_name, left_out_note

_PICTURES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".pgm", ".pbm", ".ppm", ".npy"}


def folder_masks(folder: Path, origin: Origin) -> SoftMasks:
    """The masks of a folder's pictures; those that Label Studio exports are one region a tag, of all its parts.

    Raises:
        MaskError: when the folder holds no pictures, two of one name, or parts of several tasks of Label Studio; while they are
            read, when one is coloured.
    """
    pictures = sorted(file for file in folder.iterdir() if file.suffix.lower() in _PICTURES and file.is_file())
    files = [file for file in pictures if not is_system_name(file.name)]
    hidden = left_out_note(file.name for file in pictures if is_system_name(file.name))
    if not files:
        raise MaskError(f"the folder {folder} holds no pictures; put one grey PNG a region into it, named after it")
    notes = [f"{folder.name}: {hidden}"] if hidden else []
    exported = label_studio_parts(files)
    if exported is not None:
        named, told = exported.of_one_annotation(folder)
        notes += told
    else:
        named = {file.stem: [file] for file in files}
        name, count = Counter(file.stem for file in files).most_common(1)[0]
        if count > 1:
            raise MaskError(f"the folder {folder} holds {name!r} more than once; keep one picture a region")
    return SoftMasks(
        origin,
        _planes(named, origin),
        rest_note=f"{folder.name}: what no picture covers belongs to {REST!r}",
        nothing=f"the masks in {folder} are all black, so they mark no region; paint each region white",
        known_colours=lambda: read_names(folder.with_name(folder.name + ".json"), {}).colours,
        notes=tuple(notes),
    )


def single_part(path: Path, origin: Origin) -> SoftMasks | None:
    """One picture that is a part of what Label Studio has exported: its tag and the rest; None where it is not named so.

    Raises:
        MaskError: while it is read, when it is coloured.
    """
    exported = label_studio_parts([path])
    if exported is None:
        return None
    named, _ = exported.of_one_annotation(path.parent)
    return SoftMasks(
        origin,
        _planes(named, origin),
        rest_note=None,
        nothing=f"the mask {path} is all black, so it marks no region; paint the region white",
    )


def _planes(named: Mapping[str, Sequence[Path]], origin: Origin) -> Iterator[SoftPlane]:
    """One plane a region, of the pictures of its parts."""
    for name, files in named.items():
        of_first = Origin(origin.role, files[0])
        weights = soft_weights(picture_from_file(files[0]), of_first)
        for file in files[1:]:
            part = soft_weights(picture_from_file(file), Origin(origin.role, file))
            if part.shape != weights.shape:
                raise MaskError(f"{file} is of another size than {files[0].name}; export both from one photo")
            weights = np.maximum(weights, part)
        yield SoftPlane(name, weights, of_first)


def soft_weights(picture: Picture, origin: Origin, holder: str = "a folder of masks") -> Floats:
    """(H, W) float32 weight in [0, 1] of a soft grey picture; transparency takes away.

    Args:
        picture: its code values.
        origin: where it came from, and `holder` what it is one of, for the error.

    Raises:
        MaskError: it is in colour.
    """
    values, alpha = colours_and_alpha(picture)
    white = full_scale(values)
    if values.ndim == 3:
        difference = (values.max(2) - values.min(2)).astype(np.float32)
        if (difference > 0.1 * white).mean() > 0.02:
            raise MaskError(
                f"{origin.title} is in colour, but {holder} holds one soft grey picture a region; "
                "give a coloured mask by itself, and keep other pictures elsewhere"
            )
        values = values[..., 0]
    grey: Floats = np.nan_to_num(values.astype(np.float32) / white).clip(0, 1)
    if alpha is None:
        return grey
    black_strokes_on_a_transparent_layer = not (grey * (alpha > 0)).any()
    return alpha if black_strokes_on_a_transparent_layer else grey * alpha
