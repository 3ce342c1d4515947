"""The mask of each photo of a batch: by a template such as "masks/{stem}.png", or from a folder by the photo's name."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.output_names import fill_template
from photostyle.errors import OptionError

# In the order in which they are looked for; "" is a folder of grey pictures, which `photostyle masks` writes beside its picture.
_SUFFIXES = (".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".jpg", ".jpeg", ".json", ".xml", "")


def masks_of_photos(
    template: str | None, photos: Sequence[tuple[str, Mapping[str, str]]], tell: Callable[[str], None]
) -> list[str | None]:
    """The mask of each photo, None where its regions are to be found.

    A folder that holds pictures, annotations or folders of the photos' names has a mask for each; else it is one mask for all.

    Args:
        template: of a path or URL, a folder, or None for no masks.
        photos: the path of each, and the values of the template's fields for it.
        tell: is told in a line which have none.

    Raises:
        OptionError: none of them has.
    """
    if not template or not photos:
        return [None] * len(photos)
    named = [fill_template(template, values) for _, values in photos]
    masks = [_in_folder(path, *photo) for path, photo in zip(named, photos, strict=True)]
    if not any(masks):
        masks = [path if remote.is_url(path) or os.path.exists(path) else None for path in named]
    without = [values["stem"] for (_, values), mask in zip(photos, masks, strict=True) if mask is None]
    if len(without) == len(masks):
        raise OptionError(f"no photo has a mask by {template!r}: there is no {named[0]}; check the path")
    if without:
        tell(f"no mask by {template!r} for {_listed(without)}; regions are found there")
    return masks


def _in_folder(path: str, photo: str, values: Mapping[str, str]) -> str | None:
    """The mask of a photo's name in a folder, perhaps in the photo's own subfolder; None where it is no folder or holds none."""
    if remote.is_url(path) or not os.path.isdir(path):
        return None
    for folder in dict.fromkeys((Path(path) / values["reldir"], Path(path))):
        for suffix in _SUFFIXES:
            mask = folder / (values["stem"] + suffix)
            if mask.exists() and os.path.realpath(mask) != os.path.realpath(photo):
                return str(mask)
    return None


def _listed(stems: Sequence[str]) -> str:
    """Some of the names, each once."""
    names = list(dict.fromkeys(stems))
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} others"
