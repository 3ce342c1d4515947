"""Files and folders that systems, shares and archives put among people's photos: thumbnails, bins, forks."""

from collections import Counter
from collections.abc import Iterable

# In small letters: Synology, QNAP, archives of macOS, Windows.
_NAMES = frozenset(
    (
        "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "__macosx", "thumbs.db", "ehthumbs.db",
        "desktop.ini", "$recycle.bin", "system volume information", "lost+found",
    )
)  # fmt: skip
_THUMBNAIL = "synofile_thumb"  # how the names of Synology's thumbnails begin


def is_system_name(name: str) -> bool:
    """Whether a file or folder of this name is hidden or a system's own: .thumbnails, ._a.jpg, @eaDir.

    >>> is_system_name("._a.jpg"), is_system_name("@eaDir"), is_system_name("a.jpg")
    (True, True, False)
    """
    name = name.casefold()
    return name.startswith((".", _THUMBNAIL)) or name in _NAMES


def system_part(folders_and_file: Iterable[str]) -> str | None:
    """The first part of a path below what was named that is a system's own, or None.

    >>> system_part(["2026", "@eaDir", "a.jpg", "SYNOFILE_THUMB_M.jpg"])
    '@eaDir'
    """
    for part in folders_and_file:
        if is_system_name(part):
            return part
    return None


def left_out_note(parts: Iterable[str]) -> str | None:
    """One line on the files that were left out, by the part of each one's path that is a system's own; None for none.

    >>> left_out_note(["@eaDir", "@eaDir", "._a.jpg"])
    'left out: 2 files of @eaDir, 1 hidden file'
    """
    counts: Counter[str] = Counter()
    for part in parts:
        is_file = "." in part[1:]
        counts["" if is_file else part] += 1
    told = []
    for part, count in sorted(counts.items(), reverse=True):
        files = "file" if count == 1 else "files"
        told.append(f"{count} {files} of {part}" if part else f"{count} hidden {files}")
    if not told:
        return None
    return f"left out: {', '.join(told)}"
