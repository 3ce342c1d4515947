"""IPTC-IIM records, and the wrappings in which files keep them."""

import struct

from photostyle.photo.metadata.resources import IPTC, resources

# The number of Photoshop's image resource that holds IPTC records.
RESOURCE = IPTC
_DIGITS_PER_LINE = 72


def from_photoshop(data: bytes) -> bytes | None:
    """The IPTC records among Photoshop's image resources (Adobe Photoshop file formats, "Image Resource Blocks")."""
    for resource in resources(data):
        if resource.number == RESOURCE:
            return resource.data or None
    return None


def to_photoshop(records: bytes | None) -> bytes:
    """IPTC records as an image resource; nothing where there are none."""
    if not records:
        return b""
    head = b"8BIM" + struct.pack(">HHI", RESOURCE, 0, len(records))
    return head + records + b"\0" * (len(records) % 2)


def from_hex(text: str) -> bytes | None:
    """The bytes of a PNG "Raw profile type" text, as ImageMagick writes them: a name, a length, and hex digits."""
    lines = text.strip().split("\n", 2)
    if len(lines) < 3:
        return None
    try:
        data = bytes.fromhex("".join(lines[2].split()))
    except ValueError:
        return None
    return data or None


def to_hex(name: str, data: bytes) -> str:
    """The inverse of `from_hex`."""
    digits = data.hex()
    lines = []
    for start in range(0, len(digits), _DIGITS_PER_LINE):
        lines.append(digits[start : start + _DIGITS_PER_LINE])
    rows = "\n".join(lines)
    return f"\n{name}\n{len(data):8d}\n{rows}\n"
