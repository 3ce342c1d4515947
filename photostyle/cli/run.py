"""`photostyle run`: relight one photo."""

import json
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from photostyle.cli import output as out
from photostyle.cli.early_end import early_end
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_networks
from photostyle.cli.option_sources import Given
from photostyle.cli.recipe import record_of
from photostyle.cli.run_files import Inputs, LocalInputs, Outputs
from photostyle.events import CancelToken, Progress, ProgressCallback
from photostyle.heap import while_loading
from photostyle.option_text import Writing, amount_text, parse_writing
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.photo import Photo
    from photostyle.story import Result


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
    inputs = Inputs.of(typed, given, options.settings.style_file())
    with Files(overwrite) as files:
        local = LocalInputs.of(inputs, files, options.settings.more_photos())
        photo = out.photo_output(files, output, local.content, format, writing)
        outputs = Outputs(photo, compare, report_page, save_transform)
        outputs.check(files)
        check_networks(options, masked=inputs.content_mask is not None, style=local.style, style_mask=local.style_mask)
        work = _Run(inputs, local, outputs, options, writing, format, files)
        if dry_run:
            work.say_plan(as_json)
            return

        with while_loading():
            from photostyle.cli import report

        with report.progress(quiet or as_json, verbose) as callback, early_end(options, callback) as (callback, token):
            result, notes = work.do(callback, token, begin)
        files.finish()
        record = report.record(result, outputs.photo, compare, notes, time.perf_counter() - begin)
        record |= {**work.facts(), "notes": [files.as_given(note) for note in record["notes"]]}
        if as_json:
            files.stdout.write(json.dumps(record) + "\n")
            return
        if not quiet:
            report.say(record)
        files.say([outputs.photo, outputs.compare, outputs.report, outputs.transform])


@dataclass(frozen=True)
class _Run:
    """One run: its files, and how the photo is made and written."""

    inputs: Inputs
    local: LocalInputs
    outputs: Outputs
    options: Options
    writing: Writing
    format: str | None
    files: Files

    def do(self, callback: ProgressCallback, token: CancelToken, begin: float) -> tuple["Result", tuple[str, ...]]:
        """Read, relight and write.

        Args:
            callback: told of each step.
            token: by which the work is asked to end early.
            begin: when the command began, by `time.perf_counter`.

        Returns:
            What was made, and notes of all but the transfer itself.
        """
        from photostyle.photo import read_photo
        from photostyle.story import transfer

        before = read_photo(self.local.content)
        out.check_photo(self.outputs.photo, before, self.format, self.writing)
        result = transfer(
            before,
            self.local.style,
            content_mask=self.local.content_mask,
            style_mask=self.local.style_mask,
            options=self._local_options(),
            callback=callback,
            cancel=token,
            in_place=not self.outputs.need_the_content,
        )
        callback(Progress("write", 0, 1))
        self.files.make_folders()
        notes = (*self.inputs.notes, *self._write(result, before))
        if self.outputs.report is not None:
            self._write_report(self.outputs.report, result, before, notes, time.perf_counter() - begin)
        callback(Progress("write", 1, 1))
        return result, notes

    def _local_options(self) -> Options:
        """The options, with the files of further photos as they are on this machine."""
        return self.options.changed(settings=self.options.settings.with_photos_at(self.local.more_photos.__getitem__))

    def facts(self) -> dict[str, Any]:
        """What the record of the run says of its files and options."""
        output = self.files.as_given(str(self.outputs.photo))
        return {**record_of(self.inputs.record(), self.options, self.writing), "output": output, **self.outputs.record()}

    def say_plan(self, as_json: bool) -> None:
        """Check the rest, and say what would be done."""
        from photostyle.cli.dry_run import check_style, regions_from
        from photostyle.photo import open_photo

        before = open_photo(self.local.content, "content")
        out.check_photo(self.outputs.photo, before, self.format, self.writing)
        style = self.inputs.style or f"that of {self.options.settings.style_file()}"
        style_regions = "none"
        if self.local.style is not None:
            check_style(self.local.style, self.inputs.style_mask, self.options)
            style_regions = regions_from(self.inputs.style_mask, self.options, self.local.style)
        width, height = before.size
        regions = {
            "content": regions_from(self.inputs.content_mask, self.options),
            "style": style_regions,
        }
        notes = [*self.inputs.notes, *before.notes]
        record = {"dry_run": True, **self.facts(), "width": width, "height": height, "regions": regions, "notes": notes}
        if as_json:
            sys.stdout.write(json.dumps(record) + "\n")
            return
        lines = [
            f"content  {self.inputs.content}, {width} x {height}; regions: {regions['content']}",
            f"style    {style}; regions: {regions['style']}",
            f"method   {self.options.method}",
            f"output   {record['output']}",
        ]
        for name, path in self.outputs.record().items():
            if path is not None:
                lines.append(f"{name:<8} {path}")
        lines += [f"note: {note}" for note in notes]
        sys.stdout.write("\n".join([*lines, "a dry run: nothing was written", ""]))

    def _write(self, result: "Result", before: "Photo") -> tuple[str, ...]:
        """Write the photo, its transform and the comparison; returns notes of writing."""
        from photostyle.cli import report
        from photostyle.photo import write_photo

        style = self.local.style or Path(self.options.settings.style_file() or "")
        history = f"photostyle run --style {style.name} --strength {amount_text(self.options.strength)}"
        history += f" --encoder {result.encoder} --seed {self.options.seed}"
        notes = write_photo(result.photo, self.outputs.photo, format=self.format, history=history, **self.writing)
        if self.outputs.transform is not None:
            result.transform.save(self.outputs.transform)
        if self.outputs.compare is not None:
            notes += report.write_comparison(before, result.photo, self.outputs.compare)
        return notes

    def _write_report(self, path: Path, result: "Result", before: "Photo", notes: tuple[str, ...], seconds: float) -> None:
        from photostyle.look import SUFFIX
        from photostyle.photo import read_photo
        from photostyle.report import write_report

        style = self.local.style
        shown = None
        if style is not None and style.suffix.lower() != SUFFIX:  # a look has no pixels to show
            shown = read_photo(style)
        command = shlex.join(["photostyle", *sys.argv[1:]])
        write_report(path, result, before, style=shown, command=command, options=self.options, seconds=seconds, notes=notes)
