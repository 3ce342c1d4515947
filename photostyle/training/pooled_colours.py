"""What a field between two sets of photos begins with: the way from all colours of the one set to all colours of the other.

The colours of the photos of a set are pooled, whatever the photos show. The Monge-Kantorovich map brings the pools' means and
covariances together, sliced transport (Rabin et al. 2011) the rest; a field's table that is the same everywhere is fitted to it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from photostyle.colour import directions, monge_kantorovich, quantiles, sliced_transfer
from photostyle.networks.translation.field import FieldShape, levels_of, node_shares
from photostyle.training.adversarial.rivals import guides_of

MOST = 40_000  # colours of a set
DIRECTIONS = 48
QUANTILES = 1024
ROUNDS = 20  # of transport
FLOOR = 1e-5  # of the map's covariances; see `monge_kantorovich`
RIDGE = 1e-5  # squared colours: how strong changes of a level are held back where few colours lie


@torch.no_grad()
def table_between(given: Sequence[np.ndarray], wanted: Sequence[np.ndarray], shape: FieldShape) -> Tensor:
    """The table that brings pooled colours of photos to those of other photos, the same at all places.

    Args:
        given, wanted: (H, W, 3) uint8 each, photos of any sizes, sRGB-encoded.
        shape: of the field: how deep it is, and whether levels come before it.

    Returns:
        (depth, 3, 4), offsets from the identity.
    """
    colours, guides = _pooled(given, shape.levels)
    goal, _ = _pooled(wanted, levels=False)
    T = monge_kantorovich(colours.mean(1), torch.cov(colours), goal.mean(1), torch.cov(goal), FLOOR)
    near = colours + T[:, :3] @ colours + T[:, 3:]
    moved = sliced_transfer(near, quantiles(directions(DIRECTIONS) @ goal, QUANTILES), ROUNDS)
    return _fitted(colours, guides, moved.clamp(0, 1) - colours, shape.depth)


def _fitted(colours: Tensor, guides: Tensor, change: Tensor, depth: int) -> Tensor:
    """The table whose change of colours (3, n) at guides (n,) is the nearest to a change (3, n), by least squares."""
    shares = node_shares(guides.double(), depth)
    ones = torch.cat([colours, torch.ones_like(colours[:1])]).double()
    system = (shares[:, :, None] * ones.T[:, None]).flatten(1)
    normal = system.T @ system / len(system) + RIDGE * torch.eye(system.shape[1], dtype=system.dtype)
    solved = torch.linalg.solve(normal, system.T @ change.double().T / len(system))
    table: Tensor = solved.reshape(depth, 4, 3).movedim(1, 2).float()
    return table


def _pooled(photos: Sequence[np.ndarray], levels: bool) -> tuple[Tensor, Tensor]:
    """Colours (3, n) in [0, 1], stretched by levels where these come first, and guides (n,): as many of each photo."""
    random = torch.Generator().manual_seed(0)
    each = max(1, MOST // len(photos))
    colours, guides = [], []
    for photo in photos:
        picture = torch.from_numpy(photo).movedim(-1, 0)[None].float() / 255
        guide = guides_of(picture).flatten()
        if levels:
            gain, offset = levels_of(picture)
            picture = gain[:, :, None, None] * picture + offset[:, :, None, None]
        chosen = torch.randperm(len(guide), generator=random)[:each]
        colours.append(picture[0].flatten(1)[:, chosen])
        guides.append(guide[chosen])
    return torch.cat(colours, 1), torch.cat(guides)
