"""`photostyle video`: relight a clip, or several."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import clip_options as clips
from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_networks
from photostyle.cli.usage import error_line
from photostyle.cli.video_files import check_videos_can_be_read
from photostyle.cli.video_work import ClipWork, Wishes, write_key_frames
from photostyle.clip_files import is_clip
from photostyle.errors import OptionError, PhotostyleError
from photostyle.heap import while_loading
from photostyle.option_text import parse_option
from photostyle.options import Options


@with_method_options(methods=("field", "network"))
def video(
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONTENT]... [STYLE]",
            help="The clip to change: a video, a folder of pictures, or their names by number (frames/%04d.png) or glob; then "
            "the photo whose light is wanted. With --style all are clips.",
            show_default=False,
        ),
    ] = None,
    content_option: Annotated[
        list[str] | None, typer.Option("--content", "-c", help="A clip, in place of CONTENT; may be given again.")
    ] = None,
    style_option: out.Style = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write: a video, whose ending says which container; a folder or frames/%04d.png for pictures; for "
            "several clips a folder or a template such as 'out/{stem}.{ext}'. Default: CONTENT-relit beside the content.",
            rich_help_panel="Output",
        ),
    ] = None,
    style_mask: Annotated[
        str | None, typer.Option(help="Painted regions of the style, where it is a photo.", rich_help_panel="Regions")
    ] = None,
    content_masks: Annotated[
        Path | None,
        typer.Option(
            help="A folder of painted regions of some frames, named by number from 0 (frame-0012.png) or time (2.5s.png), or the "
            "studio's ZIPs of them; they are carried to the frames between.",
            rich_help_panel="Regions",
        ),
    ] = None,
    key_frames: Annotated[
        Path | None,
        typer.Option(
            help="Only write the frames whose masks are worth painting, as pictures into this folder; no STYLE is needed.",
            rich_help_panel="Regions",
        ),
    ] = None,
    transform: clips.Transform = None,
    save_transform: Annotated[
        Path | None,
        typer.Option(help="Also write what was found, for --transform.", rich_help_panel="Output"),
    ] = None,
    steady: clips.Steady = None,
    begin: clips.Begin = None,
    until: clips.Until = None,
    preview: clips.Preview = None,
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="<number>", help="Frames a second of a sequence of pictures. Default: 24.", rich_help_panel=clips.PART
        ),
    ] = None,
    codec: clips.Codec = None,
    crf: clips.Crf = None,
    codec_option: clips.CodecOption = None,
    overwrite: out.Overwrite = False,
    dry_run: out.DryRun = False,
    as_json: out.AsJson = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
) -> None:
    """Make a clip look as if taken in the light of STYLE, without flicker; sound, times, size, depth and colour tags are kept.

    A run that was stopped goes on where it was when it is started again.
    """
    check_videos_can_be_read()
    needs_style = options.settings.style_file() is None and transform is None and key_frames is None
    names, style_name = _contents_and_style(places or [], content_option or [], style_option, needs_style)
    clip = clips.clip_options(begin, until, preview, steady, codec, crf, codec_option)
    with Files(overwrite) as files:
        style = None if style_name is None else _style(style_name, files)
        mask = files.optional_input(style_mask, "style mask")
        files.check_photos()
        check_networks(options, masked=content_masks is not None, style=style, style_mask=mask)
        saved = None if transform is None else files.saved(transform, "transform", "transform")
        if save_transform is not None:
            files.target(save_transform)
        with while_loading():
            from photostyle.cli import report
            from photostyle.cli.video_files import clip_jobs, clip_to_look_at
        frames = None if rate is None else parse_option(float, rate, "rate")
        if key_frames is not None:
            with report.progress(quiet or as_json, verbose) as callback:
                looked_at = clip_to_look_at(names, frames, files)
                files.say(write_key_frames(looked_at, key_frames, clip.selection, files, callback))
            return
        jobs = clip_jobs(names, output, frames, style or Path("network"), files)
        if save_transform is not None and len(jobs) > 1:
            raise OptionError(
                f"one file is named for the transforms of {len(jobs)} clips; give one clip", option="save_transform"
            )
        wanted = Wishes(style, mask, content_masks, saved, save_transform)
        work = ClipWork(wanted, options, clip, as_json, quiet, files)
        if dry_run:
            for job in jobs:
                work.say_plan(job)
            return
        failed = 0
        for job in jobs:
            try:
                with report.progress(quiet or as_json, verbose) as callback:
                    work.do(job, callback)
            except PhotostyleError as error:
                if len(jobs) == 1:
                    raise
                failed += 1
                sys.stderr.write(f"photostyle: {files.as_given(error_line(error))}\n")
            except KeyboardInterrupt:
                sys.stderr.write("\nphotostyle: what is done is kept; the same command goes on there\n")
                raise
        files.finish()
        if failed:
            sys.stderr.write(f"photostyle: {failed} of {len(jobs)} clips failed\n")
            raise typer.Exit(2)


def _style(given: str, files: Files) -> Path:
    """The file of a style: a photo, a look, or another clip."""
    if is_clip(given):
        return files.input(given, "style")
    return files.style(given)


def _contents_and_style(
    places: Sequence[str], contents: Sequence[str], style: str | None, needs_style: bool = True
) -> tuple[list[str], str | None]:
    """The clips and the style as they were typed; no style where a network or a saved transform says what is wanted.

    >>> _contents_and_style(["a.mp4", "dusk.jpg"], [], None), _contents_and_style(["a.mp4", "b.mp4"], [], "dusk.jpg")
    ((['a.mp4'], 'dusk.jpg'), (['a.mp4', 'b.mp4'], 'dusk.jpg'))

    Raises:
        OptionError: one of them is missing.
    """
    names = [*contents, *places]
    if needs_style and style is None and len(names) > 1 and places:
        style = names.pop()
    if (needs_style and style is None) or not names:
        lacks = "STYLE is" if names else "CONTENT and STYLE are" if needs_style and style is None else "CONTENT is"
        raise OptionError(f"{lacks} missing, as in photostyle video clip.mp4 sunset.jpg; see photostyle video --help")
    return names, style
