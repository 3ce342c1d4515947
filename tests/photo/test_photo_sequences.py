"""Of an animation the first frame is used, which is said; no codec is given what it cannot hold."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from photostyle.errors import PhotoError
from photostyle.photo import read_photo
from photostyle.photo.codecs.avif_sequences import still_image
from photostyle.photo.codecs.boxes import top_boxes

WIDTH, HEIGHT = 96, 64
COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200))


def animation(format, channels=3, **options) -> bytes:
    """Three frames: red, green, blue."""
    frames = []
    for colour in COLOURS:
        frames.append(Image.new("RGBA"[:channels], (WIDTH, HEIGHT), (*colour, 128)[:channels]))
    file = io.BytesIO()
    frames[0].save(file, format, save_all=True, append_images=frames[1:], **options)
    return file.getvalue()


def without_box(data: bytes, kind: bytes) -> bytes:
    """The file whose box of this kind is free space."""
    changed = bytearray(data)
    for box in top_boxes(data):
        if box.kind == kind:
            changed[box.start + 4 : box.start + 8] = b"free"
    return bytes(changed)


@pytest.mark.parametrize("format", ["AVIF", "WEBP", "PNG", "GIF"])
@pytest.mark.parametrize("channels", [3, 4])
def test_first_frame_of_an_animation(format, channels):
    photo = read_photo(animation(format, channels))
    assert photo.size == (WIDTH, HEIGHT)
    assert np.abs(photo.pixels.mean((0, 1)) * 255 - COLOURS[0]).max() < 4
    assert any("only the first is used" in note for note in photo.notes)


def test_avif_that_is_nothing_but_a_sequence():
    data = without_box(animation("AVIF"), b"meta").replace(b"avifavismsf1iso8mif1", b"avisavismsf1iso8msf1")
    assert still_image(data) is None
    assert np.abs(read_photo(data).pixels.mean((0, 1)) * 255 - COLOURS[0]).max() < 4
    data = animation("AVIF").replace(b"ftypavis", b"ftypavif")
    assert read_photo(data).size == (WIDTH, HEIGHT)


def test_a_still_avif_is_handed_on_as_it_is():
    file = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT)).save(file, "AVIF")
    assert still_image(file.getvalue()) is file.getvalue() or still_image(file.getvalue()) == file.getvalue()


def test_boxes_of_every_kind_of_size():
    data = (
        struct.pack(">I4sQ", 1, b"long", 20) + b"body" + struct.pack(">I4s", 9, b"tiny") + b"x" + struct.pack(">I4s", 0, b"last")
    )
    data += b"rest"
    assert [(box.kind, data[box.body : box.end]) for box in top_boxes(data)] == [
        (b"long", b"body"),
        (b"tiny", b"x"),
        (b"last", b"rest"),
    ]
    assert [box.kind for box in top_boxes(data[:25])] == [b"long"]
    assert not list(top_boxes(struct.pack(">I4s", 3, b"less") + bytes(8)))


def test_the_primary_picture_of_a_heic_is_used_and_named():
    pillow_heif = pytest.importorskip("pillow_heif")
    made = pillow_heif.HeifFile()
    for grey in (20, 120, 220):
        made.add_from_pillow(Image.fromarray(np.full((32, 48, 3), grey, np.uint8)))
    file = io.BytesIO()
    made.save(file, quality=90, primary_index=1)
    photo = read_photo(file.getvalue())
    assert abs(photo.pixels.mean() * 255 - 120) < 3
    assert "holds 3 pictures; only its primary one, number 2, is used" in photo.notes


def test_messages_show_no_addresses():
    file = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(file, "AVIF")
    with pytest.raises(PhotoError) as told:
        read_photo(file.getvalue()[:150])
    assert "0x" not in str(told.value)
