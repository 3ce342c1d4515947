"""What `compact5` learns from: crops of pictures, and the principal components of VGG-19's features of them.

The data lie beside the checkout, in ../shared: photos, paintings and scenes, and teachers.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from distill_encoder import HELD_OUT_EVERY, add_disturbance, change_light, gram, relative
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders.compact5 import CHANNELS

LEVELS = tuple(CHANNELS)
SHARES = {"photos": 0.45, "paintings": 0.35, "scenes": 0.2}  # of the crops


# ---------------------------------------------------------------------------------------------------- pictures


def read_pictures(shared: Path) -> tuple[dict[str, list[Tensor]], dict[str, list[Tensor]]]:
    """(training, held-out) pictures of each source, each uint8 (3, H, W); BSDS500, in two sources, is never held out."""
    training, held_out = {}, {}
    for source in SHARES:
        paths = sorted((shared / source / "images").glob("*.jpg"))
        kept = [path for path in paths[::HELD_OUT_EVERY] if not path.name.startswith("bsds")]
        held_out[source] = [read(path) for path in kept]
        training[source] = [read(path) for path in paths if path not in set(kept)]
    return training, held_out


def read(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.asarray(image.convert("RGB")).copy()).permute(2, 0, 1)


def crop_of(picture: Tensor, size: int) -> Tensor:
    """A float crop at a random scale, from the picture's own to a third of it or the whole, mirrored half of the time."""
    height, width = picture.shape[1:]
    side = round(size * max(1.0, min(height, width) / size) ** float(torch.rand(())))
    side = min(side, 3 * size, height, width)
    top = int(torch.randint(0, height - side + 1, ()))
    left = int(torch.randint(0, width - side + 1, ()))
    crop = picture[:, top : top + side, left : left + side].float()[None] / 255
    if side != size:
        crop = F.interpolate(crop, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return crop[0].flip(2) if torch.rand(()) < 0.5 else crop[0]


def crops(pictures: dict[str, list[Tensor]], size: int, count: int) -> Tensor:
    """(count, 3, size, size) in [0, 1]: half as they are, half in another light, some disturbed."""
    chosen = []
    for source in np.random.choice(list(SHARES), count, p=list(SHARES.values())):
        crop = crop_of(pictures[source][int(torch.randint(0, len(pictures[source]), ()))], size)
        if torch.rand(()) < 0.5:
            crop = change_light(crop)
        chosen.append(add_disturbance(crop).clamp(0, 1))
    return torch.stack(chosen)


# ---------------------------------------------------------------------------------------------------- teachers


class Teacher:
    """Five levels of VGG-19's channels: 64, 128 and 256 of its own, 512 and 512 as a network of others has them."""

    def __init__(self, shared: Path, gradients: bool = False):
        module = _module(shared / "teachers" / "features.py")
        self.near, self.deep, self.gradients = module.vgg19(), module.distilled5(wide=True), gradients

    def __call__(self, x: Tensor, levels: Sequence[int] = range(5)) -> list[Tensor]:
        with torch.set_grad_enabled(self.gradients and torch.is_grad_enabled()):
            found = self.near(x) if min(levels) < 3 else {}
            deep = self.deep(x) if max(levels) >= 3 else {}
        return [(found if level < 3 else deep)[LEVELS[level]] for level in levels]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Level:
    """The view of a level's channels that the student learns.

    Attributes:
        basis: (C, k) orthonormal, the directions that hold most energy over photos.
        mean, deviation: (k, 1, 1), of each direction.
        variance: of all channels together, those left out too.
        gram_spread: mean squared relative distance between the Gram matrices of two crops.
    """

    basis: Tensor
    mean: Tensor
    deviation: Tensor
    variance: float
    gram_spread: float = 1.0

    @classmethod
    def of(cls, features: Tensor, count: int) -> "Level":
        pixels = features.permute(1, 0, 2, 3).flatten(1).double()
        second = pixels @ pixels.T / pixels.shape[1]
        basis = torch.linalg.eigh(second).eigenvectors.flip(1)[:, :count]
        mean = basis.T @ pixels.mean(1)
        deviation = ((basis.T @ second @ basis).diagonal() - mean.square()).clamp_min(1e-12).sqrt()
        level = cls(basis.float(), mean.float()[:, None, None], deviation.float()[:, None, None], float(pixels.var(1).sum()))
        grams = gram(level.project(features))
        level.gram_spread = float(relative(grams, grams.roll(1, 0), 0.03).mean())
        return level

    def project(self, features: Tensor) -> Tensor:
        """(B, k, h, w) of the teacher's (B, C, h, w)."""
        return torch.einsum("ck,bchw->bkhw", self.basis, features)

    def restore(self, learnt: Tensor) -> Tensor:
        """The same from the student's standardised components."""
        return self.mean + self.deviation * learnt
