"""A table in a file: .cube for editors of photos and film, Hald CLUT for ImageMagick, darktable and RawTherapee."""

import tempfile
import warnings
from pathlib import Path

import numpy as np

from photostyle.errors import FileError
from photostyle.lut_checks import check_library
from photostyle.photo import Photo, write_photo
from photostyle.transforms.lut.table import Lut, identity
from photostyle.whole_file import write_whole

HALD = 8  # level of a Hald CLUT: a table of 64 points along an axis as a picture of 512 x 512
COLOUR_SPACE = "sRGB (IEC 61966-2-1), encoded values from 0 to 1, in and out"
DOMAIN = "DOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n"


def write_cube(lut: Lut, path: Path | str, title: str) -> None:
    """Write an Iridas .cube file (Adobe, Cube LUT specification 1.0) whole or not at all, by colour-science.

    Args:
        lut: the table.
        path: of the file, which ends in .cube.
        title: what programs call it; made one line of ASCII.

    Raises:
        FileError: it cannot be written.
        DependencyError: colour-science is not installed.
    """
    check_library()
    with warnings.catch_warnings(action="ignore"):  # it tells of every library that it could use, such as Matplotlib
        import colour

    comments = [f"Colour space: {COLOUR_SPACE}", "Made by photostyle"]
    table = colour.LUT3D(lut.table, _plain(title), np.array([[0, 0, 0], [1, 1, 1]]), lut.size, comments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder, "look.cube")
            colour.io.write_LUT_IridasCube(table, str(part), decimals=6)
            text = part.read_text("ascii")
        size = f"LUT_3D_SIZE {lut.size}\n"
        write_whole(Path(path), text.replace(size, size + DOMAIN, 1).encode("ascii"))  # it leaves the usual domain unsaid
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def write_hald(lut: Lut, path: Path | str) -> tuple[str, ...]:
    """Write the table as a Hald CLUT picture of 512 x 512 pixels, red fastest, 16 bits a channel.

    Args:
        lut: the table.
        path: of a .png or .tif.

    Returns:
        Notes on what the file format could not hold, usually none.

    Raises:
        PhotoError: it cannot be written.
    """
    colours = lut(identity(HALD**2).transpose(2, 1, 0, 3)).reshape(HALD**3, HALD**3, 3)
    codes = (colours * 65535).round().astype(np.uint16)
    return write_photo(Photo.from_array(codes), path, depth="keep", metadata="strip")


def _plain(title: str) -> str:
    """One line of ASCII without double quotes, which is all that the format allows.

    >>> _plain('a "b"\\n caf\\u00e9')
    "a 'b' caf?"
    """
    return " ".join(title.replace('"', "'").split()).encode("ascii", "replace").decode()
