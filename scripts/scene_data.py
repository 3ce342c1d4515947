"""The photos that the scene segmenter learns from, with people's labels, a teacher's, or both, and where they lie on disk."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# Buildings and roads dominate the set; these weights, per photo, bring general scenes forward (the set's README).
SOURCE_WEIGHTS = {
    "bsds": 4.0, "msrc2": 2.0, "cocostuff": 4.0, "ade20k": 4.0, "camvid": 0.5, "coco128seg": 0.5, "labelmefacade": 0.5,
    "urban100": 3.0, "sunhays80": 3.0, "lowlight": 3.0, "wall_": 3.0, "skyseg": 3.0,
    "imagenet1k": 1.5, "pexels_food": 0.7, "hymenoptera": 0.7,
}  # fmt: skip
HELD_OUT = "bsds500"  # among the unlabelled photos: some of these are held out among the labelled ones
UNKNOWN = 255
PACKED_INDEX = "index.json"


@dataclass(frozen=True)
class Scene:
    """One photo `(H, W, 3)` uint8 with its label map `(H, W)` uint8, 255 where unknown."""

    name: str
    source: str
    photo: np.ndarray
    labels: np.ndarray

    @property
    def labelled(self) -> bool:
        """Whether people labelled any of it."""
        return bool((self.labels != UNKNOWN).any())

    @property
    def weight(self) -> float:
        """How often the photo is seen."""
        return next(weight for source, weight in SOURCE_WEIGHTS.items() if self.source.startswith(source))


def read_scenes(folder: Path, split: str) -> list[Scene]:
    """The scenes of a split ("train" or "val") of a folder laid out as `../shared/scenes`."""
    with open(folder / "index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return [
        Scene(
            row["name"],
            row["source"],
            np.asarray(Image.open(folder / "images" / f"{row['name']}.jpg").convert("RGB")),
            np.asarray(Image.open(folder / "labels" / f"{row['name']}.png")),
        )
        for row in rows
    ]


def read_unlabelled(folder: Path) -> list[Scene]:
    """The photos of a folder laid out as `../shared/photos`, but for those of `HELD_OUT`; all unknown."""
    with open(folder / "index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] != HELD_OUT]
    photos = [np.asarray(Image.open(folder / "images" / row["file"]).convert("RGB")) for row in rows]
    return [_unlabelled(row["file"], row["source"], photo) for row, photo in zip(rows, photos, strict=True)]


def training_photos(shared: Path) -> list[Scene]:
    """All that may be learned from: of a folder with `scenes/` and `photos/`, or of a file that `pack_scenes.py` made."""
    if shared.is_file():
        return read_packed(shared)
    return read_scenes(shared / "scenes", "train") + read_unlabelled(shared / "photos")


def write_packed(path: Path, scenes: list[Scene], quality: int) -> None:
    """The photos as WebP and the labels as PNG in one zip file, the same bytes at every call."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        index = []
        for number, scene in enumerate(scenes):
            index.append({"name": scene.name, "source": scene.source, "labelled": scene.labelled})
            _put(archive, f"{number}.webp", _encoded(scene.photo, "WEBP", quality=quality, method=4))
            if scene.labelled:
                _put(archive, f"{number}.png", _encoded(scene.labels, "PNG", optimize=True))
        _put(archive, PACKED_INDEX, json.dumps(index).encode())


def read_packed(path: Path) -> list[Scene]:
    """What `write_packed` wrote."""
    scenes = []
    with zipfile.ZipFile(path) as archive:
        for number, row in enumerate(json.loads(archive.read(PACKED_INDEX))):
            photo = np.asarray(Image.open(io.BytesIO(archive.read(f"{number}.webp"))).convert("RGB"))
            scene = _unlabelled(row["name"], row["source"], photo)
            if row["labelled"]:
                labels = np.asarray(Image.open(io.BytesIO(archive.read(f"{number}.png"))))
                scene = Scene(scene.name, scene.source, photo, labels)
            scenes.append(scene)
    return scenes


def _unlabelled(name: str, source: str, photo: np.ndarray) -> Scene:
    return Scene(name, source, photo, np.full(photo.shape[:2], UNKNOWN, np.uint8))


def _encoded(pixels: np.ndarray, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), data)  # with a fixed date
