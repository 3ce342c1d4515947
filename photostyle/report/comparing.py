"""Contents x styles: every photo in the light of every other, small, for a contact sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from photostyle.options import Options
from photostyle.devices import choose_device
from photostyle.encoders import Encoder
from photostyle.errors import PhotostyleError
from photostyle.events import Callback, ignore
from photostyle.look import SUFFIX, Look, load_look
from photostyle.photo import Photo, read_photo, shrunk
from photostyle.story import measure, transfer
from photostyle.report.pictures import thumbnail
from photostyle.report.sheet import Cell, draw_sheet
from photostyle.sources import encoder_of

WORKING = 1024  # pixels, the long side at which photos are relit for a sheet


@dataclass(frozen=True)
class Sheet:
    """A contact sheet.

    Args:
        photo: the picture of it.
        made: how many of its results could be made.
        faults: what could not be, one line each.
    """

    photo: Photo
    made: int
    faults: tuple[str, ...]


def compare_looks(
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    side: int = 360,
    options: Options | None = None,
    callback: Callback = ignore,
    begin: Callable[[str], None] = lambda name: None,
) -> Sheet:
    """Relight each content by each style: a row a content, a column a style, the photos themselves in the margin.

    Args:
        contents, styles: photos; a style may be a .look file.
        side: longest side of the pictures in the sheet, pixels.
        options: of each transfer.
        callback: told of each step.
        begin: told the name of each pair before its work.
    """
    options, faults = options or Options(), []
    encoder = encoder_of(options, choose_device(options.device))
    shown, looks = zip(*(_measured(path, options, encoder, faults) for path in styles), strict=True)
    rows, made = [[Cell(), *(_margin(photo, path, side) for photo, path in zip(shown, styles, strict=True))]], 0
    for path in contents:
        content = _opened(path, faults)
        row = [_margin(content, path, side)]
        for style, look in zip(styles, looks, strict=True):
            broken = [each for each in (content, look) if isinstance(each, str)]
            if broken:
                row.append(Cell(fault=broken[0]))
                continue
            name = f"{path.name} in the light of {style.name}"
            begin(name)
            try:
                result = transfer(content, look, options=options, callback=callback, encoder=encoder)
                row.append(Cell(thumbnail(result.photo, side)))
                made += 1
            except PhotostyleError as error:
                row.append(Cell(fault=str(error)))
                faults.append(f"{name}: {error}")
        rows.append(row)
    return Sheet(draw_sheet(rows, side), made, tuple(faults))


def compare_results(before: Sequence[Path], after: Sequence[Path], *, side: int = 360) -> Sheet:
    """Results that are there already: a row a pair, before on the left and after on the right."""
    faults, rows, made = [], [], 0
    for pair in zip(before, after, strict=True):
        photos = [_opened(path, faults) for path in pair]
        rows.append([_margin(photo, path, side) for photo, path in zip(photos, pair, strict=True)])
        made += not any(isinstance(photo, str) for photo in photos)
    return Sheet(draw_sheet(rows, side), made, tuple(faults))


def _measured(path: Path, options: Options, encoder: Encoder, faults: list[str]) -> tuple[Photo | Look | str, Look | str]:
    """A style photo and its look, measured once for all contents; or why there is none."""
    try:
        if path.suffix.lower() == SUFFIX:
            look = load_look(path)
            return look, look
        photo = _opened(path, faults)
        return photo, photo if isinstance(photo, str) else measure(photo, options=options, encoder=encoder)
    except PhotostyleError as error:
        faults.append(str(error))
        return str(error), str(error)


def _opened(path: Path, faults: list[str]) -> Photo | str:
    """A photo at working size, in sRGB; or why it cannot be read."""
    try:
        photo = read_photo(path)
    except PhotostyleError as error:
        faults.append(str(error))
        return str(error)
    return shrunk(photo, WORKING)


def _margin(photo: Photo | Look | str, path: Path, side: int) -> Cell:
    if isinstance(photo, str):
        return Cell(label=path.name, fault=photo)
    return Cell(thumbnail(photo, side) if isinstance(photo, Photo) else None, label=path.name)
