"""The text chunks of a PNG file (W3C PNG, third edition, 11.3.3), read and written."""

import zlib
from collections.abc import Iterator

XMP = "XML:com.adobe.xmp"
RAW_IPTC = "Raw profile type iptc"
RAW = "Raw profile type "
# Texts that tell of a thumbnail of the old picture, by how their keywords begin (freedesktop.org).
_OF_THUMBNAIL = "Thumb::"
MOST_TEXT = 1 << 24
_LONG = 1024  # characters from which a text is packed
_LONGEST_KEYWORD = 79


def keyword_and_text(kind: bytes, body: bytes) -> tuple[str, bytes | None]:
    """The keyword and the text of a chunk, UTF-8 from iTXt, Latin-1 else; no text where it cannot be unpacked."""
    name, _, rest = body.partition(b"\0")
    text: bytes | None = rest
    if kind == b"zTXt":
        text = inflated(rest[1:])
    elif kind == b"iTXt":
        text = None
        if len(rest) >= 2:
            text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if text is not None and rest[0] == 1:
            text = inflated(text)
    return name.decode("latin-1"), text


def is_plain(keyword: str) -> bool:
    """Whether a text is one for people: no block of metadata, and nothing of a thumbnail of the old picture."""
    return keyword != XMP and not keyword.startswith((RAW, _OF_THUMBNAIL))


def decoded_text(kind: bytes, text: bytes) -> str:
    """The characters of a chunk's text."""
    if kind == b"iTXt":
        return text.decode("utf-8", "replace")
    return text.decode("latin-1")


def text_chunks(pairs: tuple[tuple[str, str], ...]) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of the chunks that hold keywords and texts."""
    for keyword, text in pairs:
        name = keyword.encode("latin-1", "replace")[:_LONGEST_KEYWORD]
        try:
            plain = text.encode("latin-1")
        except UnicodeEncodeError:
            coded = text.encode()
            packed = len(coded) > _LONG
            if packed:
                coded = zlib.compress(coded)
            yield b"iTXt", name + b"\0" + bytes([packed]) + b"\0\0\0" + coded
            continue
        if len(plain) > _LONG:
            yield b"zTXt", name + b"\0\0" + zlib.compress(plain)
        else:
            yield b"tEXt", name + b"\0" + plain


def inflated(data: bytes) -> bytes | None:
    """At most `MOST_TEXT` bytes unpacked, or None where the data are damaged or longer."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MOST_TEXT)
    except zlib.error:
        return None
    if not unpacker.eof:
        return None
    return text
