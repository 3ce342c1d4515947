"""`photostyle batch`: relight sets of photos; `photostyle batch merge`: gather the ledgers of shards."""

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from photostyle.cli import batch_options as opt
from photostyle.cli import clip_options as clips
from photostyle.cli import output as out
from photostyle.cli.method_options import with_method_options
from photostyle.cli.option_sources import Given
from photostyle.errors import OptionError
from photostyle.events import ProgressCallback, ignore
from photostyle.option_text import parse_option, parse_writing
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.batch.sets.sample import SetMode


class _PhotosFirst(TyperGroup):
    """A group whose first word is a photo unless it is a command: `photostyle batch shoot -s dusk.jpg ...`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            args = ["photos", "--help"]
        elif args[0] not in self.commands:
            args = ["photos", *args]
        rest: list[str] = super().parse_args(ctx, args)
        return rest


app = typer.Typer(
    cls=_PhotosFirst,
    no_args_is_help=False,
    help="Relight sets of photos; a run that was stopped goes on when it is started again.",
)


@app.command(
    "photos",
    epilog="The word photos may be left out. photostyle batch merge gathers the ledgers of shards. "
    "Exit codes: 0 all done, 1 some failed or were not reached, 2 nothing was started.",
)
@with_method_options()
def photos(
    contents: opt.Contents,
    *,
    output: opt.Output = None,
    style: opt.Style = None,
    style_for: opt.StyleFor = None,
    pairwise: opt.Pairwise = False,
    content_mask: opt.ContentMask = None,
    style_mask: opt.StyleMask = None,
    set_mode: opt.SetMode = "each",
    anchor: opt.Anchor = None,
    ledger: opt.Ledger = None,
    shard: opt.Shard = None,
    engine: opt.Engine = "local",
    address: opt.Address = None,
    jobs: opt.Jobs = "auto",
    memory: opt.Memory = "auto",
    on_error: opt.OnError = "skip",
    report: opt.Report = None,
    watch: opt.Watch = False,
    depth: out.Depth = None,
    quality: out.Quality = None,
    metadata: out.Metadata = None,
    transform: clips.Transform = None,
    steady: clips.Steady = None,
    begin: clips.Begin = None,
    until: clips.Until = None,
    preview: clips.Preview = None,
    codec: clips.Codec = None,
    crf: clips.Crf = None,
    codec_option: clips.CodecOption = None,
    overwrite: opt.Overwrite = False,
    dry_run: out.DryRun = False,
    as_json: opt.AsJson = False,
    quiet: out.Quiet = False,
    verbose: opt.Verbose = False,
    options: Options,
    given: Given,
) -> None:
    """Relight photos and clips, each in the light of a style; what is done already is not done again."""
    from photostyle.batch.ledger_files import default_ledger
    from photostyle.batch.output_names import as_template, root_of
    from photostyle.batch.outputs import refuse_files_of_others
    from photostyle.batch.plan import make_plan
    from photostyle.batch.scheduler import OnError
    from photostyle.batch.sets.sample import SetMode, with_shared_transforms
    from photostyle.batch.shards import parse_shard
    from photostyle.batch.style_choice import Pairing
    from photostyle.cli import batch_dry_run, batch_run, batch_watch
    from photostyle.events import unheard

    settings = batch_run.RunSettings(
        engine=parse_option(batch_run.EngineName, engine, "engine"),
        address=address,
        jobs=jobs,
        memory=memory,
        on_error=parse_option(OnError, on_error, "on-error"),
        report=report,
        overwrite=overwrite,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )
    mode = parse_option(SetMode, set_mode, "set-mode")
    pairing: Pairing = "every"
    if pairwise:
        pairing = "pairwise"
    if output:
        output = as_template(output)
    root = root_of(output or "")
    part = parse_shard(shard)
    writing = parse_writing(depth or "keep", quality or "keep", metadata or "keep")
    batch_run.check_settings(settings)
    if watch:
        if mode != "each" or pairwise or part or dry_run:
            raise OptionError(
                "watch does each photo by itself as it comes, and so no set, pairs, shard or dry run", option="watch"
            )
        batch_watch.check_watched(contents, style or [])
    opened = batch_run.open_ledger(ledger, root, " ".join(sys.argv[1:]), part)
    if dry_run:
        opened = batch_dry_run.open_copy(ledger or default_ledger(root, part))
    with opened as book:
        plan_now = partial(
            make_plan,
            contents,
            output,
            style or [],
            style_for=style_for,
            content_mask=content_mask,
            style_mask=style_mask,
            pairing=pairing,
            options=options,
            writing=writing,
            clips=clips.clip_options(begin, until, preview, steady, codec, crf, codec_option),
            transform=transform,
            leave_out=partial(batch_run.results_of_runs, book, contents, root),
            tell=unheard if quiet or watch else batch_run.say_note,
        )
        if watch:
            raise typer.Exit(batch_watch.watch(contents, plan_now, book, settings, given.notes))
        plan = plan_now()
        own = part.of(plan) if part else plan
        if not overwrite:
            refuse_files_of_others(own, book)
        batch_run.check_needs(own, settings)
        if dry_run:
            batch_dry_run.say(own, book, mode, given.notes, as_json=as_json)
            return
        if not quiet:
            for note in given.notes:
                batch_run.say_note(note)
        with _set_progress(mode, quiet or as_json) as callback:
            plan = with_shared_transforms(plan, mode, book.path.parent, anchor, callback)
        if part:
            plan = part.of(plan)
        code = batch_run.run(plan, book, settings)
    raise typer.Exit(code)


def _set_progress(mode: "SetMode", quiet: bool) -> AbstractContextManager[ProgressCallback]:
    """What shows how sets are solved; what does so loads torch, which a run that solves none can do without."""
    if mode == "each":
        return nullcontext(ignore)
    from photostyle.cli.report import progress

    return progress(quiet)


@app.command("merge")
def merge(
    ledgers: Annotated[list[Path], typer.Argument(metavar="LEDGER", help="The ledgers of shards.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The ledger to gather them in; it may exist already.")],
) -> None:
    """Gather the ledgers of shards in one; of two rows for a photo, a finished one wins, then the later."""
    from photostyle.batch.ledger_files import merge_ledgers

    count = merge_ledgers(output, ledgers)
    typer.echo(f"{output}: {count} photos")
