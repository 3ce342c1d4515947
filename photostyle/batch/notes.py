"""The notes of a run's photos, counted: what is said of many photos is one line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class CountedNote:
    """A note, and the photos that have it; numbers in it are those of the first."""

    text: str
    contents: tuple[str, ...]

    def __str__(self) -> str:
        """One line, which names the photo, or one of several.

        >>> str(CountedNote("holds 3 frames", ("a.gif", "b.gif")))
        '2 photos, such as a.gif: holds 3 frames'
        """
        if len(self.contents) == 1:
            return f"{self.contents[0]}: {self.text}"
        return f"{len(self.contents)} photos, such as {self.contents[0]}: {self.text}"


def counted(noted: Iterable[tuple[str, tuple[str, ...]]]) -> list[CountedNote]:
    """The notes of photos, most frequent first; notes that differ in their numbers alone count as one.

    Args:
        noted: (content, notes) of each photo.

    >>> [str(note) for note in counted([("a", ("clips 2.1%",)), ("b", ("clips 5%", "is grey"))])]
    ['2 photos, such as a: clips 2.1%', 'b: is grey']
    """
    texts: dict[str, str] = {}
    contents: dict[str, dict[str, None]] = {}
    for content, notes in noted:
        for note in notes:
            kind = _NUMBER.sub("#", note)
            texts.setdefault(kind, note)
            contents.setdefault(kind, {})[content] = None
    found = [CountedNote(text, tuple(contents[kind])) for kind, text in texts.items()]
    return sorted(found, key=_rarity)


def _rarity(note: CountedNote) -> int:
    return -len(note.contents)
