"""Checkpoints of the user's own: folders as segmentation-models-pytorch (SMP) saves and its hub keeps them, and class tables."""

import os
from pathlib import Path

from photostyle.errors import ModelError

WEIGHTS, CONFIG = "model.safetensors", "config.json"
CLASS_TABLES = ("classes.json", "classes.csv")
HOW_TO = "see photostyle's docs/masks.md, A network of your own"


def is_checkpoint_name(name: str) -> bool:
    """Whether a segmenter's name is a path of a folder rather than a word or `module:function`.

    >>> is_checkpoint_name("./unet"), is_checkpoint_name("nets/unet"), is_checkpoint_name("scene"), is_checkpoint_name("a.b:c")
    (True, True, False, False)
    """
    separators = "/" if os.altsep is None and os.sep == "/" else f"/{os.sep}"
    return any(separator in name for separator in separators) or Path(name).is_dir()


def check_checkpoint(folder: Path) -> Path:
    """The class table of a checkpoint's folder.

    Raises:
        ModelError: there is no such folder, or one of its three files is missing; it says which.
    """
    if not folder.is_dir():
        raise ModelError(f"no folder at {folder}; give one with {CONFIG}, {WEIGHTS} and {CLASS_TABLES[0]}, {HOW_TO}")
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ModelError(
                f"{folder} has no {name}; save the network there with save_pretrained, or download all of its folder"
            )
    for name in CLASS_TABLES:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"{folder} has no {' or '.join(CLASS_TABLES)} to say what each output of its network is; {HOW_TO}")
