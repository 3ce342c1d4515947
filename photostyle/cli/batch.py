"""`photostyle batch`: relight sets of photos; `photostyle batch merge`: gather the ledgers of shards."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from photostyle.cli import output as out
from photostyle.cli.method_options import options_from, with_method_options
from photostyle.errors import OptionError


class _PhotosFirst(TyperGroup):
    """A group whose first word is a photo unless it is a command: `photostyle batch shoot -s dusk.jpg ...`."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = ["photos", *(args or ["--help"])]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_PhotosFirst, no_args_is_help=False, help="Relight sets of photos; killed or not, run it again to finish.")


@app.command(
    "photos",
    epilog="The word photos may be left out. photostyle batch merge gathers the ledgers of shards. "
    "Exit codes: 0 all done, 1 some failed or were not come to, 2 nothing was started.",
)
@with_method_options
def photos(
    contents: Annotated[list[str], typer.Argument(help="Photos: files, folders, globs in quotes, URLs, or CSV manifests.")],
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "--out", "-o", help="Where to write, such as 'relit/{reldir}/{stem}.{ext}'; also {style}."),
    ] = None,
    style: Annotated[
        list[str] | None,
        typer.Option("--style", "-s", help="Photos, or .look files, whose light is wanted; several relight each photo by each."),
    ] = None,
    style_for: Annotated[str | None, typer.Option(help="A CSV of content (a name or glob), style, style_mask.")] = None,
    pairwise: Annotated[bool, typer.Option("--pairwise", help="The first photo by the first style, and so on.")] = False,
    content_mask: Annotated[
        str | None, typer.Option(help="Masks, such as 'masks/{reldir}/{stem}.png'; regions are found where there is none.")
    ] = None,
    style_mask: Annotated[str | None, typer.Option(help="Painted regions of the one style.")] = None,
    set_mode: Annotated[
        str, typer.Option(help="each: a transform a photo; shared: one for all photos of a style; anchor: one photo's for all.")
    ] = "each",
    anchor: Annotated[str | None, typer.Option(help="The photo that --set-mode anchor solves; default: the first.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="Where what is done is kept; default: .photostyle by the outputs.")] = None,
    shard: Annotated[
        str | None,
        typer.Option(help="Part i of N, i from 0: i/N; or auto/N, auto, none. Default: as an array job says."),
    ] = None,
    engine: Annotated[str, typer.Option(help="local: this machine; ray: a Ray cluster (photostyle\\[ray]).")] = "local",
    address: Annotated[str | None, typer.Option(help="Of the Ray cluster, such as auto; default: one on this machine.")] = None,
    jobs: Annotated[str, typer.Option(help="Worker processes: auto is one a core, or one a GPU.")] = "auto",
    memory: Annotated[str, typer.Option(help="What all workers may take together, such as 8GB; auto is what is free.")] = "auto",
    on_error: Annotated[str, typer.Option(help="skip goes on with the other photos; stop finishes those in work.")] = "skip",
    report: Annotated[Path | None, typer.Option(help="Write a page of failures, before and after, such as relit.html.")] = None,
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that no earlier run has made.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a photo and one of the whole, on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    **options: Any,
) -> None:
    """Relight photos, each in the light of a style; what is done already is not done again."""
    from photostyle.batch.plan import make_plan, root_of
    from photostyle.batch.sets import with_shared_fields
    from photostyle.batch.shards import parse_shard
    from photostyle.cli import batch_run

    for name, value, choices in (
        ("on-error", on_error, ("skip", "stop")),
        ("engine", engine, ("local", "ray")),
        ("set-mode", set_mode, ("each", "shared", "anchor")),
    ):
        if value not in choices:
            raise OptionError(f"{name} must be {', '.join(choices)}, got {value!r}")
    manner = out.writing(depth, quality, metadata)
    part, root = parse_shard(shard), root_of(output or "")
    with batch_run.opened_ledger(ledger, root, " ".join(sys.argv[1:]), part) as book:
        plan = make_plan(
            contents, output, style or [], style_for=style_for, content_mask=content_mask, style_mask=style_mask,
            pairing="pairwise" if pairwise else "every", options=options_from(options), manner=manner,
            leave_out=lambda: batch_run.made_before(book, contents, root),
        )  # fmt: skip
        plan = with_shared_fields(plan, set_mode, book.path.parent, anchor)
        plan = part.of(plan) if part else plan
        how = batch_run.How(engine, address, jobs, memory, on_error, report, overwrite, as_json, quiet)
        code = batch_run.run(plan, book, how)
    raise typer.Exit(code)


@app.command("merge")
def merge(
    ledgers: Annotated[list[Path], typer.Argument(help="The ledgers of shards.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The ledger to gather them in; it may exist.")],
) -> None:
    """Gather the ledgers of shards in one; of two rows for a photo a finished one wins, then the later."""
    from photostyle.batch.ledger import merge as gather

    count = gather(output, ledgers)
    typer.echo(f"{output}: {count} photos")
