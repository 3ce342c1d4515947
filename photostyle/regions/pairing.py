"""Which region of the style photo each region of the content photo takes its light from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from photostyle.errors import OptionError
from photostyle.regions.described import Described, heights
from photostyle.regions.labels import may_lack
from photostyle.regions.regions import Colour, Regions

Kind = Literal["matched", "whole", "global", "protected", "ignored"]
Features = Callable[[Regions, Literal["content", "style"]], Tensor]

LEAST_STYLE = 1e-3  # a style region of less share than this has too few pixels to take statistics from
_ALIKE = 0.2  # the least similarity (0..1) at which two regions pair
_OTHER_CLASS = 0.03  # how much of it goes when their classes differ, so that a photo pairs with itself
_POSITION = 0.4  # how much of the similarity goes when one is at the top and the other at the bottom
_DECISION = 30.0  # how decidedly the more similar region is chosen
_SCANT, _SCANT_COST = 3.0, 0.2  # a style region of a third of the area, or less, is that much less like it
_ALONE = 0.5  # of the content without a partner: more, and it takes from the whole style in full
_FOUND_TRUST, _SURE = 0.5, 0.7  # trust in the best pairs of found regions, and the similarity from which they have it
_BALANCE = 0.9  # how far the style's regions are used in proportion to their area: 0 not at all, 1 exactly


@dataclass(frozen=True)
class Pair:
    """A content region and what it takes from.

    Args:
        content: the content region's name.
        style: the style region's name, or None: nothing of its own.
        how: how this came about, for people.
        content_share, style_share: shares of the photos' areas, 0..1.
        kind: "matched" takes from `style`; "whole" from the whole style photo; "global" too, but gently; "protected" keeps
            its own colours; "ignored" takes no part in the statistics and keeps the global look.
        trust: how far the pair is to be believed, 0..1: the colours of a partner that was only found likely are followed
            less closely than those of one that a person named, and from place to place hardly at all.
    """

    content: str
    style: str | None
    how: str
    content_share: float = 0.0
    style_share: float = 0.0
    kind: Kind = "matched"
    trust: float = 1.0

    @property
    def in_full(self) -> bool:
        """Whether the region takes all of the light of a style region or of the whole style, not gently or not at all."""
        return self.kind in ("matched", "whole")


def pair_regions(
    content: Regions,
    style: Regions | Described,
    *,
    pairs: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    protect: Iterable[str] = (),
    features: Features | tuple[Tensor, Tensor] | None = None,
    least: float = LEAST_STYLE,
) -> tuple[Pair, ...]:
    """One `Pair` for each content region, in the order of the content's names.

    A region takes what `pairs` asks, first of all. Regions painted by hand go by name: the region of its own name, else
    its nearest kin in the table of classes. Regions that a segmenter found go by likeness, since its names may err: by
    features, height in the photo and area, all regions at once (`transport`). What finds no partner follows the whole
    style photo gently; where that is most of the content, in full, or there would be hardly a change to see.

    Args:
        content, style: the regions of the two photos; of the style a description without masks will do.
        pairs: content name to style name, over everything else.
        ignore: names, of either photo, whose pixels take no part.
        protect: content names that keep their own colours.
        features: colour-free descriptions, (R, F) of the content's and (S, F) of the style's regions, or a function
            `(regions, "content" | "style") -> (R, F)`; None takes the regions' own, where both have them.
        least: the least share of a style region that counts as a partner.

    Raises:
        OptionError: when a name is known to neither photo, and is no class that such a photo may have; it lists the known ones.
    """
    pairs, ignore, protect = dict(pairs or {}), set(ignore), set(protect)
    _check_names(content, style, pairs, ignore, protect)
    shares = dict(zip(style.names, style.shares(), strict=True))
    able = [name for name in style.names if shares[name] >= least and name not in ignore]
    alike = _similarity(content, style, features)
    likely = None if alike is None else _likely_partners(content, style, alike, able, shares)
    made = []
    for place, (name, share) in enumerate(zip(content.names, content.shares(), strict=True)):
        if name in protect:
            made.append(Pair(name, None, "protected: keeps its colours", share, 0.0, "protected"))
        elif name in ignore:
            made.append(Pair(name, None, "ignored", share, 0.0, "ignored"))
        else:
            partner, how = _partner(name, pairs, able, style, shares, None if likely is None else likely[place])
            kind = "global" if partner is None else "matched"
            trust = 1.0 if likely is None or name in pairs else _FOUND_TRUST * min(1.0, likely[place][1] / _SURE)
            made.append(Pair(name, partner, how, share, shares.get(partner, 0.0), kind, trust))
    return _with_effect(made)


def kin(name: str) -> tuple[tuple[str, float], ...]:
    """The kin of a class, nearest first, as (class, cost); empty for a name that is no class."""
    try:
        from photostyle.regions.labels import KINSHIP
    except ImportError:
        return ()
    return tuple(sorted(KINSHIP.get(name, ()), key=lambda pair: pair[1]))


@dataclass(frozen=True)
class Row:
    """A line of the table of regions: plain data for whoever prints it."""

    swatch: Colour
    name: str
    content_share: float
    style_share: float
    pair: str
    how: str


def fit_table(content: Regions, style: Regions | Described, pairs: Iterable[Pair]) -> tuple[Row, ...]:
    """The table of regions: the content's, largest first, then the style's that nobody takes from.

    Args:
        content, style: the regions.
        pairs: as `pair_regions` made them.
    """
    pairs = tuple(pairs)
    shown = {"matched": None, "whole": "whole style", "global": "whole style", "protected": "own colours", "ignored": "-"}
    swatches = dict(zip(content.names, content.colours, strict=True))
    rows = [
        Row(swatches[p.content], p.content, p.content_share, p.style_share, shown[p.kind] or p.style, p.how)
        for p in sorted(pairs, key=lambda p: -p.content_share)
    ]
    taken = {p.style for p in pairs}
    unused = [
        Row(colour, name, 0.0, share, "-", "unused: the content takes from other regions")
        for name, colour, share in zip(style.names, style.colours, style.shares(), strict=True)
        if name not in taken
    ]
    return tuple(rows + sorted(unused, key=lambda row: -row.style_share))


def _with_effect(pairs: list[Pair]) -> tuple[Pair, ...]:
    """The pairs; regions without partners take from the whole style: in full where they are most of the content, else gently."""
    alone = sum(pair.content_share for pair in pairs if pair.kind == "global")
    whole = alone > _ALONE * sum(pair.content_share for pair in pairs if pair.kind in ("global", "matched"))
    kind, effect = ("whole", "as most of the photo does") if whole else ("global", "gently")
    told = lambda pair: replace(pair, kind=kind, how=f"{pair.how}: takes from the whole style, {effect}")
    return tuple(told(pair) if pair.kind == "global" else pair for pair in pairs)


def _check_names(content: Regions, style: Regions | Described, pairs: dict, ignore: set, protect: set) -> None:
    known = lambda regions: ", ".join(regions.names)
    both = f"the content has {known(content)}; the style has {known(style)}"
    lacking = may_lack(content.names)
    for left, right in pairs.items():
        if left not in content.names and left not in lacking:
            raise OptionError(f"--pair {left}={right}: the content has no region {left!r}; it has {known(content)}")
        if right not in style.names:
            raise OptionError(f"--pair {left}={right}: the style has no region {right!r}; it has {known(style)}")
    for name in sorted(ignore - lacking - set(content.names) - set(style.names)):
        raise OptionError(f"--ignore {name}: neither photo has it; {both}")
    for name in sorted(protect - lacking - set(content.names)):
        raise OptionError(f"--protect {name}: the content has no such region; it has {known(content)}")
    for name in sorted(protect & ignore):
        raise OptionError(f"{name!r} is both protected and ignored; choose one")


def _partner(name, pairs, able, style, shares, likely) -> tuple[str | None, str]:
    """The style region a content region takes from, and how that came about, or None and why."""
    if name in pairs:
        return pairs[name], "asked"
    if likely is not None:
        other, score = likely
        if score >= _ALIKE:
            related = "same class" if other == name else "kin" if other in dict(kin(name)) else "alike"
            return other, f"{related} ({score:.2f})"
        return None, f"nothing in the style is like its {name} ({score:.2f})"
    if name in able:
        return name, "same name"
    for other, cost in kin(name):
        if other in able:
            return other, f"kin ({cost:.2g})"
    if style.names == ("all",):
        return None, "the style has no mask"
    if name in shares:
        return None, f"the style's {name} is under {LEAST_STYLE:.1%}"
    return None, f"the style has no {name}"


def _likely_partners(content: Regions, style: Regions | Described, alike: Tensor, able, shares) -> list[tuple[str, float]] | None:
    """For each content region the style region that the transport sends most of it to, and their similarity."""
    if not able:
        return None
    supply, demand = torch.tensor(content.shares()), torch.tensor([shares[name] for name in able])
    alike = alike[:, [style.index(name) for name in able]]
    alike = alike * (1 - _SCANT_COST * (supply[:, None] > _SCANT * demand))
    chosen = transport(alike, supply, demand).argmax(1).tolist()
    return [(able[column], float(alike[row, column])) for row, column in enumerate(chosen)]


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
    supply, demand = supply.double().clamp_min(1e-9), demand.double().clamp_min(1e-9)
    kernel = torch.exp(_DECISION * (alike.double() - 1)) * supply[:, None] * demand
    use = torch.ones_like(demand)
    for _ in range(rounds):
        rows = supply / (kernel @ use)
        use = (demand / (kernel.T @ rows)) ** _BALANCE
    return supply[:, None] * (kernel * use) / (kernel @ use)[:, None]


def _similarity(content: Regions, style: Regions | Described, features) -> Tensor | None:
    """(R, S) similarity in 0..1: cosine of the features, less where the heights in the photo differ."""
    if features is None:
        if content.features is None or style.features is None or content.features.shape[1] != style.features.shape[1]:
            return None
        features = content.features, style.features
    a, b = (features(content, "content"), features(style, "style")) if callable(features) else features
    a, b = (torch.nn.functional.normalize(torch.as_tensor(x).float(), dim=1).cpu() for x in (a, b))
    apart = (heights(content)[:, None] - heights(style)[None]).abs()
    other = torch.tensor([[ours != theirs for theirs in style.names] for ours in content.names])
    return (a @ b.T).clamp(0, 1) * (1 - _POSITION * apart) * (1 - _OTHER_CLASS * other)
