"""A folder of photos, decoded once into memory, and random pieces of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photostyle.batch.inputs import find_photos
from photostyle.errors import PhotoError, PhotostyleError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.photo import read_photo, resample

MARGIN = 1.25  # of a photo's short side against the pieces, so that these differ
LEAST = 8  # photos; fewer are learnt by heart
MOST_BYTES = 3 << 30  # of all photos in memory
_NAMED = 5  # broken photos that are called by name


@dataclass(frozen=True)
class TrainingPhotos:
    """Photos in memory.

    Args:
        pictures: (H, W, 3) uint8 each, their short side a little longer than `size`.
        size: side in pixels of the pieces.
        notes: what the user should be told.
    """

    pictures: Sequence[np.ndarray]
    size: int
    notes: tuple[str, ...] = ()

    def pieces(self, count: int, random: torch.Generator) -> Tensor:
        """(count, 3, size, size) uint8: random pieces of random photos, half of them mirrored."""
        drawn = []
        for _ in range(count):
            picture = self.pictures[_below(len(self.pictures), random)]
            top = _below(picture.shape[0] - self.size + 1, random)
            left = _below(picture.shape[1] - self.size + 1, random)
            piece = picture[top : top + self.size, left : left + self.size]
            if _below(2, random):
                piece = piece[:, ::-1]
            drawn.append(torch.from_numpy(np.ascontiguousarray(piece)))
        return torch.stack(drawn).movedim(-1, 1).contiguous()

    def without(self, count: int) -> "tuple[TrainingPhotos, TrainingPhotos]":
        """Some photos to train on, and some, evenly spread, that are held out of it."""
        held = {round((k + 0.5) * len(self.pictures) / count) for k in range(count)}
        kept = [picture for k, picture in enumerate(self.pictures) if k not in held]
        away = [picture for k, picture in enumerate(self.pictures) if k in held]
        return TrainingPhotos(kept, self.size, self.notes), TrainingPhotos(away, self.size)

    def middles(self) -> Tensor:
        """(N, 3, size, size) uint8: the middle of each photo."""
        drawn = []
        for picture in self.pictures:
            top, left = (picture.shape[0] - self.size) // 2, (picture.shape[1] - self.size) // 2
            drawn.append(torch.from_numpy(picture[top : top + self.size, left : left + self.size].copy()))
        return torch.stack(drawn).movedim(-1, 1)


def read_training_photos(folder: Path, size: int, seed: int = 0, tell: ProgressCallback = ignore) -> TrainingPhotos:
    """Read all photos of a folder and those below it; broken ones are skipped and named.

    Args:
        folder: of photos of any format and size.
        size: side in pixels of the pieces.
        seed: of the choice where there are more photos than memory takes.
        tell: told of each photo, stage "photos".

    Raises:
        PhotoError: there is no such folder, or too few photos in it.
    """
    if not folder.is_dir():
        raise PhotoError(f"{folder}: no such folder; name a folder of photos", option="photos")
    notes: list[str] = []
    paths = [photo.path for photo in find_photos([str(folder)], tell=notes.append)]
    most = max(LEAST, MOST_BYTES // int(3 * 1.5 * (MARGIN * size) ** 2))
    if len(paths) > most:
        chosen = sorted(torch.randperm(len(paths), generator=torch.Generator().manual_seed(seed))[:most].tolist())
        notes.append(f"{folder}: {most} of {len(paths)} photos taken, as many as memory is given for")
        paths = [paths[k] for k in chosen]
    pictures = []
    broken = []
    for done, path in enumerate(paths):
        tell(Progress("photos", done, len(paths)))
        try:
            pictures.append(_decoded(path, size))
        except PhotostyleError as error:
            broken.append(str(error))
    if broken:
        named = "; ".join(broken[:_NAMED])
        more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        notes.append(f"{len(broken)} of {len(paths)} photos cannot be read and were skipped: {named}{more}")
    if len(pictures) < LEAST:
        raise PhotoError(
            f"{folder}: holds {len(pictures)} photos that can be read, and {LEAST} are the least; add photos", option="photos"
        )
    return TrainingPhotos(pictures, size, tuple(notes))


def _decoded(path: str, size: int) -> np.ndarray:
    """(H, W, 3) uint8, with the short side that pieces are cut from; a smaller photo is enlarged to the size of a piece."""
    photo = read_photo(path)
    width, height = photo.size
    short = min(max(size, min(width, height)), round(MARGIN * size))
    scale = short / min(width, height)
    shrunk = resample(photo.pixels, (max(size, round(width * scale)), max(size, round(height * scale))))
    codes: np.ndarray = (shrunk.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return codes


def _below(end: int, random: torch.Generator) -> int:
    return int(torch.randint(end, (), generator=random))
