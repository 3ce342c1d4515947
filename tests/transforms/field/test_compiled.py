"""The compiled loops say what torch says."""

import json
import os
import subprocess
import sys

import pytest
import torch

from photostyle import compiling
from photostyle.regions import Regions, upsampling
from photostyle.regions.upsampling import MaskUpsampler
from photostyle.transforms.field import BilateralField, rendering
from photostyle.transforms.field.rendering import render_into

pytest.importorskip("numba")


def scene(height=60, width=90, regions=3):
    random = torch.Generator().manual_seed(3)
    pixels = (1.3 * torch.rand(height, width, 3, generator=random) - 0.15).permute(2, 0, 1)
    masks = torch.rand(regions, 20, 30, generator=random)
    names = tuple("abc"[:regions])
    return pixels, Regions(names, masks / masks.sum(0), ((0, 0, 0),) * regions), random


def both_ways(monkeypatch, make):
    set_compiling(monkeypatch, False)
    plain = make()
    set_compiling(monkeypatch, True)
    return plain, make()


def set_compiling(monkeypatch, fast):
    for module in (rendering, upsampling):
        monkeypatch.setattr(module, "compiling_pays", lambda pixels: fast)


@pytest.mark.parametrize("grid", [(4, 3, 5), (1, 1, 4), (2, 5, 1)])
def test_a_compiled_render_is_the_torch_render(monkeypatch, grid):
    pixels, regions, random = scene()
    masks, (rows, cols, depth) = regions.resized(pixels.shape[1:]).masks, grid
    field = BilateralField(0.3 * torch.randn(3, depth, rows, cols, 3, 4, generator=random), regions.names)

    def make():
        out = torch.empty_like(pixels)
        return out, render_into(out, pixels, masks, field)

    (plain, clipped), (fast, clipped_fast) = both_ways(monkeypatch, make)
    torch.testing.assert_close(fast, plain, atol=1e-5, rtol=0)
    assert clipped.highlights == pytest.approx(clipped_fast.highlights, abs=1e-3) and clipped.highlights > 0


def test_compiled_masks_are_the_torch_masks(monkeypatch):
    pixels, regions, _ = scene()
    tile = lambda: MaskUpsampler(regions, pixels.shape[1:], pixels).tile(pixels[:, 7:40, 11:80], (7, 11))
    plain, fast = both_ways(monkeypatch, tile)
    torch.testing.assert_close(fast, plain, atol=1e-5, rtol=0)


@pytest.mark.parametrize("fast", [False, True])
def test_a_render_in_place_is_the_same(monkeypatch, fast):
    set_compiling(monkeypatch, fast)
    monkeypatch.setattr("photostyle.transforms.field.rendering.STRIP_PIXELS", 500)
    monkeypatch.setattr("photostyle.transforms.field.rendering.COMPILED_STRIP", 500)
    pixels, regions, random = scene()
    field = BilateralField(0.3 * torch.randn(3, 4, 2, 2, 3, 4, generator=random), regions.names)
    upsampler = MaskUpsampler(regions, pixels.shape[1:], pixels)
    strips = lambda top, bottom: upsampler.tile(pixels[:, top:bottom], (top, 0))
    apart = torch.empty_like(pixels)
    render_into(apart, pixels, strips, field)
    render_into(pixels, pixels, strips, field)
    assert torch.equal(pixels, apart)


def test_loops_are_compiled_where_nothing_can_be_kept(monkeypatch):
    """As in a container whose folders are all read-only."""
    import numba

    def njit(cache=False, **how):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda loop: (loop, how)

    monkeypatch.setattr(numba, "njit", njit)
    loop, how = compiling.compiled.__wrapped__(len)
    assert loop is len and how["nogil"]


KEPT = """
import json, sys
from numba.core import caching

def closed(self):
    raise OSError("read-only file system")

for name, locator in vars(caching).items():
    if "InTree" in name:
        locator.ensure_cache_path = closed  # as where the package lies on a disk that cannot be written
from photostyle.compiling import compiled
from photostyle.transforms.field import loops, rendering
rendering.load_loops()
fast = compiled(loops.field_rows)
print(json.dumps([fast.stats.cache_path, sum(fast.stats.cache_hits.values()), sum(fast.stats.cache_misses.values())]))
"""


def test_what_a_read_only_install_compiles_is_kept_for_the_user(tmp_path):
    """The second process compiles nothing."""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("NUMBA_CACHE_DIR", None)
    answers = []
    for _ in range(2):
        ended = subprocess.run([sys.executable, "-c", KEPT], env=environment, capture_output=True, text=True, check=True)
        answers.append(json.loads(ended.stdout))
    assert answers[0][0].startswith(str(tmp_path))
    assert answers[0][1:] == [0, 1]
    assert answers[1][1:] == [1, 0]
