"""`photostyle run`: relight one photo."""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import options_from, with_method_options


def run(
    content: Annotated[Path, typer.Option("--content", "-c", help="The photo to change.")],
    style: Annotated[Path, typer.Option("--style", "-s", help="The photo whose light is wanted, or its .look file.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Where to write; default: CONTENT-relit beside the content.", rich_help_panel="Output"
        ),
    ] = None,
    content_mask: Annotated[
        Path | None,
        typer.Option(help="Painted regions of the content: a picture, or a folder of grey pictures.", rich_help_panel="Regions"),
    ] = None,
    style_mask: Annotated[Path | None, typer.Option(help="Painted regions of the style.", rich_help_panel="Regions")] = None,
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    save_transform: Annotated[
        Path | None,
        typer.Option(
            "--save-transform",
            "--save-field",
            help="Also write what was found, for photostyle render.",
            rich_help_panel="Output",
        ),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Also write before and after side by side.", rich_help_panel="Output")
    ] = None,
    report_page: Annotated[
        Path | None,
        typer.Option("--report", help="Also write a web page of the run, one .html file.", rich_help_panel="Output"),
    ] = None,
    overwrite: out.Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record of the run on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    **options: Any,
) -> None:
    """Make CONTENT look as if taken in the light of STYLE; the output has the content's size, depth and metadata."""
    begin = time.perf_counter()
    asked = options_from(options)
    writing = out.writing(depth, quality, metadata)
    output = output or out.default_output(content)
    pictures = [path for path in (output, compare) if path is not None]
    files = [path for path in (report_page, save_transform) if path is not None]
    sources = [path for path in (content, style, content_mask, style_mask) if path is not None]
    out.check_targets([*pictures, *files], sources, overwrite)

    from photostyle.cli import report
    from photostyle.look import SUFFIX
    from photostyle.photo import check_writable, read_photo, write_photo
    from photostyle.report import check_report, write_report
    from photostyle.story import transfer

    if report_page is not None:
        check_report(report_page)
    for path in pictures:
        check_writable(path)
    if save_transform is not None:
        out.check_file(save_transform, ".safetensors")
    before = read_photo(content)
    check_writable(output, before)

    with report.progress(quiet or as_json) as callback:
        result = transfer(
            before,
            style,
            content_mask=content_mask,
            style_mask=style_mask,
            options=asked,
            callback=callback,
            in_place=compare is None and report_page is None,  # they show the photo as it was
        )
        made_by = f"photostyle run --style {style.name} --strength {options['strength'] or 1}"
        made_by += f" --encoder {result.encoder} --seed {asked.seed}"
        notes = write_photo(result.photo, output, history=made_by, **writing)
        if save_transform is not None:
            result.transform.save(save_transform)
        if compare is not None:
            notes += report.write_comparison(before, result.photo, compare)
        if report_page is not None:
            shown = None
            if style.suffix.lower() != SUFFIX:  # a look has no pixels to show
                shown = read_photo(style)
            write_report(
                report_page,
                result,
                before,
                style=shown,
                command=shlex.join(["photostyle", *sys.argv[1:]]),
                options=asked,
                seconds=time.perf_counter() - begin,
                notes=notes,
            )
    record = report.record(result, output, compare, notes, time.perf_counter() - begin)
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
    elif not quiet:
        report.say(record)


run = with_method_options(run)
