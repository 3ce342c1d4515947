"""`photostyle sidecar`: the look of a transfer as settings of other editors, and how far those stay from it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from photostyle.cli import output as out
from photostyle.cli.change import Change, Sources, check_one_source
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.option_sources import Given
from photostyle.errors import OptionError
from photostyle.lut_checks import check_library
from photostyle.option_text import parse_option
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.transforms.colour_pairs import Error
    from photostyle.transforms.sidecar import Tone

Editor = Literal["lightroom", "lightroom-profile", "darktable"]
_MODEL = "measured by photostyle's own model of the sliders: Adobe does not publish its arithmetic; look at the photo there"
_PROFILE = "measured on the table that the profile holds; no Adobe program was there to try it"
_FOLDER = "in darktable, set preferences > processing > 3D lut root folder to {folder}"


@dataclass(frozen=True)
class _Written:
    """What was written: its files, how far it stays from the full result, and notes."""

    files: tuple[Path, ...]
    error: "Error"
    notes: tuple[str, ...]


@with_method_options()
def sidecar(
    content: out.ContentPlace = None,
    style: out.StylePlace = None,
    content_option: out.Content = None,
    style_option: out.Style = None,
    editor: Annotated[
        str,
        typer.Option(
            "--editor",
            "-e",
            metavar="<lightroom|lightroom-profile|darktable>",
            help="lightroom: a preset of sliders, for Camera Raw too; lightroom-profile: a table of colours, nearer and without "
            "sliders; darktable: a sidecar with a .cube file.",
            rich_help_panel="Output",
        ),
    ] = "lightroom",
    tone: Annotated[
        str,
        typer.Option(
            metavar="<curves|basic>",
            help="For lightroom: curves sets a curve of each channel, which comes closer; basic sets exposure, contrast, "
            "highlights, shadows, whites, blacks, temperature and tint. Both set saturation, vibrance and the eight colours.",
            rich_help_panel="Output",
        ),
    ] = "curves",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="The .xmp file to write, a folder, or - for standard output. Default: CONTENT-relit.xmp beside the content, "
            "with a number where that is taken; for darktable CONTENT.jpg.xmp, which darktable looks for.",
            rich_help_panel="Output",
        ),
    ] = None,
    transform: Annotated[
        str | None,
        typer.Option("--transform", help="What photostyle run --save-transform wrote for CONTENT, in place of a style."),
    ] = None,
    content_mask: Annotated[str | None, typer.Option(help="Painted regions of the content.", rich_help_panel="Regions")] = None,
    style_mask: Annotated[str | None, typer.Option(help="Painted regions of the style.", rich_help_panel="Regions")] = None,
    overwrite: out.Overwrite = False,
    as_json: out.AsJson = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Write settings of another editor that come closest to the change from CONTENT to its result, and say how far off they stay.

    Settings know colours, not places: what depends on the region or the place is averaged.
    """
    content, style = out.content_and_style((content, style), (content_option, style_option))
    if content is None:
        raise OptionError("CONTENT is missing, as in photostyle sidecar day.jpg sunset.jpg; see photostyle sidecar --help")
    check_one_source(style, transform)
    wanted: Editor = parse_option(Editor, editor, "editor")
    tones: Tone = parse_option(Literal["curves", "basic"], tone, "tone")
    if tones == "basic" and wanted != "lightroom":
        raise OptionError(f"tone is for lightroom's sliders, and {wanted} has a table of colours; leave it out", option="tone")
    with Files(overwrite) as files:
        sources = Sources.of(files, content, style, transform, content_mask, style_mask)
        path, cube = _outputs(files, output, sources.content, wanted)
        sources.check_networks(options)

        from photostyle.cli import report
        from photostyle.cli.lut_tables import error_line

        with report.progress(quiet or as_json, verbose) as callback:
            change = sources.change(options, callback)
        files.make_folders()
        written = _write(change, wanted, tones, path, cube, sources.content.name)
        notes = (*given.notes, *change.notes, *written.notes)
        files.finish()
        if as_json:
            files.stdout.write(json.dumps(_record(written, wanted, notes)) + "\n")
            return
        if not quiet:
            for note in notes:
                sys.stderr.write(f"note: {note}\n")
            sys.stderr.write(error_line(f"settings for {wanted}", written.error))
        files.say(written.files)


def _outputs(files: Files, given: str | None, content: Path, editor: Editor) -> tuple[Path, Path | None]:
    """The .xmp file and, for darktable, the .cube file beside it, checked before the work."""
    if editor != "darktable":
        path = files.output(given, files.beside(content, "-relit", ".xmp"), ".xmp")
        out.check_suffix(path, ".xmp", "a file of settings")
        return path, None
    check_library()
    if given is None:  # by a name with a number darktable would not find it
        path = files.target(content.with_name(f"{content.name}.xmp"))
    else:
        path = files.output(given, f"{content.name}.xmp", ".xmp")
    out.check_suffix(path, ".xmp", "a sidecar")
    if files.to_stdout is not None:
        raise OptionError("standard output takes one file, and darktable needs two; name a file", option="output")
    return path, files.target(path.with_name(f"{content.stem}-relit.cube"))


def _write(change: Change, editor: Editor, tone: "Tone", path: Path, cube: Path | None, photo: str) -> _Written:
    """Fit what the editor takes, and write it."""
    from photostyle.cli.lut_tables import outside_srgb
    from photostyle.transforms.lut import fit_lut, write_cube
    from photostyle.transforms.sidecar import fit_sliders, write_darktable, write_preset, write_profile
    from photostyle.transforms.sidecar.adobe_table import MOST_POINTS

    if editor == "lightroom":
        sliders, error = fit_sliders(change.before, change.after, tone)
        write_preset(sliders, path, change.title)
        return _Written((path,), error, (_MODEL,))
    outside = outside_srgb(change.before)
    if cube is None:
        lut, error = fit_lut(change.before, change.after, size=MOST_POINTS)
        write_profile(lut, path, change.title)
        return _Written((path,), error, (*outside, _PROFILE))
    lut, error = fit_lut(change.before, change.after)
    write_cube(lut, cube, change.title)
    write_darktable(cube.name, photo, path)
    return _Written((path, cube), error, (*outside, _FOLDER.format(folder=cube.parent.resolve())))


def _record(written: _Written, editor: Editor, notes: tuple[str, ...]) -> dict[str, Any]:
    """What was written as plain data."""
    from photostyle.cli.lut_tables import error_record

    files = [str(path) for path in written.files]
    return {"editor": editor, "files": files, "error": error_record(written.error), "notes": list(notes)}
