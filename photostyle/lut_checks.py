"""What is checked of a table of colours before the work, and so without torch."""

from importlib.util import find_spec

from photostyle.errors import DependencyError, OptionError

SMALLEST, LARGEST = 2, 65  # points along an axis


def check_size(size: int) -> None:
    """Check that a table can have so many points along an axis.

    Raises:
        OptionError: it is no whole number from 2 to 65.
    """
    if isinstance(size, bool) or not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise OptionError(f"size must be a whole number from {SMALLEST} to {LARGEST}, got {size!r}")


def check_library() -> None:
    """Check that colour-science, the writer of .cube files, is installed.

    Raises:
        DependencyError: it is not.
    """
    if find_spec("colour") is None:
        raise DependencyError("a .cube file needs colour-science; run: pip install 'photostyle[lut]'")
