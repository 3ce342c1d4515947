"""The properties of an XMP packet, and where in its bytes each stands, so that some can be taken out and the rest stays."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True)
class Property:
    """A property at the top of a packet, an attribute or an element of an rdf:Description.

    Args:
        uri: of its namespace.
        prefix, name: as the packet writes it.
        start, end: where its bytes begin and end.
        is_attribute: whether it is an attribute.
    """

    uri: str
    prefix: str
    name: str
    start: int
    end: int
    is_attribute: bool

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass
class _Walk:
    """Where in a packet the parser is, and what it has found."""

    data: bytes
    found: list[Property] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    begun: tuple[str, int] = ("", 0)


def properties(packet: bytes) -> list[Property]:
    """The properties at the top of a packet in UTF-8.

    Raises:
        ValueError: the packet is damaged.
    """
    from xml.parsers import expat

    walk = _Walk(packet)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.StartElementHandler = lambda name, attributes: _begin(walk, parser.CurrentByteIndex, name, attributes)
    parser.EndElementHandler = lambda name: _end(walk, parser.CurrentByteIndex)
    try:
        parser.Parse(packet, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return walk.found


def _begin(walk: _Walk, place: int, name: str, attributes: dict[str, str]) -> None:
    parts = name.split(" ")
    full = "".join(parts[:2])
    walk.open.append(full)
    if _in_rdf(walk, 2) and full == f"{_RDF}Description":
        walk.found += _attributes(walk.data, place, attributes)
    elif _in_rdf(walk, 3):
        walk.begun = (name, place)


def _end(walk: _Walk, place: int) -> None:
    if _in_rdf(walk, 3):
        name, start = walk.begun
        end = place
        if _tag(walk.data, start)[-2:] == b"/>":
            end = start + len(_tag(walk.data, start))
        elif walk.data[place : place + 2] == b"</":
            end = walk.data.index(b">", place) + 1
        uri, local, prefix = (name.split(" ") + ["", ""])[:3]
        walk.found.append(Property(uri, prefix, local, start, end, False))
    walk.open.pop()


def _in_rdf(walk: _Walk, depth: int) -> bool:
    """Whether the innermost open element is the `depth`-th from rdf:RDF on."""
    return len(walk.open) >= depth and walk.open[-depth] == f"{_RDF}RDF"


def _tag(data: bytes, start: int) -> bytes:
    """The start tag at `start`; an attribute's value may hold ">"."""
    place = start
    while place < len(data) and data[place : place + 1] != b">":
        letter = data[place : place + 1]
        if letter in (b'"', b"'"):
            place = data.index(letter, place + 1)
        place += 1
    return data[start : place + 1]


def _attributes(data: bytes, start: int, attributes: dict[str, str]) -> list[Property]:
    uris = {}
    for name in attributes:
        uri, local, prefix = (name.split(" ") + ["", ""])[:3]
        uris[f"{prefix}:{local}"] = uri
    found = []
    for match in _ATTRIBUTE.finditer(_tag(data, start)):
        name = match.group(1).decode()
        uri = uris.get(name, _RDF)
        if uri != _RDF and not name.startswith("xml"):
            prefix, _, local = name.partition(":")
            found.append(Property(uri, prefix, local, start + match.start(), start + match.end(), True))
    return found


def without(packet: bytes, unwanted: Iterable[Property]) -> bytes:
    """The packet without some of its properties."""
    for each in sorted(unwanted, key=lambda each: each.start, reverse=True):
        packet = packet[: each.start] + packet[each.end :]
    return packet
