"""A sidecar that has darktable give a photo a table of colours, by its module `lut 3D`.

The module's parameters are those of its version 3 (darktable 3.8 and later read it): the file of the table, under the folder of
tables that is set in darktable's preferences, sRGB-encoded, between points by tetrahedra.
"""

import struct
from pathlib import Path
from xml.sax.saxutils import quoteattr

from photostyle.errors import FileError, OptionError
from photostyle.whole_file import write_whole

_PATH, _KEYPOINTS, _NAME = 512, 2048 * 2 * 3, 128  # bytes of the parameters' texts
_VERSION = 3
_SRGB, _TETRAHEDRAL = 0, 0


def write_darktable(cube: str, photo: str, path: Path) -> None:
    """Write the sidecar.

    Args:
        cube: the .cube file, relative to darktable's folder of tables, with / between folders.
        photo: the name of the photo's file.
        path: of the sidecar: the photo's, with .xmp added.

    Raises:
        OptionError: the name of the table is too long for darktable.
        FileError: it cannot be written.
    """
    try:
        write_whole(path, _document(_parameters(cube), photo).encode("utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def _parameters(cube: str) -> bytes:
    """`dt_iop_lut3d_params_t`: the path; colour space, interpolation and no compressed table; room for it and its name."""
    name = cube.encode("utf-8")
    if len(name) >= _PATH:
        raise OptionError(
            f"darktable takes at most {_PATH - 1} bytes for the name of a table, got {len(name)}; choose a shorter one"
        )
    return name.ljust(_PATH, b"\0") + struct.pack("<3i", _SRGB, _TETRAHEDRAL, 0) + bytes(_KEYPOINTS + _NAME)


def _document(parameters: bytes, photo: str) -> str:
    """The XMP of a photo with one step of history."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photostyle">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n'
        '    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"\n'
        '    xmlns:darktable="http://darktable.sf.net/"\n'
        f"   xmpMM:DerivedFrom={quoteattr(photo)}\n"
        '   darktable:xmp_version="5"\n'
        '   darktable:raw_params="0"\n'
        '   darktable:auto_presets_applied="0"\n'
        '   darktable:history_end="1">\n'
        "   <darktable:history>\n    <rdf:Seq>\n     <rdf:li\n"
        '      darktable:num="0"\n'
        '      darktable:operation="lut3d"\n'
        '      darktable:enabled="1"\n'
        f'      darktable:modversion="{_VERSION}"\n'
        f'      darktable:params="{parameters.hex()}"\n'
        '      darktable:multi_name=""\n'
        '      darktable:multi_priority="0"/>\n'
        "    </rdf:Seq>\n   </darktable:history>\n"
        "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
    )
