"""The nodes that save and load what was found."""

from typing import TYPE_CHECKING

from photostyle.comfy import host
from photostyle.comfy.definitions import TRANSFORM, Input, Node, Output
from photostyle.comfy.looks import choices_of, state_of
from photostyle.comfy.methods import Transforms
from photostyle.transforms import load_transform
from photostyle.transforms.file import SUFFIX, read_transform

if TYPE_CHECKING:
    from photostyle.video.transform import ClipLight


def _save(transform: "Transforms | ClipLight", prefix: str) -> tuple[str]:
    names = []
    for each in transform if isinstance(transform, tuple) else (transform,):
        path, name = host.new_file(prefix, SUFFIX)
        each.save(path)
        names.append(name)
    return ("\n".join(names),)


def _load(transform: str) -> "tuple[Transforms | ClipLight]":
    from photostyle.video.transform import KIND, load_clip_light

    path = host.file_of("transform", transform)
    if read_transform(path).transform == KIND:
        return (load_clip_light(path),)
    return ((load_transform(path),),)


SAVE_TRANSFORM = Node(
    "PhotostyleSaveTransform",
    "Save a transform",
    "Writes what was found into ComfyUI's output folder, a file for each picture of a batch.",
    (
        Input("transform", TRANSFORM, "From a node that solves or paints.", optional=False),
        Input("prefix", "STRING", "Folder and name in the output folder; a number is added.", "photostyle/transform"),
    ),
    (Output("file", "STRING", "Where it was written, in the output folder."),),
    _save,
    writes=True,
)

LOAD_TRANSFORM = Node(
    "PhotostyleLoadTransform",
    "Load a transform",
    "Reads a transform from models/photostyle, or from the folder photostyle of ComfyUI's input or output.",
    (Input("transform", "COMBO", "The file.", optional=False, choices=lambda: choices_of("transform")),),
    (Output("transform", TRANSFORM),),
    _load,
    fingerprint=lambda transform: state_of("transform", transform),
)
