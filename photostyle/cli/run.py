"""`photostyle run`: relight one photo."""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.output import doc
from photostyle.config import Options

DEFAULT = {name: Options.of(name).default for name in Options.__dataclass_fields__}


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
    hard_masks: Annotated[bool, typer.Option("--hard-masks", help=doc("hard_masks"), rich_help_panel="Regions")] = DEFAULT[
        "hard_masks"
    ],
    segmenter: Annotated[str, typer.Option(help=doc("segmenter"), rich_help_panel="Regions")] = DEFAULT["segmenter"],
    pair: Annotated[
        list[str] | None, typer.Option(help="CONTENT_REGION=STYLE_REGION; may be given again.", rich_help_panel="Regions")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help=doc("ignore"), rich_help_panel="Regions")] = None,
    protect: Annotated[list[str] | None, typer.Option(help=doc("protect"), rich_help_panel="Regions")] = None,
    feather: Annotated[str | None, typer.Option(help=doc("feather"), rich_help_panel="Regions")] = DEFAULT["feather"],
    strength: out.Strength = "1",
    luma: out.Luma = "1",
    chroma: out.Chroma = "1",
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    save_field: Annotated[
        Path | None, typer.Option(help="Also write the solved field, for photostyle render.", rich_help_panel="Output")
    ] = None,
    encoder: Annotated[str, typer.Option(help=doc("encoder"), rich_help_panel="Engine")] = DEFAULT["encoder"],
    weights: Annotated[Path | None, typer.Option(help=doc("weights"), rich_help_panel="Engine")] = DEFAULT["weights"],
    solver: Annotated[str, typer.Option(help=doc("solver"), rich_help_panel="Engine")] = DEFAULT["solver"],
    fast: Annotated[bool, typer.Option("--fast", help=doc("fast"), rich_help_panel="Engine")] = DEFAULT["fast"],
    size: Annotated[int | None, typer.Option(help=doc("size"), rich_help_panel="Engine")] = DEFAULT["size"],
    steps: Annotated[int | None, typer.Option(help=doc("steps"), rich_help_panel="Engine")] = DEFAULT["steps"],
    device: Annotated[str, typer.Option(help=doc("device"), rich_help_panel="Engine")] = DEFAULT["device"],
    precision: Annotated[str, typer.Option(help=doc("precision"), rich_help_panel="Engine")] = DEFAULT["precision"],
    seed: Annotated[int, typer.Option(help=doc("seed"), rich_help_panel="Engine")] = DEFAULT["seed"],
    compare: Annotated[
        Path | None, typer.Option(help="Also write before and after side by side.", rich_help_panel="Output")
    ] = None,
    report_page: Annotated[
        Path | None,
        typer.Option("--report", help="Also write a web page of the run, one .html file.", rich_help_panel="Output"),
    ] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help=doc("cache"), rich_help_panel="Engine")] = DEFAULT["cache"],
    overwrite: out.Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record of the run on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Make CONTENT look as if taken in the light of STYLE; the output has the content's size, depth and metadata."""
    begin = time.perf_counter()
    from photostyle.regions.pair_text import parse_names, parse_pairs

    output = output or out.default_output(content)
    options = Options(
        strength=strength, luma=luma, chroma=chroma, encoder=encoder, weights=weights, solver=solver, fast=fast, size=size,
        steps=steps, device=device, precision=precision, seed=seed, segmenter=segmenter, feather=feather,
        hard_masks=hard_masks, cache=cache, pairs=parse_pairs(pair or []),
        ignore=parse_names(ignore or []), protect=parse_names(protect or []),
    )  # fmt: skip
    manner = out.writing(depth, quality, metadata)
    targets = [path for path in (output, compare) if path is not None]
    pages, fields = ([] if path is None else [path] for path in (report_page, save_field))
    sources = [path for path in (content, style, content_mask, style_mask) if path is not None]
    out.check_targets([*targets, *pages, *fields], sources, overwrite)

    from photostyle.cli import report
    from photostyle.field import save_field as save
    from photostyle.look import SUFFIX
    from photostyle.photo import check_writable, read_photo, write_photo
    from photostyle.pipeline import transfer

    if pages:
        from photostyle.report import check_report, write_report

        check_report(report_page)
    for path in targets:
        check_writable(path)
    for path in fields:
        out.check_file(path, ".safetensors")
    before = read_photo(content)
    for path in targets:
        check_writable(path, before if path == output else None)
    with report.progress(quiet or as_json) as callback:
        masks = {"content_mask": content_mask, "style_mask": style_mask}
        in_place = compare is None and not pages  # they show the photo as it was
        result = transfer(before, style, **masks, options=options, callback=callback, in_place=in_place)
        made_by = f"photostyle run --style {style.name} --strength {strength} --encoder {result.encoder} --seed {seed}"
        notes = write_photo(result.photo, output, history=made_by, **manner)
        if save_field is not None:
            save(result.stored(), save_field)
        if compare is not None:
            notes += report.write_comparison(before, result.photo, compare)
        if pages:
            shown = None if style.suffix.lower() == SUFFIX else read_photo(style)  # a look has no pixels to show
            facts = {"command": shlex.join(["photostyle", *sys.argv[1:]]), "options": options, "notes": notes}
            write_report(report_page, result, before, style=shown, seconds=time.perf_counter() - begin, **facts)
    record = report.record(result, output, compare, notes, time.perf_counter() - begin)
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
    elif not quiet:
        report.say(result, record)
