"""XMP packets (ISO 16684-1): carried as text, with a history entry, and their stale parts made true."""

import re
from xml.sax.saxutils import escape

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MM = "http://ns.adobe.com/xap/1.0/mm/"
_EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">\n'
    '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
)


def refreshed(packet: bytes | None, software: str, parameters: str | None) -> bytes:
    """The packet with orientation 1, no thumbnails, and a history entry that says what was done.

    The entry has no time, so that the same photo is written the same twice.

    Raises:
        ValueError: the packet is damaged.
    """
    text = _EMPTY
    if packet:
        text = _text(packet)
    text = re.sub(r"(\btiff:Orientation\s*=\s*)([\"'])\s*\d\s*\2", r"\1\g<2>1\2", text)
    text = re.sub(r"(<tiff:Orientation[^>]*>)\s*\d\s*(</tiff:Orientation>)", r"\g<1>1\2", text)
    if "</xmp:Thumbnails>" in text:
        text = re.sub(r"<xmp:Thumbnails\b.*?</xmp:Thumbnails>", "", text, flags=re.DOTALL)
    # In memory a packet is whole; a codec that splits it says so itself.
    text = re.sub(r"\s*\bxmpNote:HasExtendedXMP\s*=\s*([\"'])[^\"']*\1", "", text)
    return _with_event(text, software, parameters).encode("utf-8")


def with_colours(packet: bytes | None, kind: str, name: str) -> bytes | None:
    """The packet whose exif:ColorSpace and photoshop:ICCProfile say what the new file's colours are.

    Args:
        packet: an XMP packet, or None.
        kind: "srgb", "adobe" or "other", as of `colour_management.kinds`.
        name: of the file's profile.
    """
    if not packet:
        return packet
    number = b"65535"
    if kind == "srgb":
        number = b"1"
    packet = _with_value(packet, b"exif:ColorSpace", number)
    return _with_value(packet, b"photoshop:ICCProfile", escape(name, {'"': "&quot;", "'": "&apos;"}).encode())


def _with_value(packet: bytes, name: bytes, value: bytes) -> bytes:
    """The packet with another value of a simple property, wherever it has that."""
    packet = re.sub(rb"(\b" + name + rb"\s*=\s*)([\"'])[^\"']*\2", lambda found: found[1] + found[2] + value + found[2], packet)
    return re.sub(rb"(<" + name + rb">)[^<]*(</" + name + rb">)", lambda found: found[1] + value + found[2], packet)


def orientation(packet: bytes | None) -> int | None:
    """The orientation 1 to 8 that a packet gives, or None."""
    found = re.search(rb"\btiff:Orientation(?:\s*=\s*[\"']|[^>]*>)\s*([1-8])\b", packet or b"")
    if found is None:
        return None
    return int(found.group(1))


def _text(packet: bytes) -> str:
    from xml.etree import ElementTree

    try:
        text = packet.rstrip(b"\0 \r\n\t").decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares a document type")
    try:
        ElementTree.fromstring(text.strip().lstrip("\ufeff"))
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    _rdf_end(text)
    return text


def _rdf_end(text: str) -> re.Match[str]:
    """Where the RDF ends, and (its group 1) under which prefix."""
    found = re.search(r"</(\w+):RDF\s*>", text)
    if found is None:
        raise ValueError("it holds no RDF")
    return found


def _with_event(text: str, software: str, parameters: str | None) -> str:
    """The packet with one more event at the end of its history, which is made if there is none."""
    rdf = _rdf_end(text).group(1)
    event = _event(rdf, software, parameters)
    start = text.find("<xmpMM:History")
    end = text.find(f"</{rdf}:Seq>", start)
    if start >= 0 and 0 <= end < text.find("</xmpMM:History>", start):
        return text[:end] + event + text[end:]
    text = re.sub(r"<xmpMM:History\b[^<>]*/>|<xmpMM:History\b[^<>]*>\s*</xmpMM:History>", "", text)
    subject = ""
    about = re.search(rf"\b{rdf}:about\s*=\s*([\"'])(.*?)\1", text)
    if about:
        subject = about.group(2).replace('"', "&quot;")
    description = (
        f'<{rdf}:Description {rdf}:about="{subject}" xmlns:xmpMM="{_MM}">'
        f"<xmpMM:History><{rdf}:Seq>{event}</{rdf}:Seq></xmpMM:History></{rdf}:Description>\n"
    )
    place = _rdf_end(text).start()
    return text[:place] + description + text[place:]


def _event(rdf: str, software: str, parameters: str | None) -> str:
    """A history entry, written with the RDF prefix of its packet."""
    fields = f"<stEvt:action>edited</stEvt:action><stEvt:softwareAgent>{_escaped(software)}</stEvt:softwareAgent>"
    if parameters:
        fields += f"<stEvt:parameters>{_escaped(parameters)}</stEvt:parameters>"
    return f'<{rdf}:li xmlns:stEvt="{_EVENT}" {rdf}:parseType="Resource">{fields}</{rdf}:li>'


def _escaped(text: str) -> str:
    """Text for an element; what XML cannot hold is left out."""
    return escape("".join(letter for letter in text if letter.isprintable() or letter in "\t\n"))
