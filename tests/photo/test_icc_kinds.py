"""Kinds of ICC profiles against littleCMS: tables before matrix, both connection spaces, all versions, grey and RGB mixed."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000, rgb2lab

from photostyle.photo import read_photo, write_photo
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.curves import Curve
from photostyle.photo.colour_management.profiles import colour_space

CODES = np.random.default_rng(5).integers(30, 220, (16, 24, 3), dtype=np.uint8)
D50 = np.array([0.9642, 1.0, 0.8249])


def lab_of(xyz: np.ndarray) -> np.ndarray:
    ratio = xyz / D50
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack([116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])], -1)


def coded(xyz: np.ndarray, connection: bytes, version: int) -> np.ndarray:
    """Connection space values as 16-bit codes: XYZ, or Lab as versions 2 and 4 have it (ICC.1:2022, 6.3.4.2 and 10.10)."""
    if connection == b"XYZ ":
        return np.rint(np.clip(xyz / (1 + 32767 / 32768), 0, 1) * 65535)
    lab = lab_of(xyz)
    unit = np.stack([lab[..., 0] / 100, (lab[..., 1] + 128) / 255, (lab[..., 2] + 128) / 255], -1)
    top = 65280 if version == 2 else 65535
    return np.rint(np.clip(unit, 0, 1) * top)


def lut16(grid: np.ndarray, inputs: int) -> bytes:
    """An "mft2" tag of a grid (N, ..., N, 3) with straight tables of two entries."""
    outputs, points = grid.shape[-1], grid.shape[0]
    head = b"mft2\0\0\0\0" + bytes([inputs, outputs, points, 0])
    head += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536) + struct.pack(">HH", 2, 2)
    ends = struct.pack(">2H", 0, 65535)
    return head + ends * inputs + grid.astype(">u2").tobytes() + ends * outputs


def lut_a_to_b(grid: np.ndarray, inputs: int) -> bytes:
    """An "mAB " tag: A curves, a grid of 16 bits, and B curves, all curves straight."""
    outputs, points = grid.shape[-1], grid.shape[0]
    line = b"para\0\0\0\0\0\0\0\0" + struct.pack(">i", 65536)
    curves_b = 32
    clut = curves_b + len(line) * outputs
    body = bytes([points] * inputs + [0] * (16 - inputs)) + b"\2\0\0\0" + grid.astype(">u2").tobytes()
    body += b"\0" * (-len(body) % 4)
    head = b"mAB \0\0\0\0" + bytes([inputs, outputs, 0, 0])
    return head + struct.pack(">5I", curves_b, 0, 0, clut, clut + len(body)) + line * outputs + body + line * inputs


def profile(tags: dict[bytes, bytes], space=b"RGB ", connection=b"Lab ", version=4, kind=b"scnr") -> bytes:
    table, body, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    head = bytearray(128)
    head[8:24] = bytes([version, 0x20, 0, 0]) + kind + space + connection
    head[36:40], head[68:80] = b"acsp", struct.pack(">3i", 63190, 65536, 54061)
    head[0:4] = struct.pack(">I", 128 + len(table) + len(body))
    return bytes(head) + table + body


@pytest.fixture(scope="module")
def grid(matrix_of):
    """XYZ at 9 x 9 x 9 device colours: a scanner that swaps red and green, with a gamma of 1.6."""
    steps = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij"), -1)
    return (steps[..., [1, 0, 2]] ** 1.6) @ matrix_of((0.64, 0.33, 0.30, 0.60, 0.15, 0.06)).T


@pytest.fixture(scope="module")
def matrix_tags(profiles):
    """The tags of a matrix profile that says something else than the tables."""
    data = profiles["prophoto"]
    return {name: icc._tags(data)[name] for name in (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")}


def difference(data: bytes, codes: np.ndarray, intent=1) -> float:
    """The largest difference to littleCMS, CIEDE2000, of colours well inside sRGB."""
    file = io.BytesIO()
    image = Image.fromarray(codes)
    image.save(file, "TIFF", icc_profile=data)
    ours = read_photo(file.getvalue()).pixels
    theirs = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(data)), ImageCms.createProfile("sRGB"), intent, "RGB"
    )
    theirs = np.asarray(theirs) / np.float32(255)
    inside = ((theirs > 0.03) & (theirs < 0.97)).all(-1)
    assert inside.mean() > 0.2
    return float(deltaE_ciede2000(rgb2lab(np.clip(ours, 0, 1)), rgb2lab(theirs))[inside].max())


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("connection", [b"Lab ", b"XYZ "])
@pytest.mark.parametrize("tag", [b"A2B0", b"A2B1"])
def test_tables_go_before_matrix_and_curves(grid, matrix_tags, version, connection, tag):
    # In "mft2" Lab is coded as in version 2, whatever the version of the profile.
    table = lut16(coded(grid, connection, 2), 3)
    data = profile({tag: table, **matrix_tags}, connection=connection, version=version)
    assert difference(data, CODES) < 1.5


@pytest.mark.parametrize("connection", [b"Lab ", b"XYZ "])
def test_tables_of_version_4(grid, connection):
    data = profile({b"A2B0": lut_a_to_b(coded(grid, connection, 4), 3)}, connection=connection)
    assert difference(data, CODES) < 1.5


def test_the_relative_colorimetric_table_goes_first(grid, matrix_tags):
    other = lut16(coded(grid * 0.6, b"Lab ", 2), 3)
    own = lut16(coded(grid, b"Lab ", 2), 3)
    assert difference(profile({b"A2B0": other, b"A2B1": own}), CODES) < 1.5
    # A table for the saturation intent alone serves no other intent.
    data = profile({b"A2B2": own, **matrix_tags}, connection=b"XYZ ")
    assert isinstance(colour_space(data, "rgb")[0], type(colour_space(profile(matrix_tags, connection=b"XYZ "), "rgb")[0]))
    assert difference(data, CODES) < 1.5


@pytest.mark.parametrize("depth", [8, 16])
def test_codes_of_tables_come_back(tmp_path, grid, depth):
    data = profile({b"A2B0": lut16(coded(grid, b"Lab ", 2), 3)})
    codes = CODES if depth == 8 else CODES.astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "a.tif", codes, photometric="rgb", iccprofile=data)
    assert write_photo(read_photo(tmp_path / "a.tif"), tmp_path / "b.tif") == ()
    assert (tifffile.imread(tmp_path / "b.tif") == codes).all()
    assert read_photo(tmp_path / "b.tif").profile == data


def test_colours_are_written_exactly_by_tables_of_8_bit_files(grid):
    # littleCMS's faster way is off by many codes where one channel is dark and the others are not.
    tables = {b"A2B0": lut16(coded(grid, b"Lab ", 2), 3), b"B2A0": lut16(coded(grid, b"Lab ", 2), 3)}
    colours = np.random.default_rng(1).random((20, 20, 3), np.float32)
    coarse, _ = colour_space(profile(tables), "rgb", fine=False)
    fine, _ = colour_space(profile(tables), "rgb", fine=True)
    assert (coarse.encode(colours) == fine.encode(colours)).all()


def test_grey_by_tables():
    ramp = np.linspace(0, 1, 17)[:, None] ** 2.4 * D50
    data = profile({b"A2B0": lut16(coded(ramp, b"Lab ", 2), 1)}, space=b"GRAY")
    assert difference(data, CODES[..., 0]) < 1.5


PARAMETRIC = {
    0: [1.9],
    1: [2.0, 1.05, -0.05],
    2: [2.2, 0.95, 0.02, 0.01],
    3: [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045],
    4: [2.1, 0.94, 0.05, 0.08, 0.03, 0.002, 0.001],
}


@pytest.mark.parametrize("kind", PARAMETRIC)
def test_parametric_curves_of_all_kinds(matrix_tags, kind):
    numbers = PARAMETRIC[kind]
    curve = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + struct.pack(f">{len(numbers)}i", *(round(n * 65536) for n in numbers))
    tags = matrix_tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    assert difference(profile(tags, connection=b"XYZ "), CODES) < 1
    parsed = icc.parse(profile(tags, connection=b"XYZ ")).curves[0]
    ramp = np.linspace(0.1, 1, 50, dtype=np.float32)
    assert np.abs(parsed.to_device(parsed.to_linear(ramp)) - ramp).max() < 1e-4


@pytest.mark.parametrize("points", [[], [461], [0, 65535], [0, 9000, 65535], list(range(0, 65536, 257))])
def test_curves_of_any_number_of_points(matrix_tags, points):
    curve = b"curv\0\0\0\0" + struct.pack(">I", len(points)) + struct.pack(f">{len(points)}H", *points)
    tags = matrix_tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    assert difference(profile(tags, connection=b"XYZ ", version=2), CODES) < 1


def test_a_curve_that_dips_below_zero_is_not_folded_up():
    curve = Curve(2.0, 1.0, 0.0, 0.0, 0.0, -0.04)
    assert curve.to_linear(np.float32([0.1, 0.0, 0.5]))[0] == pytest.approx(-0.03)


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png"])
def test_a_grey_photo_with_a_profile_for_rgb(tmp_path, profiles, grid, suffix):
    values = CODES[..., 0] / np.float32(255)
    Image.fromarray(CODES[..., 0]).save(tmp_path / f"a{suffix}", icc_profile=profiles["adobe"], quality=100)
    photo = read_photo(tmp_path / f"a{suffix}")
    expected, _ = colour_space(profiles["adobe"], "rgb")
    tolerance = 0.02 if suffix == ".jpg" else 1e-3
    assert np.abs(photo.pixels - expected.decode(np.repeat(values[..., None], 3, -1))).max() < tolerance
    assert any("profile is for RGB" in note for note in photo.notes)
    write_photo(photo, tmp_path / f"b{suffix}")
    again = read_photo(tmp_path / f"b{suffix}")
    assert icc.parse(again.profile).space == "GRAY" and np.abs(again.pixels - photo.pixels).max() < tolerance
    if suffix != ".jpg":
        assert (np.asarray(Image.open(tmp_path / f"b{suffix}")) == CODES[..., 0]).all()


def test_a_grey_photo_with_tables_for_rgb(tmp_path, grid):
    data = profile({b"A2B0": lut16(coded(grid, b"Lab ", 2), 3)})
    Image.fromarray(CODES[..., 0]).save(tmp_path / "a.tif", icc_profile=data)
    space, _ = colour_space(data, "rgb")
    expected = space.decode(np.repeat(CODES[..., :1] / np.float32(255), 3, -1)).mean(-1)
    assert np.abs(read_photo(tmp_path / "a.tif").pixels.mean(-1) - expected).max() < 0.01


def test_an_rgb_photo_with_a_grey_profile(tmp_path, profiles):
    Image.fromarray(CODES).save(tmp_path / "a.tif", icc_profile=profiles["grey"])
    photo = read_photo(tmp_path / "a.tif")
    assert np.abs(photo.pixels * 255 - CODES).max() < 1e-3 and any("made for GRAY" in note for note in photo.notes)


def test_iccmax_is_read_where_it_is_as_version_4_and_else_refused(grid, matrix_tags):
    assert colour_space(profile(matrix_tags, connection=b"XYZ ", version=5), "rgb")[1] is None
    tables = profile({b"A2B0": lut16(coded(grid, b"Lab ", 2), 3)}, version=5)
    space, note = colour_space(tables, "rgb")
    assert note is None
    same, _ = colour_space(profile({b"A2B0": lut16(coded(grid, b"Lab ", 2), 3)}), "rgb")
    values = CODES / np.float32(255)
    assert np.abs(space.decode(values) - same.decode(values)).max() < 1e-3
    for tags in ({b"D2B0": b"mpet" + bytes(40)}, matrix_tags | {b"svcn": b"svcn" + bytes(60)}):
        _, note = colour_space(profile(tags, connection=b"XYZ ", version=5), "rgb")
        assert "version 5" in note and "cannot be used" in note
    _, note = colour_space(profile({b"A2B0": b"mpet" + bytes(40)}, version=5), "rgb")
    assert note is not None


@pytest.mark.parametrize("kind", [b"link", b"abst", b"nmcl"])
def test_profiles_that_are_for_no_photo_are_told_of(grid, kind):
    _, note = colour_space(profile({b"A2B0": lut16(coded(grid, b"Lab ", 2), 3)}, kind=kind), "rgb")
    assert "cannot be used" in note
