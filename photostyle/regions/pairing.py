"""Which region of the style photo each region of the content photo takes its light from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from photostyle.errors import OptionError
from photostyle.regions.doubtful_pairs import ALIKE, DoubtfulPairs
from photostyle.regions.labels import coarse_class, optional_names, plain_name, related_classes
from photostyle.regions.likeness import AnyRegions, Features, likeness, similarity, transport
from photostyle.regions.regions import Regions
from photostyle.regions.swatches import ERASED

Kind = Literal["matched", "whole", "global", "protected", "ignored"]

LEAST_STYLE = 1e-3  # a style region of less share than this has too few pixels to take statistics from
_SMALL = 3.0  # a style region this many times smaller than the content's counts as less alike
_SMALL_COST = 0.2  # by this share of the similarity
_MOST_UNPAIRED = 0.5  # of the content without a partner: more, and it takes from the whole style in full
_FOUND_TRUST = 0.5  # trust in the best pairs of regions that were found, not named
_SURE = 0.7  # the similarity from which they have it


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
        warning: what is doubtful about it, for people.
    """

    content: str
    style: str | None
    how: str
    content_share: float = 0.0
    style_share: float = 0.0
    kind: Kind = "matched"
    trust: float = 1.0
    warning: str | None = None

    @property
    def in_full(self) -> bool:
        """Whether the region takes all of the light of a style region or of the whole style, not gently or not at all."""
        return self.kind in ("matched", "whole")


def pair_regions(
    content: Regions,
    style: AnyRegions,
    *,
    pairs: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    protect: Iterable[str] = (),
    features: Features | None = None,
    least: float = LEAST_STYLE,
) -> tuple[Pair, ...]:
    """One `Pair` for each content region, in the order of the content's names.

    A region takes what `pairs` asks, first of all. Regions painted by hand go by name: the region of its own name, else
    the nearest related class. Regions that a segmenter found go by likeness, since its names may err: by features,
    height in the photo and area, all regions at once (`transport`); those that a person painted among them go by name, and
    by likeness where no name fits. What finds no partner follows the whole style photo gently; where that is most of the
    content, in full, or there would be hardly a change to see.

    Args:
        content, style: the regions of the two photos; of the style a summary will do.
        pairs: content name to style name, over everything else.
        ignore: names, of either photo, whose pixels take no part.
        protect: content names that keep their own colours.
        features: colour-free descriptions, (R, F) of the content's and (S, F) of the style's regions, or a function
            `(regions, "content" | "style") -> (R, F)`; None takes the regions' own, where both have them.
        least: the least share of a style region that counts as a partner.

    Raises:
        OptionError: when a name is known to neither photo, and is no class that such a photo may have; it lists the known ones.
    """
    asked = dict(pairs or {})
    ignored = set(ignore)
    protected = set(protect)
    _check_pairs(content, style, asked)
    _check_names(content, style, ignored, protected)
    finder = _PartnerFinder(content, style, asked, ignored, features, least)
    made = []
    for place, (name, share) in enumerate(zip(content.names, content.shares(), strict=True)):
        if name in protected:
            made.append(Pair(name, None, "protected: keeps its colours", share, kind="protected"))
        elif name == ERASED and name not in asked:
            made.append(Pair(name, None, "erased in the mask: keeps its colours", share, kind="protected"))
        elif name in ignored:
            made.append(Pair(name, None, "ignored", share, kind="ignored"))
        else:
            made.append(finder.pair(place, name, share))
    return _with_whole_style(made)


class _PartnerFinder:
    """Finds what content regions take from; arguments as for `pair_regions`."""

    def __init__(
        self,
        content: Regions,
        style: AnyRegions,
        asked: Mapping[str, str],
        ignored: set[str],
        features: Features | None,
        least: float,
    ):
        self.style = style
        self.asked = asked
        self.named = content.named
        self.shares = dict(zip(style.names, style.shares(), strict=True))
        unused = {*ignored, ERASED}
        self.candidates = [name for name in style.names if self.shares[name] >= least and name not in unused]
        self.likely: list[tuple[str, float]] | None = None  # for each content region its partner and their similarity
        columns = [style.index(name) for name in self.candidates]
        alike = similarity(content, style, features)
        if alike is not None:
            alike = alike[:, columns]
            if self.candidates:
                self.likely = self._likely_partners(content, alike)
        told = likeness(content, style)
        if told is not None:
            told = told[:, columns]
        self.doubtful = DoubtfulPairs(self.candidates, self.shares, alike, told)

    def _likely_partners(self, content: Regions, alike: Tensor) -> list[tuple[str, float]]:
        """For each content region the candidate that the transport sends most of it to, and their similarity, out of (R, S)."""
        supply = torch.tensor(content.shares())
        demand = torch.tensor([self.shares[name] for name in self.candidates])
        alike = alike * (1 - _SMALL_COST * (supply[:, None] > _SMALL * demand))
        columns = transport(alike, supply, demand).argmax(1).tolist()
        return [(self.candidates[column], float(alike[row, column])) for row, column in enumerate(columns)]

    def pair(self, place: int, name: str, share: float) -> Pair:
        """The pair of a content region, by its place, name and share of the area."""
        trust = 1.0
        if name in self.asked:
            partner: str | None = self.asked[name]
            how = "asked"
        else:
            partner = None
            how = ""
            if self.likely is None or name in self.named:
                partner, how = self._by_name(name)
            if self.likely is not None and partner is None:
                other, score = self.likely[place]
                partner, how = self._by_likeness(name, other, score)
                trust = _FOUND_TRUST * min(1.0, score / _SURE)
        if partner is None:
            return Pair(name, None, how, share, kind="global", trust=trust)
        warning = None
        if name not in self.asked:
            warning = self.doubtful.warning(place, name, share, partner)
        return Pair(name, partner, how, share, self.shares.get(partner, 0.0), trust=trust, warning=warning)

    def _by_likeness(self, name: str, other: str, score: float) -> tuple[str | None, str]:
        """The likely partner where it is alike enough, and how that came about, or None and why."""
        if score < ALIKE:
            return None, f"nothing in the style is like its {name} ({score:.2f})"
        if other == name:
            return other, f"same class ({score:.2f})"
        if other in dict(related_classes(name)):
            return other, f"related ({score:.2f})"
        return other, f"alike ({score:.2f})"

    def _by_name(self, name: str) -> tuple[str | None, str]:
        """The region of the same name, or of a related class, and how that came about, or None and why."""
        if name in self.candidates:
            return name, "same name"
        for other in self.candidates:
            if plain_name(other) == plain_name(name):
                return other, "same name"
        for other, cost in related_classes(name):
            if other in self.candidates:
                return other, f"related ({cost:.2g})"
        kind = coarse_class(name)
        if kind is not None:
            for wanted, cost in ((kind, 0.0), *related_classes(kind)):
                for other in self.candidates:
                    if coarse_class(other) == wanted:
                        return other, f"related ({cost:.2g})" if cost else f"both are {wanted}"
        if self.style.names == ("all",):
            return None, "the style has no mask"
        if name in self.shares:
            return None, f"the style's {name} is under {LEAST_STYLE:.1%}"
        return None, f"the style has no {name}"


def _with_whole_style(pairs: list[Pair]) -> tuple[Pair, ...]:
    """The pairs; regions without partners take from the whole style: in full where they are most of the content, else gently."""
    unpaired = sum(pair.content_share for pair in pairs if pair.kind == "global")
    counted = sum(pair.content_share for pair in pairs if pair.kind in ("global", "matched"))
    kind: Kind = "global"
    effect = "gently"
    if unpaired > _MOST_UNPAIRED * counted:
        kind = "whole"
        effect = "as most of the photo does"
    made = []
    for pair in pairs:
        if pair.kind == "global":
            pair = replace(pair, kind=kind, how=f"{pair.how}: takes from the whole style, {effect}")
        made.append(pair)
    return tuple(made)


def _check_pairs(content: Regions, style: AnyRegions, pairs: Mapping[str, str]) -> None:
    """An OptionError for a pair of which a region is not there."""
    optional = optional_names(content.names)
    for left, right in pairs.items():
        if left not in content.names and left not in optional:
            raise OptionError(f"pair {left}={right}: the content has no region {left!r}; it has {', '.join(content.names)}")
        if right not in style.names:
            raise OptionError(f"pair {left}={right}: the style has no region {right!r}; it has {', '.join(style.names)}")


def _check_names(content: Regions, style: AnyRegions, ignored: set[str], protected: set[str]) -> None:
    """An OptionError for a region to ignore or to protect that is not there, or is both."""
    ours = ", ".join(content.names)
    theirs = ", ".join(style.names)
    optional = optional_names(content.names)
    for name in sorted(ignored - optional - set(content.names) - set(style.names)):
        raise OptionError(f"ignore {name}: neither photo has it; the content has {ours}; the style has {theirs}")
    for name in sorted(protected - optional - set(content.names)):
        raise OptionError(f"protect {name}: the content has no such region; it has {ours}")
    for name in sorted(protected & ignored):
        raise OptionError(f"{name!r} is both protected and ignored; choose one")
