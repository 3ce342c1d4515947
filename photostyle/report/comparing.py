"""Contents x styles: every photo in the light of every other, small, for a contact sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from photostyle.errors import PhotostyleError
from photostyle.events import ProgressCallback, ignore
from photostyle.look import SUFFIX, Look, load_look
from photostyle.options import Options
from photostyle.pages import thumbnail
from photostyle.photo import Photo, read_photo, shrunk
from photostyle.registry import find_method
from photostyle.report.sheet import Cell, draw_sheet
from photostyle.session import Session
from photostyle.story import measure, transfer

WORKING = 1024  # pixels, the long side at which photos are relit for a sheet


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class _Opened:
    """A content or a style of a sheet, or why it cannot be used.

    Args:
        path: its file.
        photo: at working size, in sRGB; a .look file has none.
        look: what was measured of a style; None where the method takes the photo itself.
        fault: why it cannot be read; "" where it can.
    """

    path: Path
    photo: Photo | None = None
    look: Look | None = None
    fault: str = ""

    def cell(self, side: int) -> Cell:
        """It with its name, for the margin of a sheet."""
        if self.photo is None:
            return Cell(label=self.path.name, fault=self.fault)
        return Cell(thumbnail(self.photo, side), label=self.path.name)


def compare_looks(
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    side: int = 360,
    options: Options | None = None,
    callback: ProgressCallback = ignore,
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
    work = _Relighting(options or Options(), side, callback, begin)
    columns = [work.opened_style(path) for path in styles]
    rows = [[Cell(), *(style.cell(side) for style in columns)]]
    for path in contents:
        content = work.opened(path)
        row = [content.cell(side)]
        for style in columns:
            row.append(work.relit(content, style))
        rows.append(row)
    return work.sheet(rows)


def compare_results(before: Sequence[Path], after: Sequence[Path], *, side: int = 360) -> Sheet:
    """A sheet of results that are there already: a row a pair, before on the left and after on the right.

    Args:
        before, after: photos, as many of each.
        side: longest side of the pictures in the sheet, pixels.
    """
    made = 0
    rows = []
    faults = []
    for paths in zip(before, after, strict=True):
        pair = [_opened(path) for path in paths]
        broken = [photo.fault for photo in pair if photo.fault]
        rows.append([photo.cell(side) for photo in pair])
        faults += broken
        if not broken:
            made += 1
    return Sheet(draw_sheet(rows, side), made, tuple(faults))


class _Relighting:
    """The work of `compare_looks`, whose arguments it takes; counts what was made and notes what was not."""

    def __init__(self, options: Options, side: int, callback: ProgressCallback, begin: Callable[[str], None]):
        self.options = options
        self.side = side
        self.callback = callback
        self.begin = begin
        self.session = Session.shared(options)
        self.made = 0
        self.faults: list[str] = []

    def opened(self, path: Path) -> _Opened:
        """A content."""
        return self._noted(_opened(path))

    def opened_style(self, path: Path) -> _Opened:
        """A style, measured once for all contents."""
        return self._noted(_measured(path, self.options, self.session))

    def relit(self, content: _Opened, style: _Opened) -> Cell:
        """The content in the light of the style, or why there is none."""
        wanted = style.photo if style.look is None else style.look
        if content.photo is None or wanted is None:
            return Cell(fault=content.fault or style.fault)
        name = f"{content.path.name} in the light of {style.path.name}"
        self.begin(name)
        try:
            result = transfer(content.photo, wanted, options=self.options, session=self.session, callback=self.callback)
        except PhotostyleError as error:
            self.faults.append(f"{name}: {error}")
            return Cell(fault=str(error))
        self.made += 1
        return Cell(thumbnail(result.photo, self.side))

    def sheet(self, rows: Sequence[Sequence[Cell]]) -> Sheet:
        """The sheet of all that was made."""
        return Sheet(draw_sheet(rows, self.side), self.made, tuple(self.faults))

    def _noted(self, opened: _Opened) -> _Opened:
        if opened.fault:
            self.faults.append(opened.fault)
        return opened


def _opened(path: Path) -> _Opened:
    """A photo at working size, in sRGB."""
    try:
        return _Opened(path, photo=shrunk(read_photo(path), WORKING))
    except PhotostyleError as error:
        return _Opened(path, fault=str(error))


def _measured(path: Path, options: Options, session: Session) -> _Opened:
    """A style photo, and its look where the method takes looks; or a .look file."""
    try:
        if path.suffix.lower() == SUFFIX:
            return _Opened(path, look=load_look(path))
        photo = shrunk(read_photo(path), WORKING)
        if not find_method(options.method).measures_looks():
            return _Opened(path, photo=photo)
        return _Opened(path, photo=photo, look=measure(photo, options=options, session=session))
    except PhotostyleError as error:
        return _Opened(path, fault=str(error))
