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
from photostyle.cli.files import Files
from photostyle.cli.method_options import Given, with_method_options
from photostyle.cli.recipe import record_of
from photostyle.errors import OptionError
from photostyle.events import ProgressCallback
from photostyle.option_text import Writing, amount_text, parse_writing
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.photo import Photo
    from photostyle.story import Result


@dataclass(frozen=True)
class _Inputs:
    """The files that a run reads, as they were typed or as a recipe names them; and what is said of that."""

    content: str
    style: str
    content_mask: str | None
    style_mask: str | None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, typed: dict[str, str | None], given: Given) -> "_Inputs":
        """Those that were typed before those of the recipe; a mask of the recipe only with the recipe's own photo."""
        files = dict(typed)
        notes = list(given.notes)
        if given.recipe is not None:
            for role in ("content", "style"):
                mask = given.recipe.inputs.get(f"{role}_mask")
                if mask is not None and files[role] is None and files[f"{role}_mask"] is None:
                    files[f"{role}_mask"] = mask
                elif mask is not None and files[f"{role}_mask"] is None:
                    notes.append(f"the {role} is not the recipe's, so its {role} mask {mask} is left out")
                files[role] = files[role] or given.recipe.inputs.get(role)
        if files["content"] is None or files["style"] is None:
            raise OptionError(_missing(files["content"], files["style"]))
        return cls(files["content"], files["style"], files["content_mask"], files["style_mask"], tuple(notes))

    def record(self) -> dict[str, str | None]:
        """Each of them by its role."""
        return {"content": self.content, "style": self.style, "content_mask": self.content_mask, "style_mask": self.style_mask}


@dataclass(frozen=True)
class _Local:
    """The same files on this machine."""

    content: Path
    style: Path
    content_mask: Path | None
    style_mask: Path | None

    @classmethod
    def of(cls, inputs: _Inputs, files: Files) -> "_Local":
        """Looked up, or fetched."""
        content = files.photo(inputs.content, "content")
        style = files.style(inputs.style)
        content_mask = files.optional_input(inputs.content_mask, "content mask")
        style_mask = files.optional_input(inputs.style_mask, "style mask")
        files.check_photos()
        return cls(content, style, content_mask, style_mask)


@dataclass(frozen=True)
class _Outputs:
    """The files that a run writes; None for those that were not asked for."""

    photo: Path
    compare: Path | None
    report: Path | None
    transform: Path | None

    @property
    def need_the_content(self) -> bool:
        """Whether one of them shows the photo as it was."""
        return self.compare is not None or self.report is not None

    def record(self) -> dict[str, str | None]:
        """The paths as plain data, but for the photo's."""
        others = {"compare": self.compare, "report": self.report, "transform": self.transform}
        return {name: None if path is None else str(path) for name, path in others.items()}


@with_method_options()
def run(
    content: out.ContentPlace = None,
    style: out.StylePlace = None,
    content_option: out.Content = None,
    style_option: out.Style = None,
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
    content_mask: Annotated[
        str | None,
        typer.Option(help="Painted regions of the content: a picture, or a folder of grey pictures.", rich_help_panel="Regions"),
    ] = None,
    style_mask: Annotated[str | None, typer.Option(help="Painted regions of the style.", rich_help_panel="Regions")] = None,
    depth: out.Depth = None,
    quality: out.Quality = None,
    metadata: out.Metadata = None,
    format: out.FormatName = None,
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
    recipe: out.Recipe = None,
    dry_run: out.DryRun = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON record of the run on stdout, which --recipe takes.")
    ] = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Make CONTENT look as if taken in the light of STYLE; the output has the content's size, depth and metadata.

    Each may be a file, - for standard input, a URL, or a glob that one file matches.
    """
    begin = time.perf_counter()
    writing = parse_writing(depth or "keep", quality or "keep", metadata or "keep")
    content, style = out.content_and_style((content, style), (content_option, style_option))
    typed = {"content": content, "style": style, "content_mask": content_mask, "style_mask": style_mask}
    inputs = _Inputs.of(typed, given)
    with Files(overwrite) as files:
        local = _Local.of(inputs, files)
        photo = out.photo_output(files, output, local.content, format, writing)
        outputs = _Outputs(photo, compare, report_page, save_transform)
        _check(outputs, files)
        if dry_run:
            _say_plan(inputs, local, outputs, options, writing, format, files, as_json=as_json)
            return

        from photostyle.cli import report

        with report.progress(quiet or as_json, verbose) as callback:
            result, before, notes = _made(inputs, local, outputs, options, writing, format, files, callback)
            if outputs.report is not None:
                _write_report(outputs.report, result, before, local.style, options, notes, time.perf_counter() - begin)
        files.finish()
        record = report.record(result, outputs.photo, compare, notes, time.perf_counter() - begin)
        record |= {**record_of(inputs.record(), options, writing), **outputs.record()}
        record["output"] = files.as_given(record["output"])
        record["notes"] = [files.as_given(note) for note in record["notes"]]
        if as_json:
            files.stdout.write(json.dumps(record) + "\n")
            return
        if not quiet:
            report.say(record)
        files.say([outputs.photo, outputs.compare, outputs.report, outputs.transform])


def _missing(content: str | None, style: str | None) -> str:
    """What to say where a photo is missing."""
    lacks = "STYLE is"
    if content is None:
        lacks = "CONTENT is"
        if style is None:
            lacks = "CONTENT and STYLE are"
    return f"{lacks} missing, as in photostyle run day.jpg sunset.jpg; see photostyle run --help"


def _check(outputs: _Outputs, files: Files) -> None:
    """Fail now, not after the work, where one of the other outputs cannot be written."""
    from photostyle.photo.writing import check_format

    for path in (outputs.compare, outputs.report, outputs.transform):
        files.optional_target(path)
    if outputs.transform is not None:
        out.check_suffix(outputs.transform, ".safetensors", "a transform")
    if outputs.report is not None and outputs.report.suffix.lower() not in (".html", ".htm"):
        out.check_suffix(outputs.report, ".html", "a report")
    if outputs.compare is not None:
        check_format(outputs.compare)


def _made(
    inputs: _Inputs,
    local: _Local,
    outputs: _Outputs,
    options: Options,
    writing: Writing,
    format: str | None,
    files: Files,
    callback: ProgressCallback,
) -> tuple["Result", "Photo", tuple[str, ...]]:
    """Read, relight and write; returns what was made, the photo as it was, and notes of all but the transfer itself."""
    from photostyle.photo import read_photo
    from photostyle.story import transfer

    before = read_photo(local.content)
    out.check_photo(outputs.photo, before, format, writing)
    result = transfer(
        before,
        local.style,
        content_mask=local.content_mask,
        style_mask=local.style_mask,
        options=options,
        callback=callback,
        in_place=not outputs.need_the_content,
    )
    files.make_folders()
    return result, before, (*inputs.notes, *_write(outputs, result, before, local.style, options, writing, format))


def _write(
    outputs: _Outputs,
    result: "Result",
    before: "Photo",
    style: Path,
    options: Options,
    writing: Writing,
    format: str | None,
) -> tuple[str, ...]:
    """Write the photo, its transform and the comparison; returns notes of writing."""
    from photostyle.cli import report
    from photostyle.photo import write_photo

    history = f"photostyle run --style {style.name} --strength {amount_text(options.strength)}"
    history += f" --encoder {result.encoder} --seed {options.seed}"
    notes = write_photo(result.photo, outputs.photo, format=format, history=history, **writing)
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


def _say_plan(
    inputs: _Inputs,
    local: _Local,
    outputs: _Outputs,
    options: Options,
    writing: Writing,
    format: str | None,
    files: Files,
    *,
    as_json: bool,
) -> None:
    """Check the rest, and say what would be done."""
    from photostyle.cli.dry_run import check_style, regions_from
    from photostyle.photo import open_photo

    before = open_photo(local.content, "content")
    out.check_photo(outputs.photo, before, format, writing)
    check_style(local.style, inputs.style_mask, options)
    width, height = before.size
    record = {
        "dry_run": True,
        **record_of(inputs.record(), options, writing),
        "output": files.as_given(str(outputs.photo)),
        **outputs.record(),
        "width": width,
        "height": height,
        "regions": {
            "content": regions_from(inputs.content_mask, options),
            "style": regions_from(inputs.style_mask, options, local.style),
        },
        "notes": [*inputs.notes, *before.notes],
    }
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
        return
    regions = record["regions"]
    lines = [
        f"content  {inputs.content}, {width} x {height}; regions: {regions['content']}",
        f"style    {inputs.style}; regions: {regions['style']}",
        f"method   {options.method}",
        f"output   {record['output']}",
    ]
    for name, path in outputs.record().items():
        if path is not None:
            lines.append(f"{name:<8} {path}")
    lines += [f"note: {note}" for note in record["notes"]]
    sys.stdout.write("\n".join([*lines, "a dry run: nothing was written", ""]))
