"""What the second head of the scene network learns: directions whose products say how alike two places are to the teacher.

Of the teacher's probabilities of 170 kinds the square roots are taken; the product of two such vectors is the Bhattacharyya
coefficient, 1 for the same and 0 for what has no kind in common. Sixteen numbers that keep these products best are the
projections on the principal axes.
"""

from pathlib import Path

import torch
from scene_data import Scene
from scene_teacher import cached
from torch import Tensor

from photostyle.regions.segment.scene import EMBEDDING_WIDTH

CELLS = 200  # drawn from each photo
RARITY = 0.7  # 0: kinds count by their area; 1: all kinds alike
WHITENING = 0.15  # 0: products as they are; 0.5: every axis says as much as the first
SHORTEST = 0.3  # a projection of less length tells too little to be brought to 1


def axes_of(scenes: list[Scene], cache: Path, width: int = EMBEDDING_WIDTH) -> Tensor:
    """(width, 170): the principal axes of the roots, from those of the photos that the teacher has seen."""
    generator = torch.Generator().manual_seed(0)
    samples = []
    for scene in scenes:
        kinds = cached(cache, scene.photo)
        if kinds is not None:
            roots = kinds.flatten(1).sqrt().T
            samples.append(roots[torch.randint(len(roots), (CELLS,), generator=generator)])
    if not samples:
        raise SystemExit(f"{cache} knows none of the photos; give --teacher, which is asked about them")
    roots = torch.cat(samples)
    kinds = roots.argmax(1)
    share = torch.bincount(kinds, minlength=roots.shape[1]) / len(kinds)
    weights = share[kinds] ** -RARITY
    moments = (roots * weights[:, None]).T.double() @ roots.double() / weights.sum()
    values, vectors = torch.linalg.eigh(moments)
    values, vectors = values[-width:].flip(0), vectors[:, -width:].flip(1)
    return ((values / values[0]) ** -WHITENING * vectors).T.float().contiguous()


def embedded(kinds: Tensor, axes: Tensor) -> Tensor:
    """(E, h, w): directions of probabilities (170, h, w); shorter than 1 where the axes do not tell what is there."""
    projected = torch.tensordot(axes, kinds.sqrt(), 1)
    return projected / projected.norm(dim=0, keepdim=True).clamp_min(SHORTEST)
