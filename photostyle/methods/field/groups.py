"""What is solved as one: regions that take from one style region; and the whole photo, for what is doubtful in the others.

A partner that was only found, and that is not much like the region, may be the wrong one. The transform from the whole photo to
the whole style is the better one then, more often than not; so a region gives a part of each of its pixels to it, as large as
the doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from photostyle.regions import Pair

SURE = 0.46  # trust from which nothing is doubted: regions of a likeness of 0.65
DOUBTED = 0.25  # trust under which all is: of a likeness of 0.35


@dataclass(frozen=True)
class Groups:
    """R regions in G groups, each of which is solved as one.

    Args:
        pairs: G, what each group takes from.
        shares: (R, G) in [0, 1], how much of a region's pixels each group transforms; rows sum to 1.
        members: (R, G), 1 where a region's pixels are asked for the style of the group's partner, else 0.
    """

    pairs: tuple[Pair, ...]
    shares: Tensor
    members: Tensor

    def parts(self, masks: Tensor) -> Tensor:
        """(G, H, W) how much of each pixel each group transforms, of the regions' masks (R, H, W)."""
        return torch.einsum("rg,rhw->ghw", self.shares.to(masks), masks)

    def counted(self, masks: Tensor) -> Tensor:
        """(G, H, W) how much of each pixel counts in each group, of the regions' masks (R, H, W)."""
        return torch.einsum("rg,rhw->ghw", self.members.to(masks), masks)

    def of_regions(self, values: Tensor) -> Tensor:
        """(R, ...) the groups' values (G, ...), mixed as the groups are."""
        mixed: Tensor = torch.tensordot(self.shares.to(values), values, 1)
        return mixed

    def least(self, values: Tensor | None) -> Tensor | None:
        """(G, ...) the least of the values (R, ...) of each group's members; None for None."""
        if values is None:
            return None
        rows = []
        for member in self.members.T:
            rows.append(values[member.gt(0).to(values.device)].amin(0))
        return torch.stack(rows)


def grouped(pairs: Sequence[Pair]) -> Groups:
    """The groups of R pairs; the last is the whole photo's where a pair is doubted."""
    numbers = sharing(pairs)
    count = max(numbers) + 1
    members = torch.nn.functional.one_hot(torch.tensor(numbers), count).float()
    of_groups = []
    for group in range(count):
        of_groups.append(joined([pair for pair, own in zip(pairs, numbers, strict=True) if own == group]))
    doubts = torch.tensor([doubt(pair) for pair in of_groups])
    if not doubts.any():
        return Groups(tuple(of_groups), members, members)
    areas = torch.tensor([pair.content_share for pair in pairs]) @ members
    pull = 0.0
    kept: list[Pair] = []
    for pair, share, area in zip(of_groups, doubts.tolist(), areas.tolist(), strict=True):
        pull += share * pair.trust * area
        kept.append(replace(pair, trust=(1 - share) * pair.trust))
    kept.append(Pair("(whole photo)", None, "for what is doubtful", 1.0, kind="whole", trust=pull))
    of_whole = (members @ doubts)[:, None]
    shares = torch.cat([members * (1 - doubts), of_whole], 1)
    taking_part = torch.tensor([[float(pair.kind not in ("protected", "ignored"))] for pair in pairs])
    return Groups(tuple(kept), shares, torch.cat([members, taking_part], 1))


def doubt(pair: Pair) -> float:
    """How much of a region is better given to the whole photo's transform, 0 to 1."""
    if pair.kind != "matched":
        return 0.0
    return min(1.0, max(0.0, (SURE - pair.trust) / (SURE - DOUBTED)))


def joined(pairs: Sequence[Pair]) -> Pair:
    """One pair for regions that are solved as one: trusted as they are on average, by area."""
    area = sum(pair.content_share for pair in pairs)
    if not area:
        return pairs[0]
    trust = sum(pair.content_share * pair.trust for pair in pairs) / area
    return replace(pairs[0], trust=trust)


def sharing(pairs: Sequence[Pair]) -> list[int]:
    """Which regions are solved as one, a number for each: those that take from the same style region.

    Each by itself would be given all of that region's tones, its darkest and its brightest; together they keep the order
    of light that they have between them.

    >>> sharing([Pair("sky", "sky", "matched"), Pair("grass", "sky", "matched"), Pair("cat", None, "global")])
    [0, 0, 1]
    """
    numbers: dict[object, int] = {}
    groups = []
    for place, pair in enumerate(pairs):
        key: object = place  # by itself
        if pair.kind == "matched":
            key = (pair.style,)
        elif pair.kind == "whole":
            key = (None,)
        numbers.setdefault(key, len(numbers))
        groups.append(numbers[key])
    return groups
