"""Masks of a photo at its own size, tile by tile, from masks at a working size."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from matting.guided import apply_coefficients, guided_coefficients, stretched
from photostyle.compiling import compiled, compiling_pays, linear_taps, map_in_threads
from photostyle.regions.loops import mask_rows, mean_coefficients, window_coefficients
from photostyle.regions.photo_planes import Pixels, planes_at_size, planes_of
from photostyle.regions.quick_loops import quick_mask_rows, quick_means, quick_windows
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import normalised

_EPSILON = 3e-5  # regularisation of the guided filter, in squared colours
_ROWS = 64  # of the working size, done at a time by each thread


def mask_strips(
    regions: Regions, pixels: Tensor, device: torch.device, guide: Tensor | None = None, *, quick: bool = False
) -> Callable[[int, int], Tensor]:
    """A function (top, bottom) -> (R, bottom - top, W): the masks of a strip of a photo.

    Args:
        regions: at working size, or at the photo's own.
        pixels: (3, H, W), the photo; read strip by strip as the strips are asked for.
        device: where the strips are made.
        guide: (3, h, w), the photo or its working copy, whose edges the masks then follow to the pixel. None, for masks
            to be used as they are: interpolated only.
        quick: as for `MaskUpsampler`.
    """
    _, height, width = pixels.shape
    upsampler = MaskUpsampler(regions, (height, width), guide, device=device, quick=quick)
    return lambda top, bottom: upsampler.tile(pixels[:, top:bottom], (top, 0))


class MaskUpsampler:
    """Masks of a photo of any size, tile by tile, from masks at a working size.

    Guided filter coefficients (He and Sun 2015) taken at the working size are applied to the full-size photo, so that
    borders follow it to the pixel, and memory grows with the tile alone. Without a guide, masks are interpolated.

    Args:
        regions: masks at working size.
        size: (height, width) of the photo.
        guide: the photo, (H, W, 3) or (3, H, W) in [0, 1], at any size; taken to the size of the regions. None: plain
            bilinear.
        radius: of the windows in working pixels.
        device: where the tiles are made.
        quick: whether the masks may be rounded otherwise, in the seventh digit, where that is quicker: for frames of clips. A
            solve makes another picture of such a digit.
    """

    def __init__(
        self,
        regions: Regions,
        size: Sequence[int],
        guide: Pixels | None = None,
        *,
        radius: int = 2,
        device: torch.device | str = "cpu",
        quick: bool = False,
    ):
        height, width = size
        self.masks = regions.masks.to(device)
        self.size = (height, width)
        self.guided: _TorchMasks | _CompiledMasks | None = None
        small = (self.masks.shape[1], self.masks.shape[2])
        if guide is None or len(self.masks) == 1 or min(small) <= 2 * radius or self.size == small:
            return
        image = planes_at_size(planes_of(guide), small).to(device)
        self.guided = guided_masks(image, self.masks, radius, self.size, quick=quick)

    def tile(self, pixels: Pixels, corner: Sequence[int] = (0, 0)) -> Tensor:
        """(R, h, w) masks of a tile, a partition of unity.

        Args:
            pixels: the tile of the full-size photo, (h, w, 3) or (3, h, w).
            corner: (top, left) of the tile.
        """
        tile = planes_of(pixels)
        top, left = corner
        height, width = self.size
        _, rows, columns = tile.shape
        if self.size == tuple(self.masks.shape[1:]):
            return self.masks[:, top : top + rows, left : left + columns]
        if self.guided is None:
            return stretched(stretched(self.masks, -2, height, top, rows), -1, width, left, columns)
        return self.guided.tile(tile, top, left)


def guided_masks(
    image: Tensor, masks: Tensor, radius: int, size: tuple[int, int], epsilon: float = _EPSILON, *, quick: bool = False
) -> "_TorchMasks | _CompiledMasks":
    """Masks that follow a photo of any size, made by `tile(pixels, top, left)`, from those of a small copy of it.

    Args:
        image: (3, h, w), the small copy, in [0, 1].
        masks: (R, h, w) partition.
        radius: of the guided filter's windows, in pixels of the copy.
        size: (height, width) of the photo.
        epsilon: regularisation, in squared colours: edges of less variance are smoothed.
        quick: as for `MaskUpsampler`.
    """
    if masks.device.type == "cpu" and compiling_pays(size[0] * size[1]):
        return _CompiledMasks(image, masks, radius, size, epsilon, quick)
    return _TorchMasks(image, masks, radius, size, epsilon)


class _TorchMasks:
    """Guided masks of one photo, tile by tile, on any device."""

    def __init__(self, image: Tensor, masks: Tensor, radius: int, size: tuple[int, int], epsilon: float):
        self.size = size
        self.coefficients = guided_coefficients(image[None], masks[None], radius, epsilon)

    def tile(self, pixels: Tensor, top: int, left: int) -> Tensor:
        """(R, h, w) masks of a tile (3, h, w)."""
        tile = pixels.clamp(0, 1).to(self.coefficients[0].device)[None]
        return normalised(apply_coefficients(*self.coefficients, tile, (top, left), self.size)[0].clamp_(0, 1))


class _CompiledMasks:
    """The same in compiled loops, which compute near borders only; several threads may ask for tiles at once."""

    def __init__(self, image: Tensor, masks: Tensor, radius: int, size: tuple[int, int], epsilon: float, quick: bool):
        colours = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
        shares = np.ascontiguousarray(masks.permute(1, 2, 0).numpy())
        height, width, regions = shares.shape
        own = np.empty((height, width), np.int32)
        windows = np.empty((height, width, regions, 4), np.float32)
        self.settled = np.empty_like(own)
        self.coefficients = np.empty_like(windows)
        self.down = linear_taps(height, size[0])
        self.across = linear_taps(width, size[1])
        in_windows = compiled(quick_windows if quick else window_coefficients)
        averaged = compiled(quick_means if quick else mean_coefficients)
        self.mask_rows = compiled(quick_mask_rows if quick else mask_rows)

        def fill_windows(top: int) -> None:
            in_windows(colours, shares, own, radius, epsilon, top, min(top + _ROWS, height), windows)

        def average_windows(top: int) -> None:
            averaged(own, windows, radius, top, min(top + _ROWS, height), self.settled, self.coefficients)

        tops = range(0, height, _ROWS)
        map_in_threads(fill_windows, tops)
        map_in_threads(average_windows, tops)

    def tile(self, pixels: Tensor, top: int, left: int) -> Tensor:
        """(R, h, w) masks of a tile (3, h, w)."""
        tile = np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())
        height, width = tile.shape[:2]
        rows = slice(top, top + height)
        columns = slice(left, left + width)
        above, weight_below = self.down
        before, weight_after = self.across
        masks = np.empty((self.coefficients.shape[2], height, width), np.float32)
        self.mask_rows(
            tile, self.coefficients, self.settled, above[rows], weight_below[rows], before[columns], weight_after[columns], masks
        )
        return torch.from_numpy(masks)
