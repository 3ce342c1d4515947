"""Make the pictures of docs/gallery from those in docs/sample: solves, one transform at several amounts, and the painters.

    python scripts/make_gallery.py            # writes docs/gallery/*.jpg; about a minute on a quiet machine

The pictures are small copies of what the commands in docs/tutorial.md and docs/gallery.md write.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import photostyle  # noqa: E402
from photostyle.models.trained import PHOTO  # noqa: E402

SAMPLE = ROOT / "docs" / "sample"
FOLDER = ROOT / "docs" / "gallery"
SIZE = (540, 360)
QUALITY = 82
PAINTED = (600, 400)  # pixels at which the sheet of painters is painted
TILE = (300, 200)
COLUMNS = 4
AMOUNTS: dict[str, dict[str, Any]] = {
    "full": {},
    "half": {"strength": 0.5},
    "light": {"chroma": 0.0},
    "colour": {"luma": 0.0},
    "sky": {"strength": "0,sky=1"},
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    session = photostyle.Session()
    day, sunset = SAMPLE / "day.jpg", SAMPLE / "sunset.jpg"
    for path in (day, sunset):
        _save(np.asarray(Image.open(path).convert("RGB")), path.stem)
    found = photostyle.transfer(day, sunset, session=session)
    draw = found.transform.preview(day, SIZE[0])
    for name, amounts in AMOUNTS.items():
        _save(draw(photostyle.Amounts(**amounts)), name)
    back = photostyle.transfer(sunset, day, session=session)
    _save(back.photo.to_uint8(), "back")
    masks = {"content_mask": SAMPLE / "day-mask.png", "style_mask": SAMPLE / "sunset-mask.png"}
    _save(photostyle.transfer(day, sunset, session=session, **masks).photo.to_uint8(), "masks")
    century = photostyle.transfer(day, method="network", network="nineteenth", size=PAINTED[0], session=session)
    _save(century.photo.to_uint8(), "nineteenth")
    sheet = _painters(Image.open(day).convert("RGB").resize(PAINTED, Image.Resampling.LANCZOS), session)
    _save(sheet, "painters", (COLUMNS * TILE[0], sheet.shape[0] * COLUMNS * TILE[0] // sheet.shape[1]))


def _painters(photo: Image.Image, session: photostyle.Session) -> np.ndarray:
    """A sheet (h, w, 3) of the photo in each style of the network `painters`."""
    painters = photostyle.models.find("painters")
    names = [name for name in session.stylizer(painters).names if name != PHOTO]
    tiles = []
    for name in names:
        made = photostyle.transfer(photo, method="network", network="painters", style_name=(name,), session=session)
        tiles.append(made.photo.to_uint8())
    rows = [np.hstack(tiles[first : first + COLUMNS]) for first in range(0, len(tiles), COLUMNS)]
    return np.vstack(rows)


def _save(pixels: np.ndarray, name: str, size: tuple[int, int] = SIZE) -> None:
    path = FOLDER / f"{name}.jpg"
    Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS).save(path, quality=QUALITY, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
