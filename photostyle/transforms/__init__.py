"""Transforms: what a method found, to be given to the photo at any strength, previewed, saved and loaded.

base.py     `Transform`: what all have in common
field/      affine colour transforms on a bilateral grid per region: what the method `field` finds
picture.py  a picture, carried to the photo's own size: what `pixels` finds
network.py  a trained network's pass over the photo: what `network` finds
translation.py  a generator's pass over the photo, of networks learnt from two sets of pictures
shared.py   one transform for a set of photos
lut/        the table of colours that comes nearest
file.py     their one file format
"""

from pathlib import Path

from photostyle.tensor_file import BROKEN
from photostyle.transforms.base import Applied, Provenance, RenderTarget, Transform
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.field import FieldTransform
from photostyle.transforms.file import broken, read_transform
from photostyle.transforms.network import NetworkTransform
from photostyle.transforms.picture import PictureTransform
from photostyle.transforms.shared import SharedTransform
from photostyle.transforms.translation import TranslationTransform

__all__ = [
    "Applied",
    "Clipped",
    "FieldTransform",
    "NetworkTransform",
    "PictureTransform",
    "Provenance",
    "RenderTarget",
    "SharedTransform",
    "Transform",
    "TranslationTransform",
    "load_transform",
]

_KINDS: dict[str, type[Transform]] = {}
for _kind in (FieldTransform, PictureTransform, NetworkTransform, TranslationTransform, SharedTransform):
    _KINDS[_kind.kind] = _kind


def load_transform(path: Path | str) -> Transform:
    """Read a transform that `Transform.save` wrote, of whatever kind; the fields of photostyle 0.1 too.

    Raises:
        FileError: there is no such file, it is no transform, or it is of a newer version.
    """
    file = read_transform(path)
    if file.transform not in _KINDS:
        raise broken(path, ValueError(f"it holds a transform of the unknown kind {file.transform!r}"))
    try:
        return _KINDS[file.transform].restored(file)
    except BROKEN as error:
        raise broken(path, error) from error
