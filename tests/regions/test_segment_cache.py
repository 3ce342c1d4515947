"""The cache of segmentations: right, whole, bounded, and shared by processes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from photostyle.regions.segment import Segmentation, load_segmenter
from photostyle.regions.segment.cache import CachedSegmenter, cache_folder, clear_cache

CLASSES = ("light", "dark")


class Counting:
    """Answers with the photo's mean and counts how often it was asked."""

    name = "counting"

    def __init__(self, fingerprint: str | None = "abc", side: int = 16):
        self.fingerprint, self.asked, self.options = fingerprint, 0, {"side": side}

    def __call__(self, pixels):
        self.asked += 1
        light = torch.full((1, 4, 4), float(pixels.mean()))
        return Segmentation(CLASSES, torch.cat([light, 1 - light]))


PHOTO = np.full((5, 7, 3), 0.3, np.float32)


def test_a_photo_is_segmented_once(tmp_path):
    inner = Counting()
    first = CachedSegmenter(inner, tmp_path)(PHOTO)
    second = CachedSegmenter(inner, tmp_path)(PHOTO)
    assert inner.asked == 1
    assert second.classes == CLASSES
    assert torch.equal(first.probabilities, second.probabilities)


class Embedding(Counting):
    """Answers with a given embedding."""

    def __init__(self, embedding: torch.Tensor):
        super().__init__()
        self.embedding = embedding

    def __call__(self, pixels):
        self.asked += 1
        return Segmentation(CLASSES, torch.full((2, 4, 4), 0.5), self.embedding)


@pytest.mark.parametrize("rounded", [True, False])
def test_an_embedding_is_kept_exactly(tmp_path, rounded):
    embedding = torch.randn(16, 2, 3, generator=torch.Generator().manual_seed(0))
    inner = Embedding(embedding.half().float() if rounded else embedding)
    CachedSegmenter(inner, tmp_path)(PHOTO)
    again = CachedSegmenter(inner, tmp_path)(PHOTO)
    assert inner.asked == 1
    assert torch.equal(again.embedding, inner.embedding)


def test_an_entry_without_an_embedding_serves_as_before(tmp_path):
    CachedSegmenter(Counting(), tmp_path)(PHOTO)
    inner = Counting()
    assert CachedSegmenter(inner, tmp_path)(PHOTO).embedding is None
    assert inner.asked == 0


def test_other_pixels_weights_or_options_are_other_entries(tmp_path):
    CachedSegmenter(Counting(), tmp_path)(PHOTO)
    for inner, pixels in [
        (Counting(), PHOTO + 1e-6),
        (Counting(), PHOTO.reshape(7, 5, 3)),
        (Counting(fingerprint="abd"), PHOTO),
        (Counting(side=32), PHOTO),
    ]:
        CachedSegmenter(inner, tmp_path)(pixels)
        assert inner.asked == 1
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_a_broken_entry_is_written_anew(tmp_path, damage):
    inner = Counting()
    good = CachedSegmenter(inner, tmp_path)(PHOTO)
    (entry,) = tmp_path.iterdir()
    data = entry.read_bytes()
    entry.write_bytes({"cut": data[:-9], "empty": b"", "noise": b"\xff" * len(data)}[damage])
    again = CachedSegmenter(inner, tmp_path)(PHOTO)
    assert inner.asked == 2 and entry.read_bytes() == data
    assert torch.equal(again.probabilities, good.probabilities)


def test_the_folder_is_bounded_and_the_oldest_go_first(tmp_path):
    one = CachedSegmenter(Counting(), tmp_path)
    one(PHOTO)
    size = next(tmp_path.iterdir()).stat().st_size
    small = CachedSegmenter(Counting(), tmp_path, limit=3 * size + 1)
    for step in range(6):
        small(np.full((5, 7, 3), step / 8, np.float32))
    assert len(list(tmp_path.iterdir())) == 3
    inner = Counting()
    CachedSegmenter(inner, tmp_path)(np.full((5, 7, 3), 5 / 8, np.float32))
    assert inner.asked == 0


def test_many_at_once_leave_whole_entries_only(tmp_path):
    photos = [np.full((5, 7, 3), step / 4, np.float32) for step in range(4)] * 8
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda photo: CachedSegmenter(Counting(), tmp_path)(photo), photos))
    assert all(abs(a.probabilities[0, 0, 0] - p.mean()) < 1e-3 for a, p in zip(answers, photos, strict=True))
    assert len(list(tmp_path.iterdir())) == 4


def test_a_folder_that_cannot_be_written_does_not_stop_the_run(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert CachedSegmenter(Counting(), tmp_path / "file" / "cache")(PHOTO).classes == CLASSES


def test_what_has_no_fingerprint_is_not_kept(tmp_path):
    inner = Counting(fingerprint=None)
    for _ in range(2):
        CachedSegmenter(inner, tmp_path)(PHOTO)
    assert inner.asked == 2 and not list(tmp_path.iterdir())


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("PHOTOSTYLE_CACHE", raising=False)
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / "cache" / "segmentations"
    monkeypatch.setenv("PHOTOSTYLE_CACHE", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache" / "segmentations"


def test_no_cache_keeps_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("PHOTOSTYLE_CACHE", str(tmp_path))
    load_segmenter(Counting(), cache=False)(PHOTO)
    assert not list(tmp_path.iterdir())
    load_segmenter(Counting())(PHOTO)
    assert clear_cache() == 1
    assert not list((tmp_path / "segmentations").iterdir())
