"""Text as people's editors save it: UTF-8 or UTF-16, with or without a byte order mark."""

import codecs
from pathlib import Path

# The marks, the longest first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path | str) -> str:
    """The text of a file, without its byte order mark; UTF-8 where it has none.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is no such text.
    """
    return decoded_text(Path(path).read_bytes())


def decoded_text(data: bytes) -> str:
    r"""The text that bytes are, without its byte order mark.

    UTF-16 without a mark is known by its zeros: JSON, CSV and XML begin with a character of ASCII.

    Raises:
        UnicodeDecodeError: they are no text.

    >>> decoded_text(b"\xef\xbb\xbfsky"), decoded_text("sky".encode("utf-16")), decoded_text("sky".encode("utf-16-be"))
    ('sky', 'sky', 'sky')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding)
    if data[:1] and data[1:2] == b"\0":
        return data.decode("utf-16-le")
    if data[:1] == b"\0" and data[1:2]:
        return data.decode("utf-16-be")
    return data.decode("utf-8")
