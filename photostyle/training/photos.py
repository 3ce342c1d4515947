"""A folder of photos, decoded once into memory, and random pieces of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photostyle.batch.inputs import find_photos
from photostyle.errors import PhotoError, PhotostyleError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.photo import Photo, read_photo, resample

MARGIN = 1.25  # of a photo's short side against the pieces, so that these differ
LEAST = 8  # photos; fewer are learnt by heart
MOST_BYTES = 3 << 30  # of all photos in memory
_NAMED = 5  # broken photos that are called by name


@dataclass(frozen=True)
class TrainingPhotos:
    """Photos in memory.

    Args:
        pictures: (H, W, 3) uint8 each, their short side longer than `size`.
        size: side in pixels of the pieces.
        notes: what the user should be told.
        names: of the photos' files.
    """

    pictures: Sequence[np.ndarray]
    size: int
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

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
        held = places_held_out(len(self.pictures), count)
        return self._of([k for k in range(len(self.pictures)) if k not in held]), self._of(held)

    def middles(self) -> Tensor:
        """(N, 3, size, size) uint8: the middle of each photo."""
        drawn = []
        for picture in self.pictures:
            top, left = (picture.shape[0] - self.size) // 2, (picture.shape[1] - self.size) // 2
            drawn.append(torch.from_numpy(picture[top : top + self.size, left : left + self.size].copy()))
        return torch.stack(drawn).movedim(-1, 1)

    def _of(self, chosen: Sequence[int]) -> "TrainingPhotos":
        names = tuple(self.names[k] for k in chosen) if self.names else ()
        return TrainingPhotos([self.pictures[k] for k in chosen], self.size, self.notes, names)


def places_held_out(length: int, count: int) -> list[int]:
    """Which of a list are not trained on: so many, evenly spread.

    >>> places_held_out(10, 2)
    [2, 8]
    """
    return sorted({round((k + 0.5) * length / count) for k in range(count)})


def read_training_photos(
    folder: Path, size: int, seed: int = 0, tell: ProgressCallback = ignore, load_size: int | None = None
) -> TrainingPhotos:
    """Read all photos of a folder and those below it; broken ones are skipped and named.

    Args:
        folder: of photos of any format and size.
        size: side in pixels of the pieces.
        seed: of the choice where there are more photos than memory takes.
        tell: told of each photo, stage "photos".
        load_size: short side in pixels that larger photos are brought to before pieces are cut; None for `MARGIN` times the size.

    Raises:
        PhotoError: there is no such folder, or too few photos in it.
    """
    wanted = load_size or round(MARGIN * size)

    def decoded(path: str) -> np.ndarray:
        photo = read_photo(path)
        short = min(max(size, min(photo.size)), wanted)
        return _codes(photo, short / min(photo.size), size)

    return _read("photos", folder, size, int(3 * 1.5 * wanted**2), decoded, seed, tell)


def read_paintings(folder: Path, size: int, least: int, seed: int = 0, tell: ProgressCallback = ignore) -> TrainingPhotos:
    """Read all pictures of a folder of paintings, their long sides as long as `size` at most; broken ones are skipped and named.

    Args:
        size: in pixels.
        least: pixels of a short side, smaller pictures are enlarged.
        folder, seed, tell: as for `read_training_photos`.

    Raises:
        PhotoError: there is no such folder, or too few pictures in it.
    """

    def decoded(path: str) -> np.ndarray:
        photo = read_photo(path)
        return _codes(photo, min(1.0, size / max(photo.size)), least)

    return _read("paintings", folder, size, 3 * size**2, decoded, seed, tell)


def _read(
    role: str, folder: Path, size: int, bytes_each: int, decoded: Callable[[str], np.ndarray], seed: int, tell: ProgressCallback
) -> TrainingPhotos:
    """All pictures of a folder, decoded; as many as memory is given for."""
    if not folder.is_dir():
        raise PhotoError(f"{folder}: no such folder; name a folder of {role}", option=role)
    notes: list[str] = []
    paths = [photo.path for photo in find_photos([str(folder)], tell=notes.append)]
    most = max(LEAST, MOST_BYTES // bytes_each)
    if len(paths) > most:
        chosen = sorted(torch.randperm(len(paths), generator=torch.Generator().manual_seed(seed))[:most].tolist())
        notes.append(f"{folder}: {most} of {len(paths)} {role} taken, as many as memory is given for")
        paths = [paths[k] for k in chosen]
    pictures: dict[str, np.ndarray] = {}
    broken = []
    for done, path in enumerate(paths):
        tell(Progress(role, done, len(paths)))
        try:
            pictures[path] = decoded(path)
        except PhotostyleError as error:
            broken.append(str(error))
    if broken:
        named = "; ".join(broken[:_NAMED])
        more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        notes.append(f"{len(broken)} of {len(paths)} {role} cannot be read and were skipped: {named}{more}")
    if len(pictures) < LEAST:
        raise PhotoError(
            f"{folder}: holds {len(pictures)} {role} that can be read, and {LEAST} are the least; add {role}", option=role
        )
    return TrainingPhotos(list(pictures.values()), size, tuple(notes), tuple(Path(path).name for path in pictures))


def _codes(photo: Photo, scale: float, least: int) -> np.ndarray:
    """(H, W, 3) uint8, a photo in another size; its sides `least` pixels at least."""
    width, height = (max(least, round(side * scale)) for side in photo.size)
    codes: np.ndarray = (resample(photo.pixels, (width, height)).clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return codes


def _below(end: int, random: torch.Generator) -> int:
    return int(torch.randint(end, (), generator=random))
