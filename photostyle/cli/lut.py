"""`photostyle lut`: the look of a transfer as a table of colours for other programs, and what such a table cannot hold."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import options_from, with_method_options
from photostyle.errors import FileError, OptionError
from photostyle.events import ProgressCallback
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.photo import Photo
    from photostyle.regions import Regions
    from photostyle.transforms.lut import Error


@dataclass(frozen=True)
class Change:
    """A photo, its result, and the regions that it was made with."""

    before: "Photo"
    after: "Photo"
    regions: "Regions"
    notes: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class Written:
    """A table that was written: its files, the region that it is for (None for the whole photo), and its error."""

    paths: tuple[Path, ...]
    region: str | None
    error: "Error"


def lut(
    content: Annotated[Path, typer.Option("--content", "-c", help="The photo whose change is put into the LUT.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .cube file to write.")],
    style: Annotated[
        Path | None, typer.Option("--style", "-s", help="The photo whose light is wanted, or its .look file.")
    ] = None,
    transform: Annotated[
        Path | None,
        typer.Option(
            "--transform", "--field", help="What photostyle run --save-transform wrote for CONTENT, in place of --style."
        ),
    ] = None,
    size: Annotated[int, typer.Option(help="Points along each axis of the LUT, 2 to 65.", rich_help_panel="Output")] = 33,
    hald: Annotated[
        bool, typer.Option("--hald", help="Also write a Hald CLUT, OUTPUT-hald.png, 16 bits.", rich_help_panel="Output")
    ] = False,
    per_region: Annotated[
        bool, typer.Option("--per-region", help="Also write one LUT a region, OUTPUT-REGION.cube.", rich_help_panel="Output")
    ] = False,
    content_mask: Annotated[Path | None, typer.Option(help="Painted regions of the content.", rich_help_panel="Regions")] = None,
    style_mask: Annotated[Path | None, typer.Option(help="Painted regions of the style.", rich_help_panel="Regions")] = None,
    overwrite: out.Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    **options: Any,
) -> None:
    """Write the one LUT that comes closest to the change from CONTENT to its result, and say how far off it stays.

    A LUT knows colours, not places: what depends on the region or the place is averaged. It is for sRGB-encoded colours.
    """
    if (style is None) == (transform is None):
        raise OptionError("give either --style, to solve now, or --transform, to use what run --save-transform wrote")
    asked = options_from(options, _RENAMED)
    sources = [path for path in (content, style, transform, content_mask, style_mask) if path is not None]
    targets = [output]
    if hald:
        targets.append(_hald_path(output))
    _check(output, size, targets, sources, overwrite)

    from photostyle.cli import report

    with report.progress(quiet or as_json) as callback:
        if transform is not None:
            change = _rendered(content, transform, asked)
        elif style is not None:
            change = _solved(content, style, content_mask, style_mask, asked, callback)
    written, together = _write_all(change, output, size, hald, per_region)
    notes = (*change.notes, *_beyond(change.before))
    if as_json:
        sys.stdout.write(json.dumps(_record(written, together, size, notes)) + "\n")
    elif not quiet:
        _say(written, together, notes)


_RENAMED = {"size": "solve_size"}  # --size is that of the table
lut = with_method_options(lut, renamed=_RENAMED)


def _check(output: Path, size: int, targets: list[Path], sources: list[Path], overwrite: bool) -> None:
    """Fail now, not after the work."""
    from photostyle.transforms.lut import check_library, check_size

    if output.suffix.lower() != ".cube":
        raise FileError(f"{output}: a LUT is a .cube file; give it a name that ends in .cube")
    check_size(size)
    out.check_targets(targets, sources, overwrite)
    for path in targets:
        out.check_file(path)
    check_library()


def _solved(
    content: Path,
    style: Path,
    content_mask: Path | None,
    style_mask: Path | None,
    options: Options,
    callback: ProgressCallback,
) -> Change:
    from photostyle.photo import read_photo
    from photostyle.story import transfer

    before = read_photo(content)
    result = transfer(before, style, content_mask=content_mask, style_mask=style_mask, options=options, callback=callback)
    return Change(before, result.photo, result.content_regions, result.notes, f"{style.name} on {content.name}")


def _rendered(content: Path, path: Path, options: Options) -> Change:
    from photostyle.prepared import prepare, prepare_whole
    from photostyle.session import Session
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    transform = load_transform(path)
    session = Session.shared(options)
    if transform.needs_regions:
        prepared = prepare(content, session=session, options=options)
    else:
        prepared = prepare_whole(content)
    applied = relight(prepared, transform, session=session, options=options)
    title = f"{transform.provenance.style or path.name} on {content.name}"
    return Change(prepared.photo, applied.photo, transform.regions_for(prepared), applied.notes, title)


def _write_all(change: Change, output: Path, size: int, hald: bool, per_region: bool) -> tuple[list[Written], "Error | None"]:
    """The tables written, that of the whole photo first, and the error of those of regions mixed by their masks."""
    from photostyle.transforms.lut import blended_error, fit_lut, write_cube, write_hald

    before, after, masks = change.before, change.after, change.regions.masks.cpu().numpy()
    wanted = [(None, None), *(zip(change.regions.names, masks, strict=True) if per_region else ())]
    written, luts = [], []
    for region, weights in wanted:
        table, error = fit_lut(before, after, weights, size=size)
        path = output if region is None else _region_path(output, region, [w.paths[0] for w in written])
        write_cube(table, path, change.title if region is None else f"{change.title}, {region}")
        paths = (path, _hald_path(path)) if hald else (path,)
        if hald:
            write_hald(table, paths[1])
        written.append(Written(paths, region, error))
        luts.append(table)
    return written, blended_error(before, after, masks, luts[1:]) if per_region else None


def _beyond(before: "Photo") -> tuple[str, ...]:
    """A note where the photo has colours that no table over sRGB knows."""
    some = before.pixels[:: max(1, before.size[1] // 512)]
    share = ((some < -0.01) | (some > 1.01)).any(2).mean()
    return (f"{share:.1%} of the photo's colours lie outside sRGB; the LUT takes them to its edge",) if share > 0.001 else ()


def _hald_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-hald.png")


def _region_path(output: Path, region: str, taken: list[Path]) -> Path:
    """OUTPUT-REGION.cube, in characters that any system has in file names, and a number where two would be the same."""
    name = "".join(letter if letter.isalnum() else "-" for letter in region)[:80]
    path, number = output.with_name(f"{output.stem}-{name}.cube"), 2
    while path in taken:
        path, number = output.with_name(f"{output.stem}-{name}-{number}.cube"), number + 1
    return path


def _record(written: list[Written], together: "Error | None", size: int, notes: tuple[str, ...]) -> dict:
    from photostyle.transforms.lut.files import COLOUR_SPACE

    def measured(error: "Error") -> dict:
        return {"measure": "CIEDE2000", "mean": round(error.mean, 4), "percentile_95": round(error.most, 4)}

    luts = [{"region": w.region, "files": [str(p) for p in w.paths], "error": measured(w.error)} for w in written]
    blended = {} if together is None else {"regions_mixed_by_masks": measured(together)}
    return {"size": size, "colour_space": COLOUR_SPACE, "luts": luts, **blended, "notes": list(notes)}


def _say(written: list[Written], together: "Error | None", notes: tuple[str, ...]) -> None:
    def line(name: str, error: "Error") -> str:
        return f"{name}: off the full result by delta E 2000 of {error.mean:.2f} on average, 95 % under {error.most:.2f}\n"

    for note in notes:
        sys.stderr.write(f"note: {note}\n")
    for lut in written:
        sys.stderr.write(line("one LUT for all" if lut.region is None else f"LUT of {lut.region}, where it is", lut.error))
    if together is not None:
        sys.stderr.write(line("LUTs of regions mixed by their masks", together))
    sys.stdout.write("".join(f"{path}\n" for lut in written for path in lut.paths))
