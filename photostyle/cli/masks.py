"""`photostyle masks`: make the masks of a photo, or see what would be read from one."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from photostyle.config import Options


class _MakeByDefault(TyperGroup):
    """`masks PHOTO` is `masks make PHOTO`."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakeByDefault,
    no_args_is_help=True,
    help="Make the masks of a photo, to be edited and given back to `run`: masks PHOTO. Or see what is read: masks check.",
)


@app.command()
def make(
    photos: Annotated[list[Path], typer.Argument(help="The photos.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("masks"),
    segmenter: Annotated[str, typer.Option(help=Options.of("segmenter").metadata["doc"])] = "auto",
    mask: Annotated[Path | None, typer.Option(help="A mask to start from, in place of a segmenter.")] = None,
    least: Annotated[float, typer.Option(help="Regions of less than this share go to a neighbour.")] = 0.01,
    feather: Annotated[str | None, typer.Option(help="Softness to add to borders: pixels, or 1% of the long side.")] = None,
    hard_masks: Annotated[bool, typer.Option("--hard-masks", help="Leave edges as they are.")] = False,
    device: Annotated[str, typer.Option(help=Options.of("device").metadata["doc"])] = "auto",
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help=Options.of("cache").metadata["doc"])] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace masks that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")] = False,
) -> None:
    """Write PHOTO's regions: an indexed PNG, a soft PNG for each region, an overlay picture, and a JSON of names and shares."""
    from photostyle.devices import choose_device
    from photostyle.errors import OptionError
    from photostyle.photo import Proxy, read_photo
    from photostyle.regions import load_segmenter, mask_paths, refine_edges, segment_photo, write_masks
    from photostyle.regions import read_mask as read_masks
    from photostyle.regions.finding import proxy_feather

    if not 0 <= least < 0.5:
        raise OptionError(f"least must be a share from 0 to 0.5, got {least:g}")
    if mask is not None and len(photos) > 1:
        raise OptionError(f"--mask starts from one mask for one photo, got {len(photos)} photos; give them one by one")
    first: dict[str, Path] = {}
    for path in photos:
        if (other := first.setdefault(path.stem, path)) is not path:
            raise OptionError(f"{other} and {path} would both be written as {path.stem}; give them folders of their own")
    chosen = choose_device(device)
    network = None if mask else load_segmenter(segmenter, str(chosen), cache=cache)
    records = []
    for path in photos:
        _spare([path, mask], mask_paths(output, path.stem))
        photo = read_photo(path)
        if mask is not None:
            regions = read_masks(mask, photo.size, hard=hard_masks)
            if not hard_masks:
                regions = refine_edges(regions, photo.pixels, feather=feather, device=chosen)
        else:
            small = Proxy.of(photo)
            soft = proxy_feather(small, feather)
            regions = segment_photo(
                small.photo.pixels, network, least=least, feather=soft, refine=not hard_masks, device=chosen
            )
            if network.name == "none" and segmenter != "none":
                regions = regions.noted("no segmenter has weights here, so the photo is one region; see photostyle models list")
        written = write_masks(regions, photo.pixels, output, path.stem, overwrite=overwrite)
        records.append(_record(path, regions, {name: str(where) for name, where in vars(written).items()}))
        if not as_json:
            _show(records[-1], f"{written.picture}, {written.folder}/, {written.overlay}")
    if as_json:
        sys.stdout.write(json.dumps(records if len(records) > 1 else records[0]) + "\n")


@app.command()
def check(
    mask: Annotated[Path, typer.Argument(help="The mask: a picture, or a folder of grey pictures.", show_default=False)],
    photo: Annotated[Path, typer.Argument(help="The photo that it belongs to.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")] = False,
) -> None:
    """Say what `run` would read from MASK for PHOTO: its regions, their shares, and whatever is doubtful."""
    from photostyle.photo import read_photo
    from photostyle.regions import read_mask as read_masks

    size = read_photo(photo).size
    scale = min(1.0, 2048 / max(size))
    regions = read_masks(mask, size, size=tuple(max(1, round(side * scale)) for side in size))
    record = _record(mask, regions, {"photo": str(photo)})
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        _show(record, f"{mask} fits {photo}, {size[0]} x {size[1]}")


def _spare(sources: list[Path | None], targets) -> None:
    """Refuse to write over the photo or the mask that is read, even with --overwrite."""
    from photostyle.errors import OptionError

    for target in vars(targets).values():
        for source in sources:
            if source is not None and source.exists() and target.exists() and target.samefile(source):
                raise OptionError(f"{target} is also an input; give another folder with -o")


def _record(path: Path, regions, files: dict[str, str]) -> dict:
    rows = zip(regions.names, regions.colours, regions.shares(), strict=True)
    return {
        "file": str(path),
        **files,
        "regions": [{"name": n, "colour": list(c), "share": round(s, 5)} for n, c, s in rows],
        "notes": list(regions.notes),
    }


def _show(record: dict, last: str) -> None:
    """A table of regions, largest first, the notes, and a last line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(soft_wrap=True)
    table = Table(title=record["file"], title_justify="left")
    for title, side in (("", "left"), ("region", "left"), ("share", "right")):
        table.add_column(title, justify=side)
    for region in sorted(record["regions"], key=lambda region: -region["share"]):
        swatch = Text("  ", style="on #{:02x}{:02x}{:02x}".format(*region["colour"]))
        table.add_row(swatch, region["name"], f"{region['share']:.1%}")
    console.print(table)
    for note in record["notes"]:
        console.print(f"note: {note}", markup=False, highlight=False)
    console.print(last, markup=False, highlight=False)
