"""What is kept in memory is bounded by number and by weight."""

from collections import OrderedDict

from photostyle.studio.latest import kept
from photostyle.studio.limits import StudioLimits
from photostyle.studio.shelf import Shelf
from tests.studio.conftest import png, sample


def test_the_latest_are_kept_as_far_as_they_weigh_no_more_than_the_limit():
    values = OrderedDict(a=3, b=4, c=5)
    assert kept(values, "a", 3, lambda value: value, 12) == 3
    assert list(values) == ["b", "c", "a"]
    assert kept(values, "c", 3, lambda value: value, 9) == 5
    assert list(values) == ["a", "c"]
    assert kept(values, "a", 3, lambda value: value, 1) == 3  # the one that is used stays
    assert list(values) == ["a"]


def test_large_photos_do_not_fill_the_memory(tmp_path):
    for seed in range(3):
        (tmp_path / f"{seed}.png").write_bytes(png(sample(seed)))
    shelf = Shelf(tmp_path, StudioLimits(pixels=2 * 96 * 64))
    for item in shelf.items():
        shelf.photo(item)
    assert [key[0] for key in shelf._photos] == [item.id for item in shelf.items()[1:]]
