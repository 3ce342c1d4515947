"""Borders are drawn to the photo's edges once; a second run finds them as they came out."""

import numpy as np
import pytest
import torch

from photostyle.photo import Photo, WorkingCopy
from photostyle.regions import Regions, refined_once, regions_of, regions_of_pair
from photostyle.regions.refined_once import refine_edges_once

H, W = 160, 240


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """The folder of the cache, and how often edges were refined."""
    monkeypatch.setenv("PHOTOSTYLE_CACHE", str(tmp_path))
    calls = []
    real = refined_once.refine_edges
    monkeypatch.setattr(refined_once, "refine_edges", lambda *args, **more: calls.append(1) or real(*args, **more))
    return tmp_path / "edges", calls


def photo():
    rng = np.random.default_rng(0)
    pixels = rng.random((H, W, 3), np.float32) * 0.1
    pixels[: H // 2] += 0.6
    return pixels


def mask(shift=3):
    labels = np.zeros((H, W), int)
    labels[H // 2 + shift :] = 1
    return labels


def regions(shift=3):
    planes = torch.from_numpy(np.stack([mask(shift) == 0, mask(shift) == 1])).float()
    return Regions(("a", "b"), planes, ((0, 0, 0), (9, 9, 9)))


def test_a_second_run_finds_the_very_same_masks(kept):
    folder, calls = kept
    first = refine_edges_once(regions(), photo())
    second = refine_edges_once(regions(), photo())
    assert len(calls) == 1 and torch.equal(first.masks, second.masks)
    assert not torch.equal(first.masks, regions().masks)
    (entry,) = folder.iterdir()
    assert entry.stat().st_size < first.masks.numel() * 4 / 2
    entry.write_bytes(entry.read_bytes()[:-5])
    assert torch.equal(refine_edges_once(regions(), photo()).masks, first.masks) and len(calls) == 2


def test_another_mask_photo_or_option_is_another_entry(kept):
    _, calls = kept
    refine_edges_once(regions(), photo())
    refine_edges_once(regions(4), photo())
    refine_edges_once(regions(), photo() + 0.01)
    refine_edges_once(regions(), photo(), feather=2)
    refine_edges_once(regions(), photo(), coarse=True)
    assert len(calls) == 5
    refine_edges_once(regions(), photo(), cache=False)
    assert len(calls) == 6


def test_masks_of_a_pair_are_refined_once_each(kept):
    folder, calls = kept
    copies = [WorkingCopy.of(Photo.from_array(each)) for each in (photo(), photo()[::-1].copy())]
    for _ in range(2):
        regions_of_pair(*copies, mask(), mask(-3), cache=True)
        regions_of(copies[0], mask(), cache=True)
    assert len(calls) == 2 and len(list(folder.iterdir())) == 2
    regions_of(copies[0], mask())
    assert len(calls) == 3


def test_a_folder_that_cannot_be_written_does_not_stop_the_run(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PHOTOSTYLE_CACHE", str(tmp_path / "file"))
    assert refine_edges_once(regions(), photo()).names == ("a", "b")
