"""Edges: label maps become soft masks whose borders are the photo's own."""

from dataclasses import replace

import torch
from torch import Tensor

from matting.alpha import fill_unknown
from matting.boxes import box_mean
from photostyle.errors import MaskError
from photostyle.heap import return_free_memory
from photostyle.options import feather_pixels
from photostyle.regions.border_colours import border_posterior, near_borders
from photostyle.regions.photo_planes import Pixels, planes_at_size, planes_of
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import normalised

_PAINTED_REACH = 0.012  # how far from the photo's edge a painted mask may be, of the long side
_FOUND_REACH = 0.024  # how far a found one
_WINDOW = 0.035  # radius of the colour models, of the long side
_SMALLEST = 8  # pixels a side; smaller masks are left as they are
_ASPECT = 0.03  # by which the shapes of photo and masks may differ
_KNOWN = 0.97  # a pixel so sure of its region needs no matting
_SOFT = 4.0  # soft pixels for each pixel along the borders: more, and the masks are soft on purpose
_EPSILON = 1e-6


def refine_edges(
    regions: Regions,
    pixels: Pixels,
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
    image = planes_of(pixels)
    _check_shape(regions, image)
    height, width = regions.masks.shape[1:]
    long_side = max(height, width)
    masks = regions.masks.to(device)
    several = len(masks) > 1
    if several and min(height, width) >= _SMALLEST and (coarse or not _is_soft(masks)):
        small = planes_at_size(image, (height, width)).to(device)
        reach = _FOUND_REACH if coarse else _PAINTED_REACH
        masks = _refined(small, masks, max(2, round(reach * long_side)))
        return_free_memory()  # mattes take a hundred times what they leave
    photo_side = max(image.shape[1:])
    radius = feather_pixels(feather, photo_side) * (long_side / photo_side)
    if several and radius > 0:
        masks = _feathered(masks, radius)
    return replace(regions, masks=normalised(masks).cpu())


def _check_shape(regions: Regions, image: Tensor) -> None:
    """A MaskError where a photo (3, H, W) has another shape than its regions."""
    height, width = regions.masks.shape[1:]
    photo_height, photo_width = image.shape[1:]
    aspect = photo_height * width / (photo_width * height)
    if abs(aspect - 1) > _ASPECT and min(height, width) > 32:
        came = f"{photo_width} x {photo_height}"
        raise MaskError(f"regions of {width} x {height} need a photo of that shape, got {came}")


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
    hard = torch.stack([labels == place for place in range(len(masks))]).to(masks)
    settled = torch.where(band, hard, masks)
    if known.all() or not known.any():
        return settled
    solution = fill_unknown(image, settled, known, _EPSILON, 1e-3, 300)
    return torch.where(known, settled, normalised(solution.x.to(masks)))


def _feathered(masks: Tensor, radius: float) -> Tensor:
    """Masks blurred by about `radius` pixels: three box means, nearly a Gaussian of half that deviation."""
    side = max(1, round(radius / 2))
    for _ in range(3):
        masks = box_mean(masks, side)
    return masks
