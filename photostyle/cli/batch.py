"""`photostyle batch`: relight sets of photos; `photostyle batch merge`: gather the ledgers of shards."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from photostyle.cli import output as out
from photostyle.cli.method_options import with_method_options
from photostyle.option_text import parse_option, parse_writing
from photostyle.options import Options


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
    contents: Annotated[
        list[str], typer.Argument(metavar="PHOTO...", help="Photos: files, folders, globs in quotes, URLs, or CSV manifests.")
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            help="Where to write: a template such as 'relit/{reldir}/{stem}.{ext}'; {style} is the style's name.",
        ),
    ] = None,
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style", "-s", help="A photo or .look file whose light is wanted. Give several, and each photo is relit by each."
        ),
    ] = None,
    style_for: Annotated[
        str | None,
        typer.Option(
            help="A CSV file that names the style of each photo; its columns: content (a name or glob), style, style_mask."
        ),
    ] = None,
    pairwise: Annotated[
        bool, typer.Option("--pairwise", help="Give the first photo the first style, the second the second, and so on.")
    ] = False,
    content_mask: Annotated[
        str | None,
        typer.Option(
            help="Where the masks are, such as 'masks/{reldir}/{stem}.png'; the regions of a photo without one are found."
        ),
    ] = None,
    style_mask: Annotated[str | None, typer.Option(help="Painted regions of the one style.")] = None,
    set_mode: Annotated[
        str,
        typer.Option(
            help="each: every photo gets its own transform; shared: all of a style get one; anchor: all get that of one photo."
        ),
    ] = "each",
    anchor: Annotated[
        str | None, typer.Option(help="The photo whose transform --set-mode anchor gives to all; default: the first.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="The file that records what is done; default: in a folder .photostyle beside the outputs.")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Do one part of the photos: i/N, with i from 0; auto reads i and N from the array job, auto/N only i; "
            "none does all. Default: auto in an array job, else none."
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="Where to compute: local is this machine, ray a Ray cluster (needs photostyle\\[ray]).")
    ] = "local",
    address: Annotated[
        str | None, typer.Option(help="Address of a Ray cluster, such as auto; default: one on this machine.")
    ] = None,
    jobs: Annotated[
        str, typer.Option(help="Number of worker processes; auto is one for each GPU, or for each core where there is none.")
    ] = "auto",
    memory: Annotated[str, typer.Option(help="Memory for all workers together, such as 8GB; auto is all that is free.")] = "auto",
    on_error: Annotated[
        str, typer.Option(help="When a photo fails: skip goes on with the others; stop begins no more.")
    ] = "skip",
    report: Annotated[
        Path | None, typer.Option(help="Also write a web page of failures and of photos before and after, one .html file.")
    ] = None,
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Allow the outputs to replace files that no earlier run has made.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON line for each photo, and one for the whole run, on stdout.")
    ] = False,
    quiet: out.Quiet = False,
    options: Options,
) -> None:
    """Relight photos, each in the light of a style; what is done already is not done again."""
    from photostyle.batch.output_names import root_of
    from photostyle.batch.plan import make_plan
    from photostyle.batch.scheduler import OnError
    from photostyle.batch.sets.sample import SetMode, with_shared_transforms
    from photostyle.batch.shards import parse_shard
    from photostyle.batch.style_choice import Pairing
    from photostyle.cli import batch_run

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
    )
    mode = parse_option(SetMode, set_mode, "set-mode")
    pairing: Pairing = "every"
    if pairwise:
        pairing = "pairwise"
    root = root_of(output or "")
    part = parse_shard(shard)
    writing = parse_writing(depth, quality, metadata)
    with batch_run.open_ledger(ledger, root, " ".join(sys.argv[1:]), part) as book:
        plan = make_plan(
            contents,
            output,
            style or [],
            style_for=style_for,
            content_mask=content_mask,
            style_mask=style_mask,
            pairing=pairing,
            options=options,
            writing=writing,
            leave_out=partial(batch_run.results_of_runs, book, contents, root),
        )
        plan = with_shared_transforms(plan, mode, book.path.parent, anchor)
        if part:
            plan = part.of(plan)
        code = batch_run.run(plan, book, settings)
    raise typer.Exit(code)


@app.command("merge")
def merge(
    ledgers: Annotated[list[Path], typer.Argument(metavar="LEDGER...", help="The ledgers of shards.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The ledger to gather them in; it may exist already.")],
) -> None:
    """Gather the ledgers of shards in one; of two rows for a photo, a finished one wins, then the later."""
    from photostyle.batch.ledger_files import merge_ledgers

    count = merge_ledgers(output, ledgers)
    typer.echo(f"{output}: {count} photos")
