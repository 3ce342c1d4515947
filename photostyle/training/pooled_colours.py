"""What a field between two sets of photos begins with: the way from all colours of the one set to all colours of the other.

The colours of the photos of a set are pooled, whatever the photos show. The Monge-Kantorovich map brings the pools' means and
covariances together, sliced transport (Rabin et al. 2011) the rest; a field's table that is the same everywhere is fitted to it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from photostyle.colour import directions, monge_kantorovich, quantiles, sliced_transfer
from photostyle.networks.translation.field import FieldGenerator, leveled, node_shares, statistics_of
from photostyle.training.adversarial.rivals import guides_of

MOST = 40_000  # colours of a set
DIRECTIONS = 48
QUANTILES = 1024
ROUNDS = 20  # of transport
FLOOR = 1e-5  # of the covariances of colours; see `monge_kantorovich`
FLOOR_OF_CONTRAST = 1e-3  # the same, of contrasts
RIDGE = 1e-5  # squared colours: how strong changes of a level are held back where few colours lie

First = Callable[[Tensor], tuple[Tensor, Tensor] | tuple[None, None]]


@torch.no_grad()
def begin_with_colours(generator: FieldGenerator, given: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> None:
    """Let a field begin with what brings pooled colours of photos to those of other photos.

    Args:
        generator: changed in place.
        given, wanted: (H, W, 3) uint8 each, photos of any sizes, sRGB-encoded.
    """
    if generator.shape.own:
        pairs = zip(_statistics(given), _statistics(wanted), (FLOOR, FLOOR_OF_CONTRAST), strict=True)
        generator.means, generator.contrasts = (_between(one.T, other.T, floor) for one, other, floor in pairs)
    colours, guides = _pooled(given, generator.first)
    goal, _ = _pooled(wanted)
    near = _through(_between(colours, goal), colours)
    moved = sliced_transfer(near, quantiles(directions(DIRECTIONS) @ goal, QUANTILES), ROUNDS)
    generator.begin_with(_fitted(colours, guides, moved.clamp(0, 1) - colours, generator.shape.depth))


def _between(values: Tensor, goal: Tensor, floor: float = FLOOR) -> Tensor:
    """The Monge-Kantorovich map between samples (3, n) and (3, m)."""
    return monge_kantorovich(values.mean(1), torch.cov(values), goal.mean(1), torch.cov(goal), floor)


def _through(rule: Tensor, values: Tensor) -> Tensor:
    return values + rule[:, :3] @ values + rule[:, 3:]


def _statistics(photos: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Means and contrasts of photos, (N, 3) each."""
    means, contrasts = zip(*(statistics_of(_picture(photo)) for photo in photos), strict=True)
    return torch.cat(means), torch.cat(contrasts)


def _picture(photo: np.ndarray) -> Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(photo).movedim(-1, 0)[None].float() / 255


def _fitted(colours: Tensor, guides: Tensor, change: Tensor, depth: int) -> Tensor:
    """The table whose change of colours (3, n) at guides (n,) is the nearest to a change (3, n), by least squares."""
    shares = node_shares(guides.double(), depth)
    ones = torch.cat([colours, torch.ones_like(colours[:1])]).double()
    system = (shares[:, :, None] * ones.T[:, None]).flatten(1)
    normal = system.T @ system / len(system) + RIDGE * torch.eye(system.shape[1], dtype=system.dtype)
    solved = torch.linalg.solve(normal, system.T @ change.double().T / len(system))
    table: Tensor = solved.reshape(depth, 4, 3).movedim(1, 2).float()
    return table


def _pooled(photos: Sequence[np.ndarray], first: First = lambda view: (None, None)) -> tuple[Tensor, Tensor]:
    """Colours (3, n) after the gains and offsets that come first, and guides (n,): as many of each photo."""
    random = torch.Generator().manual_seed(0)
    each = max(1, MOST // len(photos))
    colours, guides = [], []
    for photo in photos:
        picture = _picture(photo)
        guide = guides_of(picture).flatten()
        gain, offset = first(picture)
        if gain is not None and offset is not None:
            picture = leveled(picture, gain, offset)
        chosen = torch.randperm(len(guide), generator=random)[:each]
        colours.append(picture[0].flatten(1)[:, chosen])
        guides.append(guide[chosen])
    return torch.cat(colours, 1), torch.cat(guides)
