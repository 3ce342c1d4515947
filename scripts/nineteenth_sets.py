"""The two sets that `nineteenth` is trained on: photos, and paintings of the nineteenth century; a part of each is held out.

    python scripts/nineteenth_sets.py ../shared nineteenth
    photostyle train nineteenth.yml       # network: cyclegan, a: nineteenth/photos, b: nineteenth/paintings

Writes links into nineteenth/photos, paintings, held-photos and held-paintings. Paintings are those whose date in the index begins
in 1800 to 1899. Photos are outdoors, of buildings, people and animals; single objects before plain walls, dishes seen from above
and the like are left out, since nobody painted them so, and a network would learn that and nothing else.
"""

import argparse
import csv
import re
from collections.abc import Sequence
from pathlib import Path

YEARS = range(1800, 1900)
SOURCES = ("bsds500", "sunhays80", "urban100", "skyseg", "wall_deepin", "wall_elementary", "wall_mate", "wall_pop")
HELD_EVERY = 6  # every sixth picture of a set is held out


def is_of_the_century(date: str) -> bool:
    """Whether a date as a museum writes it begins in the nineteenth century.

    >>> is_of_the_century("1885–86"), is_of_the_century("c. 1615"), is_of_the_century("n.d.")
    (True, False, False)
    """
    years = re.findall(r"\d{4}", date)
    return bool(years) and int(years[0]) in YEARS


def named(index: Path, column: str, wanted: Sequence[str] | None = None) -> list[str]:
    """Files of an index whose column is one of those wanted, or a date of the century."""
    with index.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted(row["file"] for row in rows if (is_of_the_century(row[column]) if wanted is None else row[column] in wanted))


def link(names: Sequence[str], source: Path, kept: Path, held: Path) -> tuple[int, int]:
    """Links to the pictures in two folders; how many are in each."""
    counts = [0, 0]
    for folder in (kept, held):
        folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        is_held = number % HELD_EVERY == 0
        target = (held if is_held else kept) / name
        target.unlink(missing_ok=True)
        target.symlink_to((source / name).resolve())
        counts[is_held] += 1
    return counts[0], counts[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=Path, help="has photos/ and paintings/, each with images/ and index.csv")
    parser.add_argument("out", type=Path, help="the folder to write to")
    arguments = parser.parse_args()
    for kind, column, wanted in (("photos", "source", SOURCES), ("paintings", "date", None)):
        folder = arguments.shared / kind
        names = named(folder / "index.csv", column, wanted)
        kept, held = link(names, folder / "images", arguments.out / kind, arguments.out / f"held-{kind}")
        print(f"{kind}: {kept} to train on, {held} held out")


if __name__ == "__main__":
    main()
