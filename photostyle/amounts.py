"""Amounts: how much of a transform to give, for all regions or by region."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from photostyle.errors import OptionError
from photostyle.option_fields import is_number
from photostyle.option_text import REST, parse_amount

Amount = float | str | Mapping[str, float]
AMOUNTS = ("strength", "luma", "chroma")
MOST_AMOUNT = 1.5


@dataclass(frozen=True)
class Amounts:
    """How much of a transform to give: a number for all regions, or numbers by region.

    Args:
        strength: of the whole change, 0 to 1.5; 0 gives the photo itself, 1 the change as it was found.
        luma, chroma: of the change of light and of colour, 0 to 1.5.
            Each is a number, a text such as "0.8,sky=0.4", or a mapping of region names to numbers in which `REST` ("*")
            stands for the regions that are not named.

    Raises:
        OptionError: an amount is no number in its range.

    Example:
        >>> Amounts("0.8,sky=0.4").by_region(("sky", "sea")).strength
        (0.4, 0.8)
    """

    strength: Amount = 1.0
    luma: Amount = 1.0
    chroma: Amount = 1.0

    def __post_init__(self) -> None:
        for name in AMOUNTS:
            object.__setattr__(self, name, _checked_amount(name, getattr(self, name)))

    @property
    def change_nothing(self) -> bool:
        """Whether the photo comes back as it is."""
        return self.strength == 0 or (self.luma == 0 and self.chroma == 0)

    def by_region(self, regions: Sequence[str], may_lack: Collection[str] = ()) -> "RegionAmounts":
        """One number a region.

        Args:
            regions: the names of the regions.
            may_lack: names that the amounts may mention although no region has them.

        Raises:
            OptionError: an amount names a region that is not there.
        """
        numbers = {}
        for name in AMOUNTS:
            numbers[name] = _numbers(name, getattr(self, name), regions, may_lack)
        return RegionAmounts(**numbers)

    def of_regions(self, regions: Sequence[str]) -> "Amounts":
        """The amounts without what they say of regions that are not there: in a set, a photo need not show them all."""
        changes = {}
        for name in AMOUNTS:
            amount = getattr(self, name)
            if isinstance(amount, Mapping):
                changes[name] = {region: value for region, value in amount.items() if region in (REST, *regions)}
        return replace(self, **changes)

    def protecting(self, regions: Collection[str]) -> "Amounts":
        """The amounts with no change at all for some regions."""
        if not regions:
            return self
        strength: dict[str, Any] = {REST: self.strength}
        if isinstance(self.strength, Mapping):
            strength = dict(self.strength)
        for region in regions:
            strength[region] = 0.0
        return replace(self, strength=strength)


@dataclass(frozen=True)
class RegionAmounts:
    """`Amounts` as one number for each region, in the order of the regions."""

    strength: tuple[float, ...]
    luma: tuple[float, ...]
    chroma: tuple[float, ...]

    @property
    def all_one(self) -> bool:
        """Whether the transform is given exactly as it was found."""
        return all(amount == 1 for amount in (*self.strength, *self.luma, *self.chroma))


def _checked_amount(name: str, value: Any) -> float | dict[str, float]:
    """An amount as a number, or as a mapping where it differs by region."""
    if isinstance(value, str):
        value = parse_amount(value, name)
    if isinstance(value, Mapping):
        for region, amount in value.items():
            if not is_number(amount) or not 0 <= amount <= MOST_AMOUNT:
                raise OptionError(f"{name} of {region!r} must be a number from 0 to {MOST_AMOUNT}, got {amount!r}")
        return dict(value)
    if not is_number(value) or not 0 <= value <= MOST_AMOUNT:
        raise OptionError(f"{name} must be a number from 0 to {MOST_AMOUNT}, got {value!r}")
    return float(value)


def _numbers(name: str, amount: Any, regions: Sequence[str], may_lack: Collection[str]) -> tuple[float, ...]:
    """An amount, checked already, as one number for each region."""
    if not isinstance(amount, Mapping):
        return (float(amount),) * len(regions)
    for region in amount:
        if region not in (REST, *regions, *may_lack):
            raise OptionError(f"{name}: no region is called {region!r}; the regions are {', '.join(regions)}")
    rest = amount.get(REST, 1.0)
    return tuple(float(amount.get(region, rest)) for region in regions)
