"""How alike the regions of two photos are, and which goes with which when all are to find a partner at once."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import normalize

from photostyle.regions.regions import Regions
from photostyle.regions.summary import RegionSummary, heights

AnyRegions: TypeAlias = Regions | RegionSummary
FeatureFunction: TypeAlias = Callable[[AnyRegions, Literal["content", "style"]], Tensor]
Features: TypeAlias = FeatureFunction | tuple[Tensor, Tensor]

_HEIGHT_COST = 0.4  # how much of the similarity goes when one is at the top and the other at the bottom
_OTHER_NAME_COST = 0.03  # how much of it goes when their names differ, so that a photo pairs with itself
_DECISION = 30.0  # how decidedly the more similar region is chosen
_BALANCE = 0.9  # how far the style's regions are used in proportion to their area: 0 not at all, 1 exactly


def similarity(content: Regions, style: AnyRegions, features: Features | None) -> Tensor | None:
    """(R, S) similarity in 0..1: cosine of the features, less where heights in the photo or names differ.

    Args:
        content, style: the regions of the two photos.
        features: (R, F) and (S, F), or a function that gives them; None takes the regions' own.

    Returns:
        None where there are no features that can be compared.
    """
    if features is None:
        ours, theirs = content.features, style.features
        if ours is None or theirs is None or ours.shape[1] != theirs.shape[1]:
            return None
    elif callable(features):
        ours = features(content, "content")
        theirs = features(style, "style")
    else:
        ours, theirs = features
    cosine = (_unit_rows(ours) @ _unit_rows(theirs).T).clamp(0, 1)
    height_difference = (heights(content)[:, None] - heights(style)[None]).abs()
    other_name = torch.tensor([[name != other for other in style.names] for name in content.names])
    return cosine * (1 - _HEIGHT_COST * height_difference) * (1 - _OTHER_NAME_COST * other_name)


def likeness(content: AnyRegions, style: AnyRegions) -> Tensor | None:
    """(R, S) how much alike what two regions show is, by the segmenter's embedding: 1 for the same, near 0 for the unlike.

    It tells more finely than classes, and knows nothing of place and name. None where one of the photos has no embedding.
    """
    ours, theirs = content.embedding, style.embedding
    if ours is None or theirs is None or ours.shape[1] != theirs.shape[1]:
        return None
    return ours.cpu() @ theirs.cpu().T


def _unit_rows(features: Tensor) -> Tensor:
    return normalize(torch.as_tensor(features).float(), dim=1).cpu()


def transport(alike: Tensor, supply: Tensor, demand: Tensor, rounds: int = 60) -> Tensor:
    """Entropic optimal transport between regions, unbalanced on the style's side (Chizat et al. 2018).

    All of each content region goes somewhere similar; style regions are used nearly in proportion to their area, so
    that a sliver does not light half a photo when something larger is nearly as like.

    Args:
        alike: (R, S) similarity, 0..1.
        supply, demand: (R,) and (S,) shares of the photos' areas.
        rounds: of Sinkhorn's iteration.

    Returns:
        (R, S) share of the content's area that goes from r to s; rows sum to the supply.

    Example:
        >>> transport(torch.tensor([[0.9, 0.2], [0.3, 0.8]]), torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])).argmax(1)
        tensor([0, 1])
    """
    supply = supply.double().clamp_min(1e-9)
    demand = demand.double().clamp_min(1e-9)
    kernel = torch.exp(_DECISION * (alike.double() - 1)) * supply[:, None] * demand
    use = torch.ones_like(demand)
    for _ in range(rounds):
        rows = supply / (kernel @ use)
        use = (demand / (kernel.T @ rows)) ** _BALANCE
    return supply[:, None] * (kernel * use) / (kernel @ use)[:, None]
