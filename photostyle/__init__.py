"""photostyle makes one photo look as if taken in the light of another."""

from importlib import import_module
from typing import TYPE_CHECKING

from photostyle import threads
from photostyle.errors import (
    Cancelled,
    DependencyError,
    DeviceError,
    FileError,
    MaskError,
    ModelError,
    OptionError,
    PhotoError,
    PhotostyleError,
)

__version__ = "0.2.0"

# Before anything of photostyle loads torch; what imports any part of the package comes by here.
threads.wait_passively()
threads.end_teams_before_forks()

# Public names and where they live; loaded on first use, so that importing photostyle loads no torch. Type checkers and editors
# read the imports below in their place; a test compares the two.
_LAZY = {
    "transfer": "photostyle.story",
    "relight": "photostyle.story",
    "measure": "photostyle.story",
    "Result": "photostyle.story",
    "Session": "photostyle.session",
    "Options": "photostyle.options",
    "Amounts": "photostyle.amounts",
    "Prepared": "photostyle.prepared",
    "prepare": "photostyle.prepared",
    "prepare_pair": "photostyle.prepared",
    "Method": "photostyle.methods",
    "Fitted": "photostyle.methods",
    "register": "photostyle.registry",
    "Transform": "photostyle.transforms",
    "load_transform": "photostyle.transforms",
    "Look": "photostyle.look",
    "save_look": "photostyle.look",
    "load_look": "photostyle.look",
    "Photo": "photostyle.photo",
    "open_photo": "photostyle.photo",
    "read_photo": "photostyle.photo",
    "write_photo": "photostyle.photo",
    "Regions": "photostyle.regions",
    "read_mask": "photostyle.regions",
    "pair_regions": "photostyle.regions",
    "load_encoder": "photostyle.encoders",
    "from_pretrained": "photostyle.networks.hub",
    "Progress": "photostyle.events",
    "CancelToken": "photostyle.events",
}

if TYPE_CHECKING:
    from photostyle.amounts import Amounts
    from photostyle.encoders import load_encoder
    from photostyle.events import CancelToken, Progress
    from photostyle.look import Look, load_look, save_look
    from photostyle.methods import Fitted, Method
    from photostyle.networks.hub import from_pretrained
    from photostyle.options import Options
    from photostyle.photo import Photo, open_photo, read_photo, write_photo
    from photostyle.prepared import Prepared, prepare, prepare_pair
    from photostyle.regions import Regions, pair_regions, read_mask
    from photostyle.registry import register
    from photostyle.session import Session
    from photostyle.story import Result, measure, relight, transfer
    from photostyle.transforms import Transform, load_transform

__all__ = [
    "Amounts",
    "CancelToken",
    "Cancelled",
    "DependencyError",
    "DeviceError",
    "FileError",
    "Fitted",
    "Look",
    "MaskError",
    "Method",
    "ModelError",
    "OptionError",
    "Options",
    "Photo",
    "PhotoError",
    "PhotostyleError",
    "Prepared",
    "Progress",
    "Regions",
    "Result",
    "Session",
    "Transform",
    "__version__",
    "from_pretrained",
    "load_encoder",
    "load_look",
    "load_transform",
    "measure",
    "open_photo",
    "pair_regions",
    "prepare",
    "prepare_pair",
    "read_mask",
    "read_photo",
    "register",
    "relight",
    "save_look",
    "transfer",
    "write_photo",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'photostyle' has no attribute {name!r}")
    value = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value  # a submodule of the name, such as transfer, must not come to stand in its place
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
