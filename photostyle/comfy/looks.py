"""The nodes of looks: measured from a picture, saved, loaded."""

from typing import Any

from torch import Tensor

from photostyle.comfy import host
from photostyle.comfy.definitions import IMAGE, LOOK, MASK, REGIONS, Input, Node, Output
from photostyle.comfy.option_inputs import option_inputs, options_of
from photostyle.comfy.regions import FoundRegions, check_nothing_to_find, prepared_pictures
from photostyle.errors import PhotoError
from photostyle.look import SUFFIX, Look, load_look, save_look
from photostyle.session import Session
from photostyle.story import measure

_OF_LOOKS = ("encoder", "size", "fast", "segmenter", "feather", "hard_masks", "device", "precision")
NOTHING = "(no file of this kind yet)"  # what a list shows that has nothing to choose from


def _measure(style: Tensor, mask: Tensor | None, regions: FoundRegions | None, **values: Any) -> tuple[Look, str]:
    options = options_of("field", values)
    if regions is not None:
        check_nothing_to_find(options)
    session = Session.shared(options).begin()
    prepared, notes = prepared_pictures(style, "style", options, session, mask, regions)
    if len(prepared) != 1:
        raise PhotoError(f"a look is of one picture, got a batch of {len(prepared)}; take one of them")
    look = measure(prepared[0], options=options, session=session, callback=host.Bar().of(0))
    return look, "\n".join([*notes, *prepared[0].notes, *prepared[0].regions.notes])


def _save(look: Look, prefix: str) -> tuple[str]:
    path, name = host.new_file(prefix, SUFFIX)
    save_look(look, path)
    return (name,)


def _load(look: str) -> tuple[Look]:
    return (load_look(host.file_of("look", look)),)


def choices_of(kind: str) -> tuple[str, ...]:
    """What a list of files of a kind shows."""
    return tuple(host.files(kind)) or (NOTHING,)


def state_of(kind: str, name: str) -> str:
    """What changes where the file of a name does; "" where there is none, which is said when the node runs."""
    path = host.files(kind).get(name)
    return f"{path} {path.stat().st_mtime_ns}" if path else ""


MEASURE_LOOK = Node(
    "PhotostyleMeasureLook",
    "Measure a look",
    "Measures what a style picture's light and colours are like. The look takes the picture's place, with the same results; no "
    "picture can be made of it.",
    (
        Input("style", IMAGE, "The picture whose light is wanted.", optional=False),
        Input("mask", MASK, "What it marks is the region called region."),
        Input("regions", REGIONS, "The picture's regions, in place of a mask."),
        *option_inputs("field", only=_OF_LOOKS),
    ),
    (Output("look", LOOK), Output("notes", "STRING", "What is to be said of the picture, one line each.")),
    _measure,
)

SAVE_LOOK = Node(
    "PhotostyleSaveLook",
    "Save a look",
    "Writes a .look file into ComfyUI's output folder, which photostyle reads everywhere.",
    (
        Input("look", LOOK, "From the node that measures or loads it.", optional=False),
        Input("prefix", "STRING", "Folder and name in the output folder; a number is added.", "photostyle/look"),
    ),
    (Output("file", "STRING", "Where it was written, in the output folder."),),
    _save,
    writes=True,
)

LOAD_LOOK = Node(
    "PhotostyleLoadLook",
    "Load a look",
    "Reads a .look file from models/photostyle, or from the folder photostyle of ComfyUI's input or output.",
    (Input("look", "COMBO", "The file.", optional=False, choices=lambda: choices_of("look")),),
    (Output("look", LOOK),),
    _load,
    fingerprint=lambda look: state_of("look", look),
)
