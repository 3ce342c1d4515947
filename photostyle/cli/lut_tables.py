"""The tables that `photostyle lut` writes, one for the whole photo and perhaps one for each region, and what it says of them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photostyle.cli.change import Change
from photostyle.cli.output import hald_path
from photostyle.cli.places import check_place
from photostyle.photo import Photo
from photostyle.regions import Regions
from photostyle.transforms.lut import Error, Lut, blended_error, fit_lut, write_cube, write_hald
from photostyle.transforms.lut.files import COLOUR_SPACE

_LONGEST_NAME = 80  # characters of a region's name in the name of a file
_SOME = 0.001  # share of a photo's pixels from which colours outside sRGB are worth a note


@dataclass(frozen=True)
class Written:
    """A table that was written: its files, the region that it is for (None for the whole photo), and its error."""

    paths: tuple[Path, ...]
    region: str | None
    table: Lut
    error: Error


@dataclass(frozen=True)
class Tables:
    """All that was written.

    Args:
        size: points along each axis.
        written: that of the whole photo first.
        mixed: the error where the tables of regions are mixed by the regions' masks; None where there are none.
        notes: for the user.
    """

    size: int
    written: tuple[Written, ...]
    mixed: Error | None
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """All of it as plain data."""
        luts = []
        for each in self.written:
            files = [str(path) for path in each.paths]
            luts.append({"region": each.region, "files": files, "error": error_record(each.error)})
        record: dict[str, Any] = {"size": self.size, "colour_space": COLOUR_SPACE, "luts": luts}
        if self.mixed is not None:
            record["regions_mixed_by_masks"] = error_record(self.mixed)
        record["notes"] = list(self.notes)
        return record

    @property
    def paths(self) -> list[Path]:
        """All files."""
        return [path for each in self.written for path in each.paths]

    def say(self) -> None:
        """The notes and the errors on stderr."""
        for note in self.notes:
            sys.stderr.write(f"note: {note}\n")
        for each in self.written:
            name = "one LUT for all"
            if each.region is not None:
                name = f"LUT of {each.region}, in its own region"
            sys.stderr.write(error_line(name, each.error))
        if self.mixed is not None:
            sys.stderr.write(error_line("LUTs of regions mixed by their masks", self.mixed))


def write_tables(change: Change, output: Path, size: int, *, hald: bool, per_region: bool, overwrite: bool = True) -> Tables:
    """Fit the tables to a change, and write them.

    Args:
        change: the photo before and after.
        output: the .cube file of the whole photo's table; the others get names after it.
        size: points along each axis.
        hald: whether to write each as a Hald CLUT too.
        per_region: whether to write one for each region.
        overwrite: whether files of regions that are there may be replaced.

    Raises:
        FileError: a file of a region is there already; nothing is written then.
    """
    regions = change.regions
    region_paths: list[Path] = []
    if per_region:
        regions = _seen_regions(change)
        region_paths = _region_paths(output, regions.names)
    if not overwrite:
        _refuse_existing(region_paths, hald)
    notes = (*change.notes, *outside_srgb(change.before))
    table, error = fit_lut(change.before, change.after, size=size)
    written = [Written(_write(table, output, change.title, hald), None, table, error)]
    if not per_region:
        return Tables(size, tuple(written), None, notes)
    masks = regions.masks.cpu().numpy()
    for region, weights, path in zip(regions.names, masks, region_paths, strict=True):
        table, error = fit_lut(change.before, change.after, weights, size=size)
        paths = _write(table, path, f"{change.title}, {region}", hald)
        written.append(Written(paths, region, table, error))
    tables = [each.table for each in written[1:]]
    mixed = blended_error(change.before, change.after, masks, tables)
    return Tables(size, tuple(written), mixed, notes)


def _seen_regions(change: Change) -> "Regions":
    """The regions of the photo of which anything is seen: no table can be fitted to others."""
    import torch

    alpha = change.before.alpha
    if alpha is None:
        return change.regions.without_empty()
    return change.regions.seen(torch.from_numpy(alpha)).without_empty()


def outside_srgb(before: Photo) -> tuple[str, ...]:
    """A note where the photo has colours that no table over sRGB knows."""
    some = before.pixels[:: max(1, before.size[1] // 512)]
    if before.alpha is not None:
        some = some[before.alpha[:: max(1, before.size[1] // 512)] > 0]
        if not len(some):
            return ()
    share = ((some < -0.01) | (some > 1.01)).any(-1).mean()
    if share <= _SOME:
        return ()
    return (f"{share:.1%} of the photo's colours lie outside sRGB; the LUT takes them to its edge",)


def _write(table: Lut, path: Path, title: str, hald: bool) -> tuple[Path, ...]:
    """Write a table and return the paths of its files."""
    write_cube(table, path, title)
    if not hald:
        return (path,)
    write_hald(table, hald_path(path))
    return (path, hald_path(path))


def _region_paths(output: Path, regions: Sequence[str]) -> list[Path]:
    """The file of each region."""
    taken = {output}
    paths = []
    for region in regions:
        path = _region_path(output, region, taken)
        taken.add(path)
        paths.append(path)
    return paths


def _refuse_existing(paths: Sequence[Path], hald: bool) -> None:
    """Refuse to replace files whose names were not known before the regions were."""
    targets = list(paths)
    if hald:
        targets += [hald_path(path) for path in paths]
    for path in targets:
        check_place(path, overwrite=False)


def _region_path(output: Path, region: str, taken: set[Path]) -> Path:
    """OUTPUT-REGION.cube, in characters that any system has in file names, and a number where two would be the same."""
    name = ""
    for letter in region[:_LONGEST_NAME]:
        if letter.isalnum():
            name += letter
        else:
            name += "-"
    path = output.with_name(f"{output.stem}-{name}.cube")
    number = 2
    while path in taken:
        path = output.with_name(f"{output.stem}-{name}-{number}.cube")
        number += 1
    return path


def error_record(error: Error) -> dict[str, Any]:
    """An error as plain data."""
    return {
        "measure": "CIEDE2000",
        "mean": round(error.mean, 4),
        "median": round(error.median, 4),
        "percentile_95": round(error.most, 4),
    }


def error_line(name: str, error: Error) -> str:
    """An error in words."""
    return (
        f"{name}: differs from the full result by delta E 2000 of {error.mean:.2f} on average, "
        f"half under {error.median:.2f}, 95 % under {error.most:.2f}\n"
    )
