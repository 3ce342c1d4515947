"""What a training is told: a small yml file, whose keys, ranges and helps stand in one dataclass for each kind of network."""

from pathlib import Path
from typing import Literal, get_args

from photostyle.errors import FileError, OptionError
from photostyle.registry import nearest
from photostyle.text_file import read_text
from photostyle.training.autoencoder_config import ARCHITECTURE, AutoencoderConfig, autoencoder_config, autoencoder_template
from photostyle.training.painting_config import (
    PAINTING_TEMPLATES,
    PaintingConfig,
    PaintingTemplate,
    painting_config,
    painting_template,
)
from photostyle.training.translation_config import (
    TRANSLATIONS,
    Translation,
    TranslationConfig,
    translation_config,
    translation_template,
)

Config = PaintingConfig | AutoencoderConfig | TranslationConfig
Template = Literal[PaintingTemplate, Literal["autoencoder"], Translation]


def read_config(path: Path) -> Config:
    """Read a yml; paths in it are relative to its folder. Its key `network` says what it trains: a network that paints where
    there is none, an autoencoder, or a translation between two sets.

    Raises:
        FileError: it cannot be read, or is no yml.
        OptionError: a key is unknown or missing, or a value is not what it should be; one line.
    """
    import yaml

    try:
        values = yaml.safe_load(read_text(path))
    except FileNotFoundError:
        raise FileError(
            f"{path}: no such file; photostyle train writes one to begin with where it is given init; see its help"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'it is no text'}); give a yml") from error
    except yaml.YAMLError as error:
        raise FileError(f"{path}: is no yml ({' '.join(str(error).split())[:120]}); mend it") from error
    if not isinstance(values, dict):
        raise FileError(
            f"{path}: must have keys, such as photos: my-photos; photostyle train writes an example where it is given init"
        )
    try:
        if values.get("network") == ARCHITECTURE:
            return autoencoder_config(values, path.parent, path.stem)
        if values.get("network") in TRANSLATIONS:
            return translation_config(values, path.parent, path.stem)
        return painting_config(values, path.parent, path.stem)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from None


def template(kind: Template) -> str:
    """A commented yml to begin with.

    Raises:
        OptionError: there is none of that name.
    """
    if kind in PAINTING_TEMPLATES:
        return painting_template(kind)
    if kind in TRANSLATIONS:
        return translation_template(kind)
    if kind == ARCHITECTURE:
        return autoencoder_template()
    names = get_args(Template)
    raise OptionError(f"init must be one of {', '.join(names)}, got {kind!r}{nearest(kind, names)}")
