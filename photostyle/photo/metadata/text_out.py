"""Texts by keyword, as PNG has them, in formats that have other places for them."""

from photostyle.photo.metadata import exif

# The EXIF tags that mean what PNG's keywords mean (W3C PNG, third edition, 11.3.3.2; EXIF 2.32).
_TAGS = {"Copyright": 0x8298, "Author": 0x013B, "Artist": 0x013B, "Description": 0x010E, "Software": 0x0131}
_MODIFIED = 0x0132
_COMMENT = "Comment"
_MOST_COMMENT = 65000
_NAMES_SHOWN = 6
_FORMATS = {"jpeg": "JPEG", "tiff": "TIFF", "webp": "WebP", "avif": "AVIF", "heic": "HEIC", "jxl": "JPEG XL"}


def placed(
    block: bytes, text: tuple[tuple[str, str], ...], modified: str | None, format: str, notes: list[str]
) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """An EXIF block with what it has a place for, and the texts that the format takes as they are.

    What EXIF says already stays. The rest is left out, which is noted.

    Args:
        block: a sound EXIF block.
        text: keywords and texts.
        modified: when the picture was last changed.
        format: a key of `formats.WRITABLE` other than "png".
        notes: notes for the user, to be added to.
    """
    kept = []
    left_out = []
    tags: dict[int, str] = {}
    for keyword, value in text:
        tag = _TAGS.get(keyword)
        if tag is not None and tag not in tags:
            tags[tag] = value
        elif keyword == _COMMENT and format == "jpeg" and len(value.encode()) <= _MOST_COMMENT:
            kept.append((keyword, value))
        else:
            left_out.append(keyword)
    if modified is not None:
        tags[_MODIFIED] = modified
    if tags:
        block = exif.with_texts(block, tags)
    if left_out:
        shown = ", ".join(repr(keyword) for keyword in left_out[:_NAMES_SHOWN])
        if len(left_out) > _NAMES_SHOWN:
            shown += f" and {len(left_out) - _NAMES_SHOWN} more"
        notes.append(f"{_FORMATS[format]} has no place for its texts {shown}; left out")
    return block, tuple(kept)
