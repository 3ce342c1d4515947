"""The list of all nodes."""

from photostyle.comfy.applying import APPLY
from photostyle.comfy.clips import SOLVE_CLIP
from photostyle.comfy.definitions import Node
from photostyle.comfy.looks import LOAD_LOOK, MEASURE_LOOK, SAVE_LOOK
from photostyle.comfy.methods import NETWORK, PAINT, SOLVE
from photostyle.comfy.regions import FIND_REGIONS, NAME_MASK, REGION_MASK
from photostyle.comfy.transform_files import LOAD_TRANSFORM, SAVE_TRANSFORM

NODES: tuple[Node, ...] = (
    SOLVE,
    SOLVE_CLIP,
    PAINT,
    NETWORK,
    APPLY,
    MEASURE_LOOK,
    SAVE_LOOK,
    LOAD_LOOK,
    NAME_MASK,
    FIND_REGIONS,
    REGION_MASK,
    SAVE_TRANSFORM,
    LOAD_TRANSFORM,
)
