"""`photostyle run`: relight one photo."""

import json
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import with_method_options
from photostyle.option_text import Writing, amount_text, parse_writing
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.photo import Photo
    from photostyle.story import Result


@dataclass(frozen=True)
class _Outputs:
    """The files that a run writes; None for those that were not asked for."""

    photo: Path
    compare: Path | None
    report: Path | None
    transform: Path | None

    def check(self) -> None:
        """Fail now, not after the work, where one of them cannot be written."""
        from photostyle.photo import check_writable
        from photostyle.report import check_report

        if self.report is not None:
            check_report(self.report)
        for path in out.given(self.photo, self.compare):
            check_writable(path)
        if self.transform is not None:
            out.check_other_target(self.transform, ".safetensors")

    @property
    def need_the_content(self) -> bool:
        """Whether one of them shows the photo as it was."""
        return self.compare is not None or self.report is not None


@with_method_options()
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
            help="Also write what was found, a .safetensors file for photostyle render.",
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
    quiet: out.Quiet = False,
    *,
    options: Options,
) -> None:
    """Make CONTENT look as if taken in the light of STYLE; the output has the content's size, depth and metadata."""
    begin = time.perf_counter()
    writing = parse_writing(depth, quality, metadata)
    outputs = _Outputs(output or out.default_output(content), compare, report_page, save_transform)
    targets = out.given(outputs.photo, compare, report_page, save_transform)
    out.check_targets(targets, out.given(content, style, content_mask, style_mask), overwrite)
    outputs.check()

    from photostyle.cli import report
    from photostyle.photo import check_writable, read_photo
    from photostyle.story import transfer

    before = read_photo(content)
    check_writable(outputs.photo, before)
    with report.progress(quiet or as_json) as callback:
        result = transfer(
            before,
            style,
            content_mask=content_mask,
            style_mask=style_mask,
            options=options,
            callback=callback,
            in_place=not outputs.need_the_content,
        )
        notes = _write(outputs, result, before, style, options, writing)
        if outputs.report is not None:
            _write_report(outputs.report, result, before, style, options, notes, time.perf_counter() - begin)
    record = report.record(result, outputs.photo, compare, notes, time.perf_counter() - begin)
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
    elif not quiet:
        report.say(record)


def _write(
    outputs: _Outputs, result: "Result", before: "Photo", style: Path, options: Options, writing: Writing
) -> tuple[str, ...]:
    """Write the photo, its transform and the comparison; returns notes of writing."""
    from photostyle.cli import report
    from photostyle.photo import write_photo

    history = f"photostyle run --style {style.name} --strength {amount_text(options.strength)}"
    history += f" --encoder {result.encoder} --seed {options.seed}"
    notes = write_photo(result.photo, outputs.photo, history=history, **writing)
    if outputs.transform is not None:
        result.transform.save(outputs.transform)
    if outputs.compare is not None:
        notes += report.write_comparison(before, result.photo, outputs.compare)
    return notes


def _write_report(
    path: Path, result: "Result", before: "Photo", style: Path, options: Options, notes: tuple[str, ...], seconds: float
) -> None:
    from photostyle.look import SUFFIX
    from photostyle.photo import read_photo
    from photostyle.report import write_report

    shown = None
    if style.suffix.lower() != SUFFIX:  # a look has no pixels to show
        shown = read_photo(style)
    command = shlex.join(["photostyle", *sys.argv[1:]])
    write_report(path, result, before, style=shown, command=command, options=options, seconds=seconds, notes=notes)
