"""What a teacher says of photos in their own light, kept on disk: how likely each place shows each of 170 kinds.

The teacher is a folder such as ../shared/teachers/scene: `graph.py` runs the networks `ade20k_mnv2plus` (ADE20K's 150 classes and
a background) and `voc_mnv2` (Pascal VOC's 20 and a background). Nothing of it is part of photostyle. The 14 coarse classes
follow from the kinds (`classes_of`).
"""

import hashlib
import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, one_hot

from photostyle.regions.labels import ADE20K, CLASSES, coarse_class
from photostyle.regions.masks import voc
from photostyle.regions.segment import Segmentation

KINDS = 170  # ADE20K's 150 classes, then Pascal VOC's 20
STRIDE = 8  # pixels of the photo to a cell
ADE_SIDES, VOC_SIDE = (257, 385), 385  # the long sides at which the networks see a photo, 8 k + 1
WALLS = ("wall", "windowpane", "door", "column", "curtain", "blind", "painting")  # of rooms, or of houses seen from outside
INSIDE = ("indoor_surface", "furniture")
OUTSIDE = ("sky", "vegetation", "grass", "water", "mountain_rock", "ground_sand_snow", "road_pavement", "building")
_VOC = {"potted plant": "vegetation", "dining table": "furniture", "tv monitor": "other_object"}


class Teacher:
    """The networks of a folder: photos in, kinds out.

    Args:
        folder: has `graph.py` and the networks.
        device: where they run.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        graph = _module(folder / "graph.py").Graph
        self.device = device
        self.ade, self.voc = (
            graph(str(folder / name)).eval().requires_grad_(False).float().to(device, memory_format=torch.channels_last)
            for name in ("ade20k_mnv2plus", "voc_mnv2")
        )

    @torch.inference_mode()
    def __call__(self, photos: list[np.ndarray]) -> Tensor:
        """(B, 170, H/8, W/8) probabilities of B photos of one size, (H, W, 3) uint8; they sum to 1 over the kinds.

        ADE20K's network is asked where Pascal VOC's sees background, VOC's where it sees things.
        """
        height, width = photos[0].shape[:2]
        size = max(1, height // STRIDE), max(1, width // STRIDE)
        batch = torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).to(self.device).float() / 127.5 - 1
        ade = sum(_at(size, _scores(self.ade, batch, side)[:, 1:].softmax(1)) for side in ADE_SIDES) / len(ADE_SIDES)
        things = _at(size, _scores(self.voc, batch, VOC_SIDE).softmax(1))
        share = 1 - things[:, :1]
        kinds = torch.cat([ade * (1 - share**2), things[:, 1:] * share], 1)
        return kinds / kinds.sum(1, keepdim=True).clamp_min(1e-6)


class TeacherSegmenter:
    """The teacher as a segmenter, to judge it by what it teaches."""

    name, fingerprint, classes = "teacher", None, CLASSES
    options: dict[str, object] = {}

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        self.teacher = Teacher(folder, device)

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        """(14, H/8, W/8) of a photo (H, W, 3) in [0, 1]."""
        kinds = self.teacher([(255 * pixels).round().clip(0, 255).astype(np.uint8)])[0]
        return Segmentation(self.classes, classes_of(kinds).cpu())

    def probabilities(self, pixels: np.ndarray) -> Tensor:
        return self(pixels).probabilities


def classes_of(kinds: Tensor) -> Tensor:
    """(14, h, w) probabilities of the coarse classes of one photo, from (170, h, w) of the kinds.

    Walls, windows, doors and curtains are of a room where floors, ceilings and furniture outweigh the open air in the photo,
    else of a building.
    """
    classes = torch.einsum("nk,nhw->khw", _fold().to(kinds), kinds)
    walls = kinds[[number for number, (name, _) in enumerate(ADE20K) if name in WALLS]].sum(0)
    inside, outside = (classes[[CLASSES.index(name) for name in names]].sum(0).mean() for names in (INSIDE, OUTSIDE))
    indoors = torch.sigmoid(8 * ((inside + 0.02) / (outside + 0.02)).log())
    classes[CLASSES.index("indoor_surface")] += walls * indoors
    classes[CLASSES.index("building")] += walls * (1 - indoors)
    return classes / classes.sum(0, keepdim=True).clamp_min(1e-6)


def _fold() -> Tensor:
    """(170, 14) of 0 and 1, all 0 for the kinds of `WALLS`."""
    names = [coarse for _, coarse in ADE20K] + [_VOC.get(name) or coarse_class(name) for name in voc.CLASSES[1:]]
    fold = one_hot(torch.tensor([CLASSES.index(name) for name in names]), len(CLASSES)).float()
    fold[[number for number, (name, _) in enumerate(ADE20K) if name in WALLS]] = 0
    return fold


def teach(folder: Path, cache: Path, photos: list[np.ndarray], device: str = "cpu", batch: int = 2) -> None:
    """Ask the teacher about the photos that the cache does not know, in the given order as far as sizes allow."""
    cache.mkdir(parents=True, exist_ok=True)
    unknown = [photo for photo in photos if not (cache / _entry(photo)).exists()]
    if not unknown:
        return
    teacher, told = Teacher(folder, device), time.monotonic()
    waiting: dict[tuple[int, ...], list[np.ndarray]] = {}
    for number, photo in enumerate(unknown):
        same_size = waiting.setdefault(photo.shape, [])
        same_size.append(photo)
        if len(same_size) == batch:
            _ask(teacher, cache, waiting.pop(photo.shape))
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(time.strftime("%H:%M:%S"), f"the teacher has seen {number + 1} of {len(unknown)} photos", flush=True)
    for rest in waiting.values():
        _ask(teacher, cache, rest)


def cached(cache: Path, photo: np.ndarray) -> Tensor | None:
    """(170, H/8, W/8) what the teacher said of a photo, if it has seen it."""
    entry = cache / _entry(photo)
    if not entry.exists():
        return None
    with np.load(entry) as file:
        return decoded(file["kinds"])


def _ask(teacher: Teacher, cache: Path, photos: list[np.ndarray]) -> None:
    """Entries are written whole or not at all."""
    for photo, kinds in zip(photos, teacher(photos), strict=True):
        entry = cache / _entry(photo)
        part = entry.with_suffix(".part.npz")
        np.savez(part, kinds=coded(kinds))
        part.replace(entry)


def coded(probabilities: Tensor) -> np.ndarray:
    """Probabilities as bytes, by their square roots, so that small ones are kept: 0 and from 4e-6 to 1."""
    root: np.ndarray = (255 * probabilities.float().clamp(0, 1).sqrt()).round().byte().cpu().numpy()
    return root


def decoded(code: np.ndarray) -> Tensor:
    """What `coded` was given, float32, summing to 1 over the first axis."""
    probabilities = (torch.from_numpy(code).float() / 255) ** 2
    return probabilities / probabilities.sum(0).clamp_min(1e-6)


def _scores(network: torch.nn.Module, batch: Tensor, long: int) -> Tensor:
    """The network's logits of photos brought to a long side of 8 k + 1 pixels."""
    height, width = batch.shape[-2:]
    scale = long / max(height, width)
    size = tuple(8 * round(scale * side / 8) + 1 for side in (height, width))
    small = interpolate(batch, size, mode="bilinear", antialias=True, align_corners=False)
    return network(small, full=False)


def _at(size: tuple[int, int], planes: Tensor) -> Tensor:
    return interpolate(planes, size, mode="bilinear", align_corners=True)


def _entry(photo: np.ndarray) -> str:
    return hashlib.sha256(str(photo.shape).encode() + photo.tobytes()).hexdigest()[:24] + ".npz"


def _module(path: Path):
    if not path.exists():
        raise SystemExit(f"{path} is missing; --teacher takes a folder with graph.py and the networks that it runs")
    spec = importlib.util.spec_from_file_location("scene_teacher_graph", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
