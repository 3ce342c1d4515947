"""The page: a frame of HTML filled with pictures, a plot and tables."""

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np

from photostyle.config import Options
from photostyle.errors import PhotoError
from photostyle.photo import Photo
from photostyle.pipeline import Result
from photostyle.regions import Regions
from photostyle.regions.masks.overlay import overlay
from photostyle.report import facts
from photostyle.report.markup import Markup, element, escaped, joined
from photostyle.report.pictures import Embedded, embedded, thumbnail
from photostyle.report.plot import plot
from photostyle.whole_file import write_whole

SIDE = 1600  # pixels, the long side of before and after
SMALL = 800  # of the style and of the pictures of regions; and what the measures are taken on


def check_report(path: Path) -> None:
    """Fail now, not after the work, where the page cannot be written.

    Raises:
        PhotoError: the name does not end in .html, its folder is missing or not writable, or it is a folder itself.
    """
    folder = path.resolve().parent
    if path.suffix.lower() not in (".html", ".htm"):
        raise PhotoError(f"{path}: a report is a web page; give it a name that ends in .html")
    if path.exists() and not path.is_file():
        raise PhotoError(f"{path}: is not a regular file; name another")
    if not folder.is_dir():
        raise PhotoError(f"{path}: its folder does not exist; make it first")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PhotoError(f"{path}: no permission to write there; choose another place")


def write_report(
    path: Path | str,
    result: Result,
    content: Photo,
    *,
    style: Photo | None = None,
    command: str,
    options: Options,
    seconds: float,
    notes: Sequence[str] = (),
) -> None:
    """Write one HTML file that shows a run and needs nothing else.

    Args:
        path: of the page, ending in .html; replaced whole.
        result: of `transfer`.
        content: the photo that was given, in the result's size.
        style: the photo whose light was wanted, where there is one.
        command: repeats the run.
        options: of the run.
        seconds: the whole run's wall time.
        notes: what the user should be told beside `result.notes`, such as those of writing.

    Raises:
        PhotoError: the page cannot be written.
    """
    path = Path(path)
    check_report(path)
    page = _frame().substitute(_parts(result, content, style, command, options, seconds, notes))
    try:
        write_whole(path, page.encode("utf-8", "replace"))
    except OSError as error:
        raise PhotoError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from error


def _frame() -> Template:
    return Template(files("photostyle.report").joinpath("page.html").read_text("utf-8"))


def _parts(
    result: Result,
    content: Photo,
    style: Photo | None,
    command: str,
    options: Options,
    seconds: float,
    notes: Sequence[str],
) -> dict[str, Markup]:
    """What fills the frame, all of it markup."""
    before, after = thumbnail(content, SIDE), embedded(thumbnail(result.photo, SIDE))
    small, made = thumbnail(content, SMALL), thumbnail(result.photo, SMALL)
    look = None if style is None else thumbnail(style, SMALL)
    said = tuple(dict.fromkeys((*result.notes, *notes)))
    width, height = content.size
    name, source = _name(content, "photo"), result.style or (_name(style, "photo") if style else "a look")
    clipped = facts.clipped_share(content.pixels, result.photo.pixels)
    parts = {
        "content": name,
        "style": source,
        "summary": f"{width} × {height} pixels on {result.device} with {result.encoder}, {seconds:.1f} s. "
        f"Newly clipped: {clipped:.3%}.",
        "width": after.width,
        "height": after.height,
        "before": embedded(before).uri,
        "after": after.uri,
        "style_picture": _style_picture(look, source),
        "regions": _regions(result, small, look),
        "pairs": facts.pairs_table(result),
        "losses": _losses(result),
        "kept": facts.kept_table(clipped, small, made),
        "timings": facts.timings_table(result.seconds, seconds),
        "notes": element("ul", *(element("li", note) for note in said)) if said else element("p", "None."),
        "command": command,
        "options": facts.options_table(options, result),
        "versions": facts.versions_table(),
    }
    return {key: escaped(part) for key, part in parts.items()}


def _name(photo: Photo, otherwise: str) -> str:
    return Path(photo.source.path).name if photo.source.path else otherwise


def _style_picture(look: np.ndarray | None, name: str) -> Markup:
    if look is None:
        return Markup("")
    return _figure(embedded(look), f"The style photo {name}", joined(("The style: ", element("bdi", name))))


def _regions(result: Result, content: np.ndarray, style: np.ndarray | None) -> Markup:
    """The photos tinted by region, each with its legend."""
    shown = [("photo", result.content_regions, content)]
    shown += [] if style is None else [("style", result.style_regions, style)]
    return joined(
        _figure(
            embedded(overlay(regions.to("cpu"), pixels)), f"Regions of the {role}: {_listed(regions)}", f"Regions of the {role}"
        )
        for role, regions, pixels in shown
    )


def _listed(regions: Regions) -> str:
    order = sorted(zip(regions.shares(), regions.names, strict=True), reverse=True)
    return ", ".join(f"{name} {share:.1%}" for share, name in order)


def _figure(picture: Embedded, alt: str, caption: object) -> Markup:
    image = element("img", src=picture.uri, width=picture.width, height=picture.height, alt=alt)
    return element("figure", image, element("figcaption", caption))


def _losses(result: Result) -> Markup:
    if not result.history:
        return element("p", "The solver took no steps.")
    return plot(result.history) + facts.losses_table(result.history)
