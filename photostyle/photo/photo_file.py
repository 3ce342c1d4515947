"""A photo's file, on disk or in memory, so that codecs need not know which."""

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from photostyle.errors import PhotoError


class ReadableFile(Protocol):
    """A file object that is open for reading, in binary mode."""

    def read(self, size: int = -1, /) -> bytes: ...


FileLike = str | os.PathLike[str] | bytes | bytearray | memoryview | ReadableFile


@dataclass(frozen=True)
class PhotoFile:
    """A photo's file: at `path`, or `content` in memory where there is no path.

    Args:
        name: what messages call it.
        path: where it is on disk, or None.
        content: its bytes where it is in memory.
        origin: the path, or the name of the file object that the content came from; None where there is neither.
    """

    name: str
    path: Path | None = None
    content: bytes = field(default=b"", repr=False)
    origin: str | None = None

    @classmethod
    def of(cls, source: FileLike, name: str = "the photo") -> "PhotoFile":
        """The file that a path, a file's content or a file object stands for.

        Args:
            source: what the user gave.
            name: what messages call the content of a file that has no name of its own.

        Raises:
            PhotoError: the file object cannot be read, or is at its end.
        """
        if isinstance(source, bytes | bytearray | memoryview):
            return cls(name, content=bytes(source))
        if isinstance(source, str | os.PathLike):
            path = Path(os.fsdecode(source))
            return cls(str(path), path, origin=str(path))
        own_name = getattr(source, "name", None)
        if not isinstance(own_name, str) or not own_name:
            return cls(name, content=_content(source, name))
        return cls(own_name, content=_content(source, own_name), origin=own_name)

    @property
    def suffix(self) -> str:
        """The extension of its name in lower case, with the dot; empty where there is none."""
        if self.origin is None:
            return ""
        return Path(self.origin).suffix.lower()

    @property
    def file_bytes(self) -> int:
        """Its size."""
        if self.path is not None:
            return self.path.stat().st_size
        return len(self.content)

    def open(self) -> BinaryIO:
        """Its content as a file object of its own, at the start."""
        if self.path is not None:
            return open(self.path, "rb")
        return io.BytesIO(self.content)

    def read(self) -> bytes:
        """All of its content."""
        if self.path is not None:
            return self.path.read_bytes()
        return self.content

    def head(self, size: int) -> bytes:
        """Its first bytes."""
        with self.open() as file:
            return file.read(size)

    def tail(self, size: int) -> bytes:
        """Its last bytes."""
        with self.open() as file:
            file.seek(max(0, self.file_bytes - size))
            return file.read(size)

    def for_library(self) -> str | BinaryIO:
        """The path as a string, or the content as a file object: what readers of other packages take."""
        if self.path is not None:
            return str(self.path)
        return io.BytesIO(self.content)


def _content(source: ReadableFile, name: str) -> bytes:
    """What a file object still holds."""
    try:
        content = source.read()
        at_end = not content and _position(source) > 0
    except (OSError, ValueError) as error:
        raise PhotoError(f"{name}: the file object cannot be read ({error}); open it with mode 'rb'") from error
    if isinstance(content, str):
        raise PhotoError(f"{name}: the file object gives text instead of bytes; open it with mode 'rb'")
    if not isinstance(content, bytes | bytearray | memoryview):
        raise PhotoError(f"{name}: the file object gives {type(content).__name__} instead of bytes; give bytes or a path")
    if at_end:
        raise PhotoError(f"{name}: the file object has been read to its end already; call its seek(0) first")
    return bytes(content)


def _position(source: ReadableFile) -> int:
    """Where a file object is, or 0 where it does not tell."""
    tell = getattr(source, "tell", None)
    if tell is None:
        return 0
    try:
        return int(tell())
    except OSError:
        return 0
