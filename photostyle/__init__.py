"""photostyle makes one photo look as if taken in the light of another."""

from importlib import import_module

from photostyle.errors import (
    DependencyError,
    DeviceError,
    FileError,
    MaskError,
    ModelError,
    OptionError,
    PhotoError,
    PhotostyleError,
)

__version__ = "0.1.0"

# Public names and where they live; loaded on first use, so that importing photostyle loads no torch.
_LAZY = {
    "transfer": "photostyle.pipeline",
    "relight": "photostyle.pipeline",
    "Result": "photostyle.pipeline",
    "measure": "photostyle.pipeline",
    "Look": "photostyle.look",
    "save_look": "photostyle.look",
    "load_look": "photostyle.look",
    "save_field": "photostyle.field.storage",
    "load_field": "photostyle.field.storage",
    "Options": "photostyle.config",
    "Photo": "photostyle.photo",
    "read_photo": "photostyle.photo",
    "write_photo": "photostyle.photo",
    "Regions": "photostyle.regions",
    "read_mask": "photostyle.regions",
    "pair_regions": "photostyle.regions",
    "load_encoder": "photostyle.encoders",
    "Progress": "photostyle.events",
}

__all__ = [
    "DependencyError",
    "DeviceError",
    "FileError",
    "MaskError",
    "ModelError",
    "OptionError",
    "PhotoError",
    "PhotostyleError",
    "__version__",
    *_LAZY,
]


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'photostyle' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__():
    return sorted(__all__)
