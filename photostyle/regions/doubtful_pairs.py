"""What a user is told of pairs that may be wrong, and what would mend each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from photostyle.regions.labels import coarse_class, plain_name, related_classes

ALIKE = 0.2  # the least similarity (0..1) at which two regions pair
_SLIVER = 0.05  # of the style: a partner of less share is doubted,
_MUCH_MORE = 4.0  # where another that would do is so many times larger
_COUNTS = 0.05  # of the content: a region of this share is told of,
_WEAK = 0.4  # where its partner's likeness is less than this,
_BETTER = 0.1  # or another's is so much greater


@dataclass(frozen=True)
class DoubtfulPairs:
    """Warns of pairs that were found or that follow from names, not of those that a user asked for.

    Args:
        candidates: S names of style regions that may be taken from.
        shares: of the style's area, by name.
        alike: (R, S) similarity of the content's regions to them by classes, 0..1; None where it is not known.
        likeness: (R, S) their likeness by what a segmenter's embedding says, -1..1, 0 in all of a row of which nothing is known;
            None where no segmenter has told.
    """

    candidates: Sequence[str]
    shares: Mapping[str, float]
    alike: Tensor | None
    likeness: Tensor | None

    def warning(self, place: int, name: str, share: float, partner: str) -> str | None:
        """What is doubtful about a pair, or None.

        Args:
            place, name, share: of the content region.
            partner: the style region that it takes from.
        """
        return self._sliver(place, name, share, partner) or self._weak(place, name, share, partner)

    def _sliver(self, place: int, name: str, share: float, partner: str) -> str | None:
        """A warning where the partner is a sliver of the style, and another that would do is much larger."""
        taken = self.shares[partner]
        if taken >= min(_SLIVER, share):
            return None
        best = None
        most = 0.0
        for column, other in enumerate(self.candidates):
            gain = self.shares[other] * self._fitness(place, name, column)
            if other != partner and self.shares[other] >= _MUCH_MORE * taken and gain > most:
                best = other
                most = gain
        if best is None:
            return None
        return (
            f"{name}: takes from {taken:.1%} of the style, its {partner}; its {best} has {self.shares[best]:.0%} and may serve "
            f"better: pair {name}={best}"
        )

    def _fitness(self, place: int, name: str, column: int) -> float:
        """How well a content region could take from a style region, by class and by likeness: 0 where it could not, to 1."""
        other = self.candidates[column]
        if plain_name(name) == plain_name(other):
            return 1.0
        fitness = 0.0
        ours = coarse_class(name)
        theirs = coarse_class(other)
        if ours is not None and theirs is not None:
            costs = {ours: 0.0, **dict(related_classes(ours))}
            fitness = 1 - costs.get(theirs, 1.0)
        if self.alike is not None:
            alike = float(self.alike[place, column])
            if alike >= ALIKE:
                fitness = max(fitness, alike)
        return fitness

    def _weak(self, place: int, name: str, share: float, partner: str) -> str | None:
        """A warning where a region that counts shows other things than its partner, or where another would be more like it."""
        if self.likeness is None or share < _COUNTS or partner not in self.candidates or not self.likeness[place].any():
            return None
        others = dict(zip(self.candidates, self.likeness[place].tolist(), strict=True))
        here = others.pop(partner)
        taken = f"{name}: takes from the style's {partner}, a likeness of {max(here, 0):.2f}"
        best = max(others, key=others.__getitem__, default=partner)
        if best != partner and others[best] >= max(_WEAK, here + _BETTER):
            return f"{taken}; its {best} is more like it ({others[best]:.2f}): pair {name}={best}"
        if here < _WEAK:
            return f"{taken}, and nothing there is like it: protect {name} keeps its light"
        return None
