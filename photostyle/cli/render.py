"""`photostyle render`: a transform that was found already, given to a photo with other amounts; nothing is solved."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.option_sources import Given
from photostyle.cli.recipe import record_of
from photostyle.cli.stages import stage_seconds
from photostyle.devices import check_device_name
from photostyle.errors import OptionError
from photostyle.events import Progress, ProgressCallback
from photostyle.option_text import Writing, amount_text, parse_writing
from photostyle.options import AMOUNTS, Options


@with_method_options(only=("strength", "luma", "chroma", "device"))
def render(
    content: Annotated[
        str,
        typer.Argument(
            metavar="CONTENT",
            help="The photo that the transform was found for, at any size; - is standard input.",
            show_default=False,
        ),
    ],
    transform: Annotated[
        str | None,
        typer.Argument(metavar="[TRANSFORM]", help="What photostyle run --save-transform wrote.", show_default=False),
    ] = None,
    transform_option: Annotated[
        str | None, typer.Option("--transform", "--field", help="The same, in place of TRANSFORM.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write: a file, a folder, or - for standard output. Default: CONTENT-relit beside the content, "
            "with a number where that is taken.",
            rich_help_panel="Output",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Accept another photo than the one that the transform and its masks were made for."),
    ] = False,
    depth: out.Depth = None,
    quality: out.Quality = None,
    metadata: out.Metadata = None,
    format: out.FormatName = None,
    overwrite: out.Overwrite = False,
    as_json: out.AsJson = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Render CONTENT with a saved transform: the result of its run, at any strength, without solving again."""
    writing = parse_writing(depth or "keep", quality or "keep", metadata or "keep")
    if (transform is None) == (transform_option is None):
        raise OptionError(f"{_which(transform)}, as in photostyle render day.jpg day.safetensors; see photostyle render --help")
    check_device_name(str(options.device))
    with Files(overwrite) as files:
        photo = files.photo(content, "content")
        file = files.saved(transform or transform_option or "", "transform", "transform")
        files.check_photos()
        path = out.photo_output(files, output, photo, format, writing)
        with stage_seconds(verbose and not quiet and not as_json) as callback:
            rendered = _rendered(photo, file, path, files, options, writing, callback, format=format, force=force)
        files.finish()
        notes = [files.as_given(note) for note in dict.fromkeys((*given.notes, *rendered))]
        if as_json:
            inputs = {"content": content, "transform": transform or transform_option}
            record = {"output": files.as_given(str(path)), **record_of(inputs, options, writing), "notes": notes}
            record["options"] = {name: record["options"][name] for name in (*AMOUNTS, "device")}  # it has no others
            files.stdout.write(json.dumps(record) + "\n")
            return
        if not quiet:
            for note in notes:
                sys.stderr.write(f"note: {note}\n")
        files.say([path])


def _which(transform: str | None) -> str:
    if transform is None:
        return "TRANSFORM is missing"
    return "TRANSFORM and --transform are the same; give one"


def _rendered(
    photo: Path,
    file: Path,
    path: Path,
    files: Files,
    options: Options,
    writing: Writing,
    callback: ProgressCallback,
    *,
    format: str | None,
    force: bool,
) -> tuple[str, ...]:
    """Read, render and write; returns notes."""
    from photostyle.photo import read_photo, write_photo

    callback(Progress("read", 0, 1))
    before = read_photo(photo)
    out.check_photo(path, before, format, writing)
    callback(Progress("read", 1, 1))
    callback(Progress("render", 0, 1))
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    found = load_transform(file)
    applied = relight(before, found, options=options, in_place=True, force=force)
    callback(Progress("render", 1, 1))
    callback(Progress("write", 0, 1))
    history = f"photostyle render --transform {file.name}"
    for name in AMOUNTS:
        history += f" --{name} {amount_text(getattr(options, name))}"
    files.make_folders()
    written = write_photo(applied.photo, path, format=format, history=history, **writing)
    callback(Progress("write", 1, 1))
    return (*before.notes, *applied.notes, *written)
