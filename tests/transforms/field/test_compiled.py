"""The compiled loops say what torch says."""

import importlib
import os
import sys
import tempfile

import pytest
import torch

from photostyle import compiling
from photostyle.regions import Regions, upsampling
from photostyle.regions.resampling import normalised
from photostyle.regions.upsampling import MaskUpsampler
from photostyle.transforms.field import BilateralField, rendering
from photostyle.transforms.field.rendering import render_into

pytest.importorskip("numba")


def scene(height=60, width=90, regions=3):
    random = torch.Generator().manual_seed(3)
    pixels = (1.3 * torch.rand(height, width, 3, generator=random) - 0.15).permute(2, 0, 1)
    masks = torch.rand(regions, 20, 30, generator=random)
    names = tuple("abcd"[:regions])
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


@pytest.mark.parametrize("quick", [False, True])
def test_compiled_masks_are_the_torch_masks(monkeypatch, quick):
    pixels, regions, _ = scene()
    tile = lambda: MaskUpsampler(regions, pixels.shape[1:], pixels, quick=quick).tile(pixels[:, 7:40, 11:80], (7, 11))
    plain, fast = both_ways(monkeypatch, tile)
    torch.testing.assert_close(fast, plain, atol=1e-5, rtol=0)


@pytest.mark.parametrize("quick", [False, True])
def test_regions_that_lie_in_a_part_of_a_photo_are_computed_there_alone(monkeypatch, quick):
    pixels, regions, _ = scene(regions=4)
    masks = regions.masks.clone()
    masks[1, :, 12:] = masks[2, 9:] = masks[3] = 0
    masks[:, 10:] = torch.tensor([1.0, 0, 0, 0])[:, None, None]
    apart = Regions(regions.names, masks / masks.sum(0), regions.colours)
    tile = lambda: MaskUpsampler(apart, pixels.shape[1:], pixels, quick=quick).tile(pixels)
    plain, fast = both_ways(monkeypatch, tile)
    torch.testing.assert_close(fast, plain, atol=1e-5, rtol=0)
    assert not fast[3].any() and (fast[0, 50:] == 1).all()


@pytest.mark.parametrize("radius", [1, 3])
def test_quick_masks_are_the_masks(monkeypatch, radius):
    """Over several strips of rows, with places that one region has and regions that are nowhere."""
    set_compiling(monkeypatch, True)
    random = torch.Generator().manual_seed(5)
    pixels = torch.rand(3, 300, 90, generator=random)
    masks = torch.rand(4, 150, 45, generator=random) ** 8 + 1e-3
    masks[3] = 0
    masks[0, :50, 20:] = masks[1:, :50, 20:] = 0
    masks[2, :50, 20:] = 1
    regions = Regions(tuple("abcd"), normalised(masks), ((0, 0, 0),) * 4)
    plain, quick = (MaskUpsampler(regions, (300, 90), pixels, radius=radius, quick=each).tile(pixels) for each in (False, True))
    torch.testing.assert_close(quick, plain, atol=1e-5, rtol=0)
    assert (quick[2, :80, 60:] == 1).all() and not quick[3].any()


@pytest.mark.parametrize("nodes", [1, 2])
@pytest.mark.parametrize("fast", [False, True])
def test_a_render_in_place_is_the_same(monkeypatch, fast, nodes):
    set_compiling(monkeypatch, fast)
    monkeypatch.setattr("photostyle.transforms.field.rendering.STRIP_PIXELS", 500)
    monkeypatch.setattr("photostyle.transforms.field.rendering.COMPILED_STRIP", 500)
    pixels, regions, random = scene()
    field = BilateralField(0.3 * torch.randn(3, 4, nodes, nodes, 3, 4, generator=random), regions.names)
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


PACKAGE, USER = "InTree", "UserWide"  # numba's folders: in the package's own, and in the user's cache


@pytest.fixture
def compile_where(tmp_path, monkeypatch):
    """Compiles a loop of a package in `tmp_path` anew, as another process would: (folder, loaded, compiled)."""
    from numba.core import caching

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    monkeypatch.delenv("PHOTOSTYLE_HOME", raising=False)
    package = tmp_path / "package"
    package.mkdir()
    (package / "small_loop.py").write_text("def doubled(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(package)

    def closed(self):
        raise OSError("read-only file system")

    def compile_it(*kinds):
        compiling._other_folder.cache_clear()
        with monkeypatch.context() as patch:
            for name, locator in vars(caching).items():
                if any(kind in name for kind in kinds):
                    patch.setattr(locator, "ensure_cache_path", closed)
            fast = compiling.compiled.__wrapped__(importlib.import_module("small_loop").doubled)
            assert fast(21) == 42
        found = fast.stats
        return os.path.relpath(found.cache_path, tmp_path), sum(found.cache_hits.values()), sum(found.cache_misses.values())

    yield compile_it
    sys.modules.pop("small_loop", None)
    compiling._other_folder.cache_clear()


def test_what_a_read_only_install_compiles_is_kept_for_the_user(compile_where):
    """The second process compiles nothing."""
    assert compile_where(PACKAGE)[1:] == (0, 1)
    folder, *counts = compile_where(PACKAGE)
    assert not folder.startswith("package")
    assert counts == [1, 0]


def test_what_was_compiled_before_an_install_became_read_only_is_not_compiled_again(compile_where):
    """As in the image of a container, which is made by one user and run by another."""
    assert compile_where() == (os.path.join("package", "__pycache__"), 0, 1)
    folder, *counts = compile_where(PACKAGE)
    assert not folder.startswith("package")
    assert counts == [1, 0]
    folder, *counts = compile_where(PACKAGE, USER)
    assert folder.startswith("photostyle-loops-")
    assert counts == [1, 0]


def test_where_the_user_has_no_folder_photostyles_own_is_taken(compile_where, monkeypatch, tmp_path):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    assert compile_where(PACKAGE, USER)[1:] == (0, 1)
    folder, *counts = compile_where(PACKAGE, USER)
    assert folder.startswith(os.path.join("home", "cache", "loops"))
    assert counts == [1, 0]
