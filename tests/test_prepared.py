"""A prepared photo, and by what it is known again."""

import io

import numpy as np
import pytest
from PIL import Image

from photostyle import MaskError, OptionError, Options, Session, open_photo, prepare, prepare_pair, transfer
from photostyle.photo import resample
from photostyle.prepared import at_working_size, prepare_whole


def photo(height=240, width=320, seed=0):
    """A smooth picture with some grain, as photos are."""
    random = np.random.default_rng(seed)
    shapes = resample(random.random((6, 8, 3)).astype(np.float32), (width, height))
    return (0.8 * shapes + 0.1 + random.normal(0, 0.02, (height, width, 3))).clip(0, 1).astype(np.float32)


def identity(pixels):
    return prepare_whole(pixels).identity


def test_a_photo_is_known_again_at_another_size_and_after_compression():
    day = photo()
    buffer = io.BytesIO()
    Image.fromarray((day * 255).round().astype(np.uint8)).save(buffer, "JPEG", quality=60)
    assert identity(day).digest == identity(day.copy()).digest
    for same in (resample(day, (160, 120)), resample(day, (640, 480)), resample(day, (97, 73)), buffer.getvalue()):
        assert identity(same).digest != identity(day).digest
        assert identity(same).matches(identity(day)) and identity(day).matches(identity(same))


def test_another_photo_is_another():
    day = photo()
    for other in (photo(seed=1), day[:, ::-1].copy(), day[::-1].copy(), 1 - day, np.full_like(day, 0.5)):
        assert not identity(other).matches(identity(day))


def test_working_sizes():
    opened = open_photo(photo(240, 320))
    assert at_working_size(opened, 64).shape == (3, 48, 64)
    assert at_working_size(opened, 320).shape == (3, 240, 320)
    assert at_working_size(opened, 4000).shape == (3, 240, 320)  # nothing is enlarged
    assert at_working_size(opened, 4000, most_enlarged=2.0).shape == (3, 480, 640)
    assert at_working_size(opened, 16, smallest=16).shape == (3, 16, 16)
    prepared = prepare_whole(opened)
    assert prepared.at_exactly((31, 17)).shape == (3, 31, 17) and prepared.masks_at((31, 17)).shape == (1, 31, 17)
    assert prepared.photo is opened


def test_a_pair_is_prepared_with_or_without_masks():
    session, options = Session("cpu"), Options(segmenter="none")
    content, style = prepare_pair(photo(), photo(120, 100, 1), session=session, options=options)
    assert content.regions.names == style.regions.names == ("all",)
    left = np.zeros((240, 320), bool)
    left[:, :160] = True
    content, style = prepare_pair(
        photo(), photo(seed=1), {"left": left}, {"left": left[:, ::-1]}, session=session, options=options
    )
    assert "left" in content.regions.names and content.regions.names == style.regions.names
    assert "\n" not in repr(content) and "left" in repr(content)


def test_protecting_is_the_contents_alone():
    session = Session("cpu")
    style = prepare(photo(), session=session, options=Options(segmenter="none", protect="skin"), role="style")
    assert style.regions.names == ("all",)
    with pytest.raises(OptionError):
        prepare(photo(), session=session, options=Options(segmenter="no such"))


def test_prepared_photos_serve_many_transfers():
    found = []

    def halves(pixels):
        found.append(pixels.shape)
        labels = np.zeros(pixels.shape[:2], np.int64)
        labels[len(labels) // 2 :] = 1
        return labels, ("top", "bottom")

    day, dusk = photo(60, 80), photo(60, 80, seed=1)
    quick = {"size": 64, "steps": 2, "encoder": "compact", "device": "cpu", "cache": False}
    options = Options(segmenter=halves, **quick)
    session = Session("cpu", cache=False)
    prepared = prepare_pair(day, dusk, session=session, options=options)
    results = [transfer(*prepared, session=session, strength=strength, **quick) for strength in (1, 0.5)]
    assert len(found) == 2  # once for each photo
    assert np.array_equal(results[0].photo.pixels, transfer(day, dusk, session=session, options=options).photo.pixels)
    assert [pair.content for pair in results[1].pairs] == ["top", "bottom"]
    with pytest.raises(MaskError, match="the prepared content has its regions already"):
        transfer(*prepared, content_mask=np.zeros((60, 80), np.uint8), session=session, **quick)
