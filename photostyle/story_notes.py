"""What a user is told after a transfer: lines about the photos, the pairs, and options that changed nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from photostyle.options import AMOUNTS, Options
from photostyle.regions import Pair
from photostyle.regions.labels import optional_names

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared


def photo_notes(content: Sequence[str], style: Sequence[str]) -> list[str]:
    """What was found on reading the photos, each line with whose it is; what is true of both is said once."""
    both = [note for note in content if note in style]
    notes = [f"both photos: {note}" for note in both]
    for role, own in (("content", content), ("style", style)):
        notes += [f"{role}: {note}" for note in own if note not in both]
    return notes


def transfer_notes(
    content: "Prepared", style: "Prepared | Look | None", of_method: Sequence[str], pairs: Sequence[Pair]
) -> tuple[str, ...]:
    """What is told as soon as a transform is found: of the method, the photos, their regions and the pairs."""
    if style is None:
        return (*of_method, *content.notes, *content.regions.notes)
    return (
        *of_method,
        *photo_notes(content.notes, style.notes),
        *content.regions.notes,
        *style.regions.notes,
        *pair_notes(pairs),
    )


def pair_notes(pairs: Sequence[Pair]) -> list[str]:
    """Which regions found no partner, and what they take instead; and which pairs are doubtful."""
    notes = [f"{pair.content}: {pair.how}" for pair in pairs if pair.kind in ("whole", "global")]
    return notes + [pair.warning for pair in pairs if pair.warning is not None]


def idle_notes(options: Options, regions: Sequence[str], styles: Sequence[str]) -> list[str]:
    """Options for regions that photos of this kind may have and this one has not; in a set that is no error."""
    asked: list[tuple[str, Sequence[str]]] = [
        ("pair", tuple(options.pairs or ())),
        ("ignore", [name for name in options.ignore if name not in styles]),
        ("protect", options.protect),
    ]
    for name in AMOUNTS:
        amount = getattr(options, name)
        if isinstance(amount, Mapping):
            asked.append((name, tuple(amount)))
    lacking = optional_names(regions) - set(regions)
    notes = []
    for option, names in asked:
        for name in names:
            if name in lacking:
                notes.append(f"there is no {name} here: {option} {name} changes nothing")
    return notes
