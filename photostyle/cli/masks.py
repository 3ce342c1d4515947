"""`photostyle masks`: make the masks of a photo, or see what would be read from one."""

import json
import sys
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.inputs import matches
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_segmenter
from photostyle.cli.option_sources import Given
from photostyle.cli.places import check_place, same_place
from photostyle.devices import check_device_name
from photostyle.errors import FileError, OptionError
from photostyle.option_text import parse_option
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.photo import Photo
    from photostyle.regions import Regions
    from photostyle.regions.masks.mask_files import MaskFiles
    from photostyle.session import Session

_SPECK = 0.1  # of the least share of a region: found patches of less, apart from the rest of it, go to what is around them
CHECKED_SIDE = 2048  # pixels, the long side at which `check` counts shares


class _MakeByDefault(TyperGroup):
    """`masks PHOTO` is `masks make PHOTO`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["make", *args]
        rest: list[str] = super().parse_args(ctx, args)
        return rest


app = typer.Typer(
    cls=_MakeByDefault,
    no_args_is_help=True,
    help="Make the masks of a photo, to edit and give to run: masks PHOTO. Or see what run would read from a mask: masks check.",
)


@app.command()
@with_method_options(only=("segmenter", "feather", "device", "cache"))
def make(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="The photos; globs in quotes too. - is standard input.", show_default=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to; made if it is not there.")] = Path(
        "masks"
    ),
    mask: Annotated[str | None, typer.Option(help="A mask to start from, instead of the regions that a segmenter finds.")] = None,
    least: Annotated[
        str | None,
        typer.Option(
            help="Regions below this share of the photo join a neighbour; 0 to 0.5. By default 0.01, and 0 with --mask.",
            metavar="<float>",
        ),
    ] = None,
    hard_masks: Annotated[bool, typer.Option("--hard-masks", help="Do not let borders follow the photo's edges.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace masks that are there already; inputs are never replaced.")
    ] = False,
    as_json: out.AsJson = False,
    quiet: out.Quiet = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Write PHOTO's regions: an indexed PNG, a soft PNG for each region, an overlay picture, and a JSON of names and shares."""
    smallest = 0.01 if mask is None else 0.0
    if least is not None:
        smallest = parse_option(float, least, "least")
    with Files(overwrite) as files:
        sources = [files.photo(name, "photo") for glob in photos for name in matches(glob)]
        start = files.mask(mask, "mask")
        _check(sources, start, smallest)
        files.check_photos()
        _check_folder(output)
        for path in sources:
            _check_targets(files, path, start, output)
        check_device_name(str(options.device))
        if start is None:
            check_segmenter(str(options.segmenter))

        from photostyle.photo import read_photo
        from photostyle.session import Session

        session = Session(options.device, cache=options.cache)
        if not (quiet or as_json):
            for note in given.notes:
                sys.stderr.write(f"note: {note}\n")
        records = []
        for path in sources:
            photo = read_photo(path)
            regions = _regions(photo, start, session, options.segmenter, least=smallest, feather=options.feather, hard=hard_masks)
            records.append(_write(path, photo, regions, output, overwrite=overwrite, quiet=as_json or quiet))
        if as_json:
            _print_json(records)
        elif quiet:
            for record in records:
                for name in ("picture", "names", "folder", "overlay"):
                    sys.stdout.write(f"{record[name]}\n")


@app.command()
def check(
    mask: Annotated[
        str,
        typer.Argument(
            metavar="MASK",
            help="The mask: a picture, a folder of grey pictures, or an annotation program's file.",
            show_default=False,
        ),
    ],
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="The photo that it belongs to.", show_default=False)],
    as_json: out.AsJson = False,
) -> None:
    """Say what `run` would read from MASK for PHOTO: its regions, their shares, and whatever is doubtful."""
    with Files() as files:
        mask_file = files.mask(mask, "mask") or Path(mask)
        photo_file = files.photo(photo, "photo")
        files.check_photos()

        from photostyle.photo import read_photo
        from photostyle.regions import read_mask
        from photostyle.regions.resampling import size_within

        width, height = read_photo(photo_file).size
        small = size_within((width, height), CHECKED_SIDE)
        regions = read_mask(mask_file, (width, height), size=small, photo_name=photo_file.name)
        record = _record(mask_file, regions, {"photo": photo})
        if as_json:
            _print_json([record])
        else:
            _show(record, f"{mask} fits {photo}, {width} x {height}")


def _check(photos: Sequence[Path], mask: Path | None, least: float) -> None:
    """Refuse what cannot be done, before any work."""
    if not 0 <= least <= 0.5:
        raise OptionError(f"least must be a share from 0 to 0.5, got {least:g}")
    if mask is not None and len(photos) > 1:
        raise OptionError(f"--mask starts from one mask for one photo, got {len(photos)} photos; give them one by one")
    by_stem: dict[str, Path] = {}
    for path in photos:
        other = by_stem.setdefault(path.stem, path)
        if other is not path:
            raise OptionError(f"{other} and {path} would both be written as {path.stem}; give them folders of their own")


def _check_folder(output: Path) -> None:
    """Refuse a folder that cannot be made or written."""
    if str(output) == "-":
        raise FileError("masks are several files, and standard output takes one; name a folder", option="output")
    if output.exists() and not output.is_dir():
        raise FileError(f"{output}: is a file, and masks go to a folder; name a folder", option="output")
    if not output.is_dir():
        check_place(output, overwrite=False)


def _check_targets(files: Files, photo: Path, mask: Path | None, output: Path) -> None:
    """Refuse, before any work, to write over the photo or the mask that is read, or over masks that are there."""
    from photostyle.regions.masks.mask_files import mask_paths

    paths = mask_paths(output, photo.stem)
    for path in (paths.picture, paths.names, paths.overlay):
        files.target(path)
    if mask is not None and same_place(mask, paths.folder):
        raise FileError(f"{paths.folder}: is also an input, and inputs are never replaced; give another output", option="output")
    if paths.folder.exists() and not files.overwrite:
        text = f"{paths.folder}: exists already; give another output, or allow that it is replaced"
        raise FileError(text, option="overwrite")


def _regions(
    photo: "Photo",
    mask: Path | None,
    session: "Session",
    segmenter: str,
    *,
    least: float,
    feather: float | str | None,
    hard: bool,
) -> "Regions":
    """The regions of a photo, as `run` finds them: from the mask if there is one, else as the segmenter sees them.

    Args:
        photo: at its own size.
        mask: a picture or a folder.
        session: has the segmenter, and the device on which borders are refined.
        segmenter: its name.
        least: share of the photo; smaller regions are merged into a neighbour.
        feather: softness to add to borders, as a user gives it.
        hard: whether borders stay as they are instead of following the photo's edges.
    """
    from photostyle.photo import WorkingCopy
    from photostyle.regions import merge_small, regions_of
    from photostyle.regions.specks import without_islands

    network = None
    if mask is None:
        network = session.segmenter(segmenter)
    regions = regions_of(
        WorkingCopy.of(photo),
        mask,
        network,
        feather=feather,
        hard=hard,
        refine=not hard,
        least=least,
        device=session.device,
        cache=session.cache,
    )
    if mask is None:
        regions = without_islands(regions, _SPECK * least)  # borders along leaves leave many, which nobody would paint
    regions = merge_small(regions, least)  # once more: borders have moved, and a mask by hand has not been looked through
    if segmenter == "auto" and network is not None and network.name == "none":
        return regions.noted("no segmenter has weights here, so the photo is one region; see photostyle models list")
    return regions


def _write(path: Path, photo: "Photo", regions: "Regions", output: Path, *, overwrite: bool, quiet: bool) -> dict[str, Any]:
    """Write the masks of a photo, show them unless quiet, and return their record."""
    from photostyle.photo.transparency import with_hidden_filled
    from photostyle.regions import write_masks

    written = write_masks(regions, with_hidden_filled(photo).pixels, output, path.stem, overwrite=overwrite)
    record = _record(path, regions, _as_text(written))
    if not quiet:
        _show(record, f"{written.picture}, {written.folder}/, {written.overlay}")
    return record


def _as_text(written: "MaskFiles") -> dict[str, str]:
    return {name: str(where) for name, where in vars(written).items()}


def _record(path: Path, regions: "Regions", files: Mapping[str, str]) -> dict[str, Any]:
    """What is said of the regions of a file, as plain data."""
    rows = []
    for name, colour, share in zip(regions.names, regions.colours, regions.shares(), strict=True):
        rows.append({"name": name, "colour": list(colour), "share": round(share, 5)})
    return {"file": str(path), **files, "regions": rows, "notes": list(regions.notes)}


def _print_json(records: Sequence[dict[str, Any]]) -> None:
    """One record as an object, several as a list."""
    text = json.dumps(records)
    if len(records) == 1:
        text = json.dumps(records[0])
    sys.stdout.write(f"{text}\n")


def _show(record: Mapping[str, Any], last: str) -> None:
    """A table of regions, largest first, the notes, and a last line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(soft_wrap=True)
    table = Table(title=record["file"], title_justify="left")
    table.add_column("")
    table.add_column("region")
    table.add_column("share", justify="right")
    for region in sorted(record["regions"], key=itemgetter("share"), reverse=True):
        swatch = Text("  ", style="on #{:02x}{:02x}{:02x}".format(*region["colour"]))
        table.add_row(swatch, region["name"], f"{region['share']:.1%}")
    console.print(table)
    for note in record["notes"]:
        console.print(f"note: {note}", markup=False, highlight=False)
    console.print(last, markup=False, highlight=False)
