"""`photostyle run`: relight one photo."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from photostyle.config import Options
from photostyle.errors import PhotoError, PhotostyleError


def _doc(name: str) -> str:
    return Options.of(name).metadata["doc"]


DEFAULT = {name: Options.of(name).default for name in Options.__dataclass_fields__}


def run(
    content: Annotated[Path, typer.Option("--content", "-c", help="The photo to change.")],
    style: Annotated[Path, typer.Option("--style", "-s", help="The photo whose light is wanted.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write; default: CONTENT-relit beside the content.")
    ] = None,
    content_mask: Annotated[
        Path | None, typer.Option(help="Painted regions of the content: a picture, or a folder of grey pictures.")
    ] = None,
    style_mask: Annotated[Path | None, typer.Option(help="Painted regions of the style.")] = None,
    hard_masks: Annotated[bool, typer.Option("--hard-masks", help=_doc("hard_masks"))] = DEFAULT["hard_masks"],
    segmenter: Annotated[str, typer.Option(help=_doc("segmenter"))] = DEFAULT["segmenter"],
    pair: Annotated[list[str] | None, typer.Option(help="CONTENT_REGION=STYLE_REGION; may be given again.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help=_doc("ignore"))] = None,
    protect: Annotated[list[str] | None, typer.Option(help=_doc("protect"))] = None,
    feather: Annotated[float | None, typer.Option(help=_doc("feather"))] = DEFAULT["feather"],
    strength: Annotated[float, typer.Option(help=_doc("strength"))] = DEFAULT["strength"],
    encoder: Annotated[str, typer.Option(help=_doc("encoder"))] = DEFAULT["encoder"],
    weights: Annotated[Path | None, typer.Option(help=_doc("weights"))] = DEFAULT["weights"],
    solver: Annotated[str, typer.Option(help=_doc("solver"))] = DEFAULT["solver"],
    size: Annotated[int | None, typer.Option(help=_doc("size"))] = DEFAULT["size"],
    steps: Annotated[int | None, typer.Option(help=_doc("steps"))] = DEFAULT["steps"],
    device: Annotated[str, typer.Option(help=_doc("device"))] = DEFAULT["device"],
    precision: Annotated[str, typer.Option(help=_doc("precision"))] = DEFAULT["precision"],
    seed: Annotated[int, typer.Option(help=_doc("seed"))] = DEFAULT["seed"],
    compare: Annotated[Path | None, typer.Option(help="Also write before and after side by side.")] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help=_doc("cache"))] = DEFAULT["cache"],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Allow the output to replace an input.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record of the run on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Make CONTENT look as if taken in the light of STYLE; the output has the content's size, depth and metadata."""
    begin = time.perf_counter()
    from photostyle.regions.pairing import parse_names, parse_pairs

    output = output or default_output(content)
    options = Options(
        strength=strength, encoder=encoder, weights=weights, solver=solver, size=size, steps=steps, device=device,
        precision=precision, seed=seed, segmenter=segmenter, feather=feather, hard_masks=hard_masks, cache=cache,
        pairs=parse_pairs(pair or []), ignore=parse_names(ignore or []), protect=parse_names(protect or []),
    )  # fmt: skip
    targets = [path for path in (output, compare) if path is not None]
    _check_targets(targets, [p for p in (content, style, content_mask, style_mask) if p is not None], overwrite)

    from photostyle.cli import report
    from photostyle.photo import check_writable, read_photo, write_photo
    from photostyle.pipeline import transfer

    before = read_photo(content)
    for path in targets:
        check_writable(path, before if path == output else None)
    with report.progress(quiet or as_json) as callback:
        result = transfer(
            before, style, content_mask=content_mask, style_mask=style_mask, options=options, callback=callback
        )
        made_by = f"photostyle run --style {style.name} --strength {strength:g} --encoder {result.encoder} --seed {seed}"
        notes = write_photo(result.photo, output, history=made_by)
        if compare is not None:
            notes += report.write_comparison(before, result.photo, compare)
    record = report.record(result, output, compare, notes, time.perf_counter() - begin)
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
    elif not quiet:
        report.say(result, record)


def default_output(content: Path) -> Path:
    """CONTENT-relit with the content's own extension, or .png where that format cannot be written."""
    from photostyle.photo.formats import format_for_writing

    output = content.with_name(f"{content.stem}-relit{content.suffix}")
    try:
        format_for_writing(output)
    except PhotostyleError:
        return output.with_suffix(".png")
    return output


def _check_targets(targets: list[Path], sources: list[Path], overwrite: bool) -> None:
    """Refuse to write over what is read, or two things into one file."""
    if len({path.resolve() for path in targets}) < len(targets):
        raise PhotoError(f"{targets[0]}: is asked for twice, as output and as comparison; give two names")
    for target in targets:
        for source in sources:
            if not overwrite and target.exists() and source.exists() and target.samefile(source):
                raise PhotoError(f"{target}: is also an input; give another output, or --overwrite to replace it")
