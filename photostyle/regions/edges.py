"""Edges: label maps become soft masks whose borders are the photo's own, at working size and at full size."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from matting.alpha import fill_unknown
from matting.boxes import box_mean
from matting.guided import apply_coefficients, guided_coefficients, stretched
from photostyle.compiling import compiled, places, side_by_side, worth
from photostyle.errors import MaskError
from photostyle.heap import give_back
from photostyle.options import feather_pixels
from photostyle.photo import resample
from photostyle.regions.border_colours import border_posterior, near_borders
from photostyle.regions.loops import mask_rows, mean_coefficients, window_coefficients
from photostyle.regions.regions import Regions, normalised

_REACH = {False: 0.012, True: 0.024}  # how far from the photo's edge a mask may be, of the long side: painted, found
_WINDOW = 0.035  # radius of the colour models, of the long side
_KNOWN = 0.97  # a pixel so sure of its region needs no matting
_SOFT = 4.0  # soft pixels for each pixel along the borders: more, and the masks are soft on purpose
_EPSILON = 1e-6
_GUIDE = 3e-5  # regularisation of the guided upsampling, in squared colours


def refine_edges(
    regions: Regions,
    pixels: np.ndarray | Tensor,
    *,
    feather: float | str | None = None,
    coarse: bool = False,
    device: torch.device | str = "cpu",
) -> Regions:
    """Regions whose borders follow the photo: hair, leaves and roofs get the mattes that they have.

    Within a band round the borders, pixels that the colours on either side explain go to that side; the mixed ones in
    between get alpha mattes (closed-form matting, Levin et al. 2008). Where the photo has no edge, the border stays
    where it was. Away from the borders nothing changes, and masks that are soft already are left as they are.

    Args:
        regions: at any size.
        pixels: the photo, (H, W, 3) or (3, H, W), sRGB-encoded in [0, 1]; resized to the size of the regions.
        feather: softness to add, in pixels of the photo as given, or "1.5%" of its long side.
        coarse: the masks are those of a segmenter, several pixels off, rather than painted.
        device: where to compute; the regions come back on the CPU.

    Raises:
        MaskError: when the photo has another shape than the regions.
    """
    image = _planes(pixels)
    height, width = regions.masks.shape[1:]
    scale = max(height, width) / max(image.shape[1:])
    if abs(image.shape[1] * width / (image.shape[2] * height) - 1) > 0.03 and min(height, width) > 32:
        came = f"{image.shape[2]} x {image.shape[1]}"
        raise MaskError(f"regions of {width} x {height} need a photo of that shape, got {came}")
    masks = regions.masks.to(device)
    if len(masks) > 1 and min(height, width) >= 8 and (coarse or not _is_soft(masks)):
        small = _at_size(image, (height, width)).to(device)
        masks = _refined(small, masks, max(2, round(_REACH[coarse] * max(height, width))))
        give_back()  # mattes take a hundred times what they leave
    radius = feather_pixels(feather, max(image.shape[1:])) * scale
    if radius > 0 and len(masks) > 1:
        masks = _feathered(masks, radius)
    return replace(regions, masks=normalised(masks).cpu())


def _planes(pixels: np.ndarray | Tensor) -> Tensor:
    """(3, H, W) float32 of a photo in either order."""
    image = torch.as_tensor(pixels, dtype=torch.float32)
    if image.ndim != 3 or 3 not in (image.shape[0], image.shape[2]):
        raise MaskError(f"pixels must have shape (H, W, 3) or (3, H, W), got {tuple(image.shape)}")
    return image.permute(2, 0, 1) if image.shape[2] == 3 and image.shape[0] != 3 else image


def _at_size(image: Tensor, size: tuple[int, int]) -> Tensor:
    """(3, height, width) of a photo (3, H, W) on the CPU, in [0, 1]."""
    height, width = size
    small = resample(image.permute(1, 2, 0).numpy(), (width, height))
    return torch.from_numpy(small).permute(2, 0, 1).clamp(0, 1).contiguous()


def _is_soft(masks: Tensor) -> bool:
    """Whether the masks have soft borders, broader than anti-aliasing makes them, over much of their length."""
    along = near_borders(masks.max(0).indices, 1)
    soft = masks.amax(0) < 0.95
    return bool(soft.sum() > _SOFT * along.sum())


def _refined(image: Tensor, masks: Tensor, reach: int) -> Tensor:
    """(R, H, W) masks with mattes in a band of `reach` pixels round the borders."""
    labels = masks.max(0).indices
    band = near_borders(labels, reach)
    if not band.any():
        return masks
    window = max(8, round(_WINDOW * max(labels.shape)))
    posterior = border_posterior(image, masks, band, reach, window)
    labels[band] = posterior.max(0).indices
    known = ~near_borders(labels, 1)
    known[band] &= posterior.amax(0) > _KNOWN
    known |= ~band
    hard = torch.stack([labels == r for r in range(len(masks))]).to(masks)
    settled = torch.where(band, hard, masks)
    if known.all() or not known.any():
        return settled
    solution = fill_unknown(image, settled, known, _EPSILON, 1e-3, 300)
    return torch.where(known, settled, normalised(solution.x.to(masks)))


def _feathered(masks: Tensor, radius: float) -> Tensor:
    """Masks blurred by about `radius` pixels: three box means, nearly a Gaussian of half that deviation."""
    for _ in range(3):
        side = max(1, round(radius / 2))
        masks = box_mean(masks, side)
    return masks


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
    """

    def __init__(
        self,
        regions: Regions,
        size: Sequence[int],
        guide: np.ndarray | Tensor | None = None,
        *,
        radius: int = 2,
        device: torch.device | str = "cpu",
    ):
        self.masks, self.size = regions.masks.to(device), tuple(size)
        self.guided = None
        small = tuple(self.masks.shape[1:])
        if guide is not None and len(self.masks) > 1 and min(small) > 2 * radius and self.size != small:
            image = _at_size(_planes(guide), small).to(device)
            fast = self.masks.device.type == "cpu" and worth(self.size[0] * self.size[1])
            self.guided = (_CompiledMasks if fast else _TorchMasks)(image, self.masks, radius, self.size)

    def tile(self, pixels: np.ndarray | Tensor, corner: Sequence[int] = (0, 0)) -> Tensor:
        """(R, h, w) masks of a tile, a partition of unity.

        Args:
            pixels: the tile of the full-size photo, (h, w, 3) or (3, h, w).
            corner: (top, left) of the tile.
        """
        tile = _planes(pixels)
        (top, left), (height, width), (rows, columns) = corner, self.size, tile.shape[1:]
        if self.size == tuple(self.masks.shape[1:]):
            return self.masks[:, top : top + rows, left : left + columns]
        if self.guided is None:
            return stretched(stretched(self.masks, -2, height, top, rows), -1, width, left, columns)
        return self.guided.tile(tile, top, left)


class _TorchMasks:
    """Guided masks of one photo, tile by tile, on any device."""

    def __init__(self, image: Tensor, masks: Tensor, radius: int, size: tuple[int, int]):
        self.size, self.coefficients = size, guided_coefficients(image[None], masks[None], radius, _GUIDE)

    def tile(self, pixels: Tensor, top: int, left: int) -> Tensor:
        """(R, h, w) masks of a tile (3, h, w)."""
        tile = pixels.clamp(0, 1).to(self.coefficients[0].device)[None]
        return normalised(apply_coefficients(*self.coefficients, tile, (top, left), self.size)[0].clamp_(0, 1))


class _CompiledMasks:
    """The same in compiled loops, which compute near borders only; several threads may ask for tiles at once."""

    def __init__(self, image: Tensor, masks: Tensor, radius: int, size: tuple[int, int]):
        colours, shares = (np.ascontiguousarray(x.permute(1, 2, 0).numpy()) for x in (image, masks))
        shape, tops = shares.shape, range(0, len(shares), 64)
        own, self.settled = np.empty((2, *shape[:2]), np.int32)
        windows, self.coefficients = (np.empty((*shape, 4), np.float32) for _ in range(2))
        first, second = compiled(window_coefficients), compiled(mean_coefficients)
        ends = lambda top: (top, min(top + tops.step, len(shares)))
        side_by_side(lambda top: first(colours, shares, own, radius, _GUIDE, *ends(top), windows), tops)
        side_by_side(lambda top: second(own, windows, radius, *ends(top), self.settled, self.coefficients), tops)
        self.down, self.across = (places(*pair) for pair in zip(shape, size, strict=False))

    def tile(self, pixels: Tensor, top: int, left: int) -> Tensor:
        """(R, h, w) masks of a tile (3, h, w)."""
        given = np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())
        rows, columns = given.shape[:2]
        masks = np.empty((self.coefficients.shape[2], rows, columns), np.float32)
        y, wy = (values[top : top + rows] for values in self.down)
        x, wx = (values[left : left + columns] for values in self.across)
        compiled(mask_rows)(given, self.coefficients, self.settled, y, wy, x, wx, masks)
        return torch.from_numpy(masks)


def mask_strips(regions, pixels, device, guide=None):
    upsampler = MaskUpsampler(regions, pixels.shape[1:], guide, device=device)
    return lambda top, bottom: upsampler.tile(pixels[:, top:bottom], (top, 0))
