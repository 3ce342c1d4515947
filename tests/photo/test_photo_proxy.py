"""A small copy stands for a photo."""

import numpy as np

from photostyle.photo import Photo, Proxy, shrunk


def test_a_proxy_knows_the_whole_photo():
    pixels = np.linspace(0, 1, 60 * 90 * 4, dtype=np.float32).reshape(60, 90, 4)
    proxy = Proxy.of(Photo.from_array(pixels), 30)
    assert proxy.photo.size == (30, 20) and proxy.whole == (90, 60) and proxy.scale == 1 / 3
    assert proxy.photo.alpha.shape == (20, 30) and abs(proxy.photo.pixels.mean() - pixels[..., :3].mean()) < 1e-3


def test_a_small_photo_is_its_own_proxy():
    photo = Photo.from_array(np.zeros((5, 7, 3), np.uint8))
    assert Proxy.of(photo).photo is photo and shrunk(photo, 7) is photo
    assert shrunk(Photo.from_array(np.zeros((1, 400, 3), np.uint8)), 20).size == (20, 1)
