"""The page of a run: a frame of HTML filled with pictures, a plot and tables."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np

from photostyle.errors import FileError
from photostyle.options import Options
from photostyle.pages import Markup, document, element, embedded, escaped, image, items, joined, plot, thumbnail, write_document
from photostyle.pages.heat import under_heat
from photostyle.photo import Photo
from photostyle.regions import Regions
from photostyle.regions.masks.overlay import overlay
from photostyle.report import facts, settings
from photostyle.story import Result
from photostyle.transforms import TranslationTransform

SIDE = 1600  # pixels, the long side of before and after
SMALL = 800  # of the style and of the pictures of regions; and what the measures are taken on


@dataclass(frozen=True, eq=False)
class Run:
    """What a page shows; the fields are those of `write_report`."""

    result: Result
    content: Photo
    style: Photo | None
    command: str
    options: Options
    seconds: float
    notes: Sequence[str]

    @property
    def content_name(self) -> str:
        """File name of the content."""
        return _name(self.content) or "photo"

    @property
    def style_name(self) -> str:
        """What the light was taken from."""
        if self.result.style:
            return self.result.style
        if self.style is not None:
            return _name(self.style) or "photo"
        return "a look"

    @property
    def all_notes(self) -> list[str]:
        """The notes of the result and the others, each once."""
        return list(dict.fromkeys((*self.result.notes, *self.notes)))


def check_report(path: Path) -> None:
    """Fail now, not after the work, where the page cannot be written.

    Raises:
        FileError: the name does not end in .html, its folder is missing or not writable, or it is a folder itself.
    """
    folder = path.resolve().parent
    if path.suffix.lower() not in (".html", ".htm"):
        raise FileError(f"{path}: a report is a web page; give it a name that ends in .html")
    if path.exists() and not path.is_file():
        raise FileError(f"{path}: is not a regular file; name another")
    if not folder.is_dir():
        raise FileError(f"{path}: its folder does not exist; make it first")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise FileError(f"{path}: no permission to write there; choose another place")


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
        FileError: the page cannot be written.
    """
    path = Path(path)
    check_report(path)
    run = Run(result, content, style, command, options, seconds, notes)
    body = Template(_part("page.html")).substitute(_filling(run))
    title = f"{run.content_name} in the light of {run.style_name}"
    write_document(path, document(title, Markup(body), style=_part("page.css"), script=_part("page.js")))


def _part(name: str) -> str:
    """A file of the frame, as it ships."""
    return files("photostyle.report").joinpath(name).read_text("utf-8")


def _filling(run: Run) -> dict[str, Markup]:
    """What fills the frame, all of it markup."""
    filling = {**_before_and_after(run), **_measured(run), **_told(run)}
    return {name: escaped(part) for name, part in filling.items()}


def _before_and_after(run: Run) -> dict[str, object]:
    before = embedded(thumbnail(run.content, SIDE))
    after = embedded(thumbnail(run.result.photo, SIDE))
    return {"before": before.uri, "after": after.uri, "width": after.width, "height": after.height}


def _measured(run: Run) -> dict[str, object]:
    """The summary, the pictures of regions and the tables of numbers."""
    content = thumbnail(run.content, SMALL)
    relit = thumbnail(run.result.photo, SMALL)
    style = None
    if run.style is not None:
        style = thumbnail(run.style, SMALL)
    clipped = facts.clipped_share(run.content, run.result.photo)
    return {
        "summary": _summary(run, clipped),
        "style_picture": _style_picture(run, style),
        "regions": _regions(run.result, content, style) + _attention(run, content),
        "pairs": facts.pairs_table(run.result),
        "losses": _losses(run.result),
        "kept": facts.kept_table(clipped, content, relit),
        "timings": facts.timings_table(run.result.seconds, run.seconds),
    }


def _told(run: Run) -> dict[str, object]:
    """Names, notes, and what repeats the run."""
    notes = items(run.all_notes)
    if not run.all_notes:
        notes = element("p", "None.")
    return {
        "content": run.content_name,
        "style": run.style_name,
        "notes": notes,
        "command": run.command,
        "options": settings.options_table(run.options, run.result),
        "versions": settings.versions_table(),
    }


def _name(photo: Photo) -> str:
    """A photo's file name; empty where it came from no file."""
    if not photo.file.path:
        return ""
    return Path(photo.file.path).name


def _summary(run: Run, clipped: float) -> str:
    width, height = run.content.size
    means = f"by the method {run.options.method} on {run.result.device}"
    if run.result.encoder:
        means += f" with {run.result.encoder}"
    return f"{width} × {height} pixels {means}, {run.seconds:.1f} s. Newly clipped: {clipped:.3%}."


def _style_picture(run: Run, style: np.ndarray | None) -> Markup:
    if style is None:
        return Markup("")
    caption = joined(("The style: ", element("bdi", run.style_name)))
    picture = image(embedded(style), f"The style photo {run.style_name}")
    return _figure(picture, caption)


def _regions(result: Result, content: np.ndarray, style: np.ndarray | None) -> Markup:
    """The photos tinted by region, each with its legend."""
    figures = _tinted("photo", result.content_regions, content)
    if style is not None and isinstance(result.style_regions, Regions):
        figures += _tinted("style", result.style_regions, style)
    return figures


def _attention(run: Run, content: np.ndarray) -> Markup:
    """Where a network with attention looked, if one made the picture."""
    transform = run.result.transform
    if not isinstance(transform, TranslationTransform) or not transform.has_attention:
        return Markup("")
    title = "Where the network looks"
    heat = transform.attention(run.content)
    return _figure(image(embedded(under_heat(heat, content)), f"{title}: bright and yellow is most"), title)


def _tinted(role: str, regions: Regions, pixels: np.ndarray) -> Markup:
    title = f"Regions of the {role}"
    picture = embedded(overlay(regions.to("cpu"), pixels))
    return _figure(image(picture, f"{title}: {_shares(regions)}"), title)


def _shares(regions: Regions) -> str:
    """The regions and their shares, the largest first."""
    largest_first = sorted(zip(regions.shares(), regions.names, strict=True), reverse=True)
    return ", ".join(f"{name} {share:.1%}" for share, name in largest_first)


def _figure(picture: Markup, caption: object) -> Markup:
    return element("figure", picture, element("figcaption", caption))


def _losses(result: Result) -> Markup:
    if not result.history:
        return element("p", "The solver took no steps.")
    return plot(result.history) + facts.losses_table(result.history)
