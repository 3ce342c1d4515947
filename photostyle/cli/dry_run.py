"""What `--dry-run` looks up without doing the work."""

from pathlib import Path

from photostyle.cli.networks import check_segmenter
from photostyle.options import Options
from photostyle.registry import find_method


def regions_from(mask: str | None, options: Options, style: Path | None = None) -> str:
    """Where the regions of a photo would come from, in words.

    Args:
        mask: the one given for it, or None.
        options: of which the segmenter is asked for.
        style: the file of the style, where it is about that; it may be a look.
    """
    from photostyle import models

    if style is not None and style.suffix.lower() == ".look":
        return "its own, as the look was measured"
    if mask is not None:
        return f"from {mask}"
    name = str(options.segmenter)
    if name == "auto" and not find_method(options.method).finds_regions:
        name = "none"
    if name == "auto":
        name = models.best_present("segmenter") or "none"
    if name == "none":
        return "none, the whole photo is one"
    check_segmenter(name)
    return f"found by {name}"


def check_style(style: Path, mask: str | None, options: Options) -> None:
    """Refuse a style that the work would refuse.

    Raises:
        PhotostyleError: it cannot be read, or does not go with the options.
    """
    from photostyle.photo import open_photo

    if style.suffix.lower() != ".look":
        open_photo(style, "style")
        return
    from photostyle.look import load_look
    from photostyle.story import look_or_photo

    look_or_photo(load_look(style), mask)
    find_method(options.method)().options_for_look(load_look(style), options)
