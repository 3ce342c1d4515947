"""A small copy of a photo for all that is measured."""

import numpy as np

from photostyle.photo import Photo, WorkingCopy, shrunk


def test_a_working_copy_knows_the_photos_size():
    pixels = np.linspace(0, 1, 60 * 90 * 4, dtype=np.float32).reshape(60, 90, 4)
    copy = WorkingCopy.of(Photo.from_array(pixels), 30)
    assert copy.photo.size == (30, 20) and copy.full_size == (90, 60) and copy.scale == 1 / 3
    assert (
        copy.photo.alpha.shape == (20, 30) and abs(copy.photo.pixels.mean() - pixels[..., :3].mean()) < 2e-3
    )  # pixels count by their alpha


def test_a_small_photo_is_its_own_working_copy():
    photo = Photo.from_array(np.zeros((5, 7, 3), np.uint8))
    assert WorkingCopy.of(photo).photo is photo and shrunk(photo, 7) is photo
    assert shrunk(Photo.from_array(np.zeros((1, 400, 3), np.uint8)), 20).size == (20, 1)
