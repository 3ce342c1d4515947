"""Nearest-neighbour feature matching (Kolkin et al. 2022, section 3.2): each feature goes to the style's most like it."""

import torch
from torch import Tensor
from torch.nn import functional as F


def nearest_distance(features: Tensor, samples: Tensor) -> Tensor:
    """1 - cosine of each feature with the sample that is most like it; which one that is has no gradient.

    Args:
        features: (n, C) of the picture, centred: less their mean.
        samples: (m, C) of the style, centred likewise, m at least 1.

    Returns:
        (n,) in [0, 2], 0 where a sample points the same way.

    Example:
        >>> two = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> nearest_distance(torch.tensor([[2.0, 0.0], [1.0, 1.0]]), two).round(decimals=2)
        tensor([0.0000, 0.2900])
    """
    unit = F.normalize(features, dim=1)
    known = F.normalize(samples, dim=1)
    with torch.no_grad():
        nearest = torch.cat([(part @ known.T).argmax(1) for part in torch.split(unit, 4096)])
    return 1 - (unit * known[nearest]).sum(1)
