"""Names of outputs and masks, made from templates such as "relit/{reldir}/{stem}.{ext}"."""

import os
import string
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from photostyle.batch import remote
from photostyle.batch.inputs import FoundPhoto
from photostyle.clip_files import is_clip
from photostyle.errors import OptionError, PhotostyleError
from photostyle.photo.formats import format_for_writing

FIELDS = ("reldir", "stem", "ext", "style")


def as_template(output: str) -> str:
    """A template as it is; for the name of a folder that of photos in it, folder/{stem}.{ext}.

    A folder is what ends in a slash, what is one already, and a name without fields and without an extension.

    >>> as_template("relit"), as_template("relit/{stem}.png"), as_template("one.jpg")
    ('relit/{stem}.{ext}', 'relit/{stem}.png', 'one.jpg')
    """
    is_folder = output.endswith(("/", os.sep)) or (not remote.is_url(output) and os.path.isdir(output))
    if not is_folder and "{" not in output:
        is_folder = not PurePosixPath(output.replace(os.sep, "/")).suffix
    if not is_folder:
        return output
    return output.rstrip("/" + os.sep) + "/{stem}.{ext}"


def check_template(template: str) -> None:
    """Refuse a text that is no template of `FIELDS`.

    Raises:
        OptionError: it says what is wrong.
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise OptionError(f"{template!r} is no template ({error}); write {{{{ for a brace itself") from None
    for _, name, _, _ in parts:
        if name is not None and name not in FIELDS:
            raise OptionError(f"{template!r} has an unknown field {name!r}; the fields are {', '.join(FIELDS)}")


def template_values(photo: FoundPhoto, style: str) -> dict[str, str]:
    """What stands for each of the `FIELDS` for a photo and its style."""
    name = PurePosixPath(photo.path.replace(os.sep, "/")).name
    stem, suffix = os.path.splitext(name)
    style_stem = os.path.splitext(os.path.basename(style))[0]
    return {"reldir": photo.reldir, "stem": stem, "ext": suffix[1:], "style": style_stem}


def output_name(template: str | None, values: Mapping[str, str]) -> str:
    """The name of an output; {ext} is png where the format of a content that is no clip cannot be written, such as camera raw.

    Raises:
        OptionError: there is no template.
    """
    if template is None:
        raise OptionError(
            "no output is named; give a folder, or a template such as 'relit/{reldir}/{stem}.{ext}'", option="output"
        )
    own = f"x.{values['ext']}"
    try:
        if not is_clip(own):
            format_for_writing(Path(own))
    except PhotostyleError:
        values = {**values, "ext": "png"}
    return fill_template(template, values)


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """A template with its fields filled in; empty folders between slashes are left out."""
    text = template.format(**values)
    scheme, separator, path = text.partition("://")
    if not remote.is_url(text) or scheme == "file":
        return os.path.normpath(remote.local_path(text))
    folders = [part for part in path.split("/") if part]
    return scheme + separator + "/".join(folders)


def root_of(template: str) -> str:
    """The folder of an output template before its first field.

    >>> root_of("relit/{reldir}/{stem}.{ext}"), root_of("{stem}-relit.jpg")
    ('relit', '.')
    """
    fixed = template.partition("{")[0]
    if remote.is_url(fixed):
        folder = fixed.rpartition("/")[0]
    else:
        folder = os.path.dirname(fixed)
    return folder or "."
