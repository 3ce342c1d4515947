"""What a file is that is no photo, or none that can be read, by how it begins: so that a refusal can name it."""

from dataclasses import dataclass

HEAD_BYTES = 512  # enough for all of these


@dataclass(frozen=True)
class _Kind:
    """What files are that have `mark` at `place`."""

    name: str
    mark: bytes
    place: int = 0


_KINDS = (
    # Pictures.
    _Kind("a Windows icon (ICO)", b"\0\0\1\0"),
    _Kind("a Windows cursor (CUR)", b"\0\0\2\0"),
    _Kind("a macOS icon (ICNS)", b"icns"),
    _Kind("an OpenEXR picture", b"v/1\x01"),
    _Kind("a Radiance picture (HDR)", b"#?RADIANCE"),
    _Kind("a Radiance picture (HDR)", b"#?RGBE"),
    _Kind("a JPEG XR picture", b"II\xbc"),
    _Kind("a JPEG XS picture", b"\xff\x10\xff\x50"),
    _Kind("a DPX film scan", b"SDPX"),
    _Kind("a DPX film scan", b"XPDS"),
    _Kind("a Cineon film scan", b"\x80\x2a\x5f\xd7"),
    _Kind("a FITS picture of astronomy", b"SIMPLE  ="),
    _Kind("a DICOM picture of medicine", b"DICM", 128),
    _Kind("a Sun raster picture", b"\x59\xa6\x6a\x95"),
    _Kind("a PIXAR picture", b"\x80\xe8\0\0"),
    _Kind("a Microsoft Paint picture (MSP)", b"DanM"),
    _Kind("a Microsoft Paint picture (MSP)", b"LinS"),
    _Kind("several PCX pictures in one file (DCX)", b"\xb1\x68\xde\x3a"),
    _Kind("a Windows bitmap without its header (DIB)", b"\x28\0\0\0"),
    _Kind("a FLIC animation", b"\x11\xaf", 4),
    _Kind("a FLIC animation", b"\x12\xaf", 4),
    _Kind("a Blizzard texture (BLP)", b"BLP1"),
    _Kind("a Blizzard texture (BLP)", b"BLP2"),
    _Kind("an FTEX texture", b"FTEX"),
    _Kind("a KTX texture", b"\xabKTX"),
    _Kind("a FLIF picture", b"FLIF"),
    _Kind("a BPG picture", b"BPG\xfb"),
    _Kind("a JBIG2 picture", b"\x97JB2"),
    _Kind("a DjVu document", b"AT&TFORM"),
    _Kind("an XV thumbnail", b"P7 332"),
    _Kind("an XPM icon", b"/* XPM */"),
    _Kind("an XBM bitmap", b"#define "),
    _Kind("an IM picture", b"Image type:"),
    _Kind("a McIDAS satellite picture", b"\0\0\0\0\0\0\0\4"),
    # Documents of picture editors.
    _Kind("a GIMP document (XCF)", b"gimp xcf"),
    _Kind("a GIMP brush", b"GIMP", 20),
    _Kind("a GIMP palette or gradient", b"GIMP "),
    _Kind("a Paint.NET document", b"PDN3"),
    _Kind("a Paint Shop Pro document", b"Paint Shop Pro Image File"),
    _Kind("a Clip Studio document", b"CSFCHUNK"),
    _Kind("an Affinity document", b"\0\xffKA"),
    _Kind("a Blender document", b"BLENDER"),
    _Kind("an InDesign document", b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5"),
    # Drawings and documents.
    _Kind("a PDF document", b"%PDF"),
    _Kind("a PostScript document", b"%!PS"),
    _Kind("an EPS drawing", b"\xc5\xd0\xd3\xc6"),
    _Kind("an SVG drawing", b"<svg"),
    _Kind("a Windows drawing (WMF)", b"\xd7\xcd\xc6\x9a"),
    _Kind("a Windows drawing (WMF)", b"\1\0\x09\0\0\3"),
    _Kind("a Windows drawing (EMF)", b" EMF", 40),
    _Kind("an office document, or a FlashPix picture", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    _Kind("a web page", b"<!DOCTYPE html"),
    _Kind("a web page", b"<html"),
    # Data.
    _Kind("a NumPy array, which the library takes once it is loaded", b"\x93NUMPY"),
    _Kind("an HDF5 file", b"\x89HDF"),
    _Kind("a GRIB file of the weather", b"GRIB"),
    _Kind("a BUFR file of the weather", b"BUFR"),
    _Kind("a MATLAB file", b"MATLAB"),
    _Kind("an SQLite database", b"SQLite format 3"),
    _Kind("a property list", b"bplist"),
    _Kind("a macOS side file (its name begins with ._), not the photo itself", b"\0\5\x16\7"),
    _Kind("a macOS side file (its name begins with ._), not the photo itself", b"\0\5\x16\0"),
    _Kind("a Git LFS pointer, not the file itself", b"version https://git-lfs"),
    # Archives and programs.
    _Kind("a ZIP archive or an office document", b"PK\x03\x04"),
    _Kind("a gzip archive", b"\x1f\x8b"),
    _Kind("a 7-Zip archive", b"7z\xbc\xaf\x27\x1c"),
    _Kind("a RAR archive", b"Rar!"),
    _Kind("a bzip2 archive", b"BZh"),
    _Kind("an xz archive", b"\xfd7zXZ"),
    _Kind("a zstd archive", b"\x28\xb5\x2f\xfd"),
    _Kind("a tar archive", b"ustar", 257),
    _Kind("a program", b"\x7fELF"),
    _Kind("a program", b"MZ"),
    # Films and sounds.
    _Kind("a video", b"\x1aE\xdf\xa3"),
    _Kind("a video", b"ftyp", 4),
    _Kind("a video", b"moov", 4),
    _Kind("a video", b"mdat", 4),
    _Kind("a video", b"wide", 4),
    _Kind("a video", b"\0\0\1\xba"),
    _Kind("a video", b"\0\0\1\xb3"),
    _Kind("a video", b"FLV\1"),
    _Kind("a video", b"AVI ", 8),
    _Kind("a video or a sound", b"OggS"),
    _Kind("a sound", b"WAVE", 8),
    _Kind("a sound", b"ID3"),
)
# As texts may begin, behind which their kind can stand.
_BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_BYTES = 64


def describe(head: bytes) -> str:
    """What a file that is no photo seems to be, by its first bytes (`HEAD_BYTES`).

    >>> describe(b"%PDF-1.7")
    'a PDF document'
    """
    lowered = head.lower()
    start = lowered.lstrip(_BEFORE_TEXT)
    for kind in _KINDS:
        mark = kind.mark.lower()
        if lowered.startswith(mark, kind.place) or (kind.place == 0 and start.startswith(mark)):
            return kind.name
    if start.startswith(b"<?xml"):
        if b"<svg" in start:
            return "an SVG drawing"
        return "an XML text"
    if not head.strip(b"\0"):
        return "only zeros"
    if head.startswith(_UTF16) or all(byte >= 32 or byte in b"\t\r\n\f" for byte in head[:_TEXT_BYTES]):
        return "a text"
    return "of no format that is known"
