"""Edges: label maps become soft masks whose borders are the photo's own.

Masks by hand get closed-form mattes (Levin et al. 2008) at their own size. Found ones, which are farther off and come with
each photo, are judged at a smaller size and carried to the pixels by the fast guided filter (He and Sun 2015).
"""

from dataclasses import replace

import torch
from torch import Tensor

from matting.alpha import fill_unknown
from matting.boxes import box_mean
from photostyle.errors import MaskError
from photostyle.heap import return_free_memory
from photostyle.options import feather_pixels
from photostyle.regions.border_colours import border_posterior, near_borders, within_reach
from photostyle.regions.photo_planes import Pixels, planes_at_size, planes_of
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import normalised, resample_masks, size_within
from photostyle.regions.upsampling import guided_masks

_PAINTED_REACH = 0.012  # how far from the photo's edge a painted mask may be, of the long side
_FOUND_REACH = 0.018  # how far a found one
_WINDOW = 0.035  # radius of the colour models, of the long side
_SMALLEST = 8  # pixels a side; smaller masks are left as they are
_ASPECT = 0.03  # by which the shapes of photo and masks may differ
_KNOWN = 0.97  # a pixel so sure of its region needs no matting
_SOFT = 4.0  # soft pixels for each pixel along the borders: more, and the masks are soft on purpose
_EPSILON = 1e-6  # of the matting Laplacian
_FEW = 8  # regions up to which each has a system of its own
_APART = 4  # times the reach: regions so far apart do not meet in a matte
_JUDGED_SIDE = 640  # long side at which the colours round the borders of found masks are judged
_COLOUR_WEIGHT = 1.5  # how much they count there
_SMOOTHED_SIDE = 320  # long side of the guided filter's windows for what was judged
_SMOOTH_RADIUS = 2  # of these windows
_SMOOTH_EPSILON = 1e-3  # in squared colours: what varies less is no edge


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
    between get alpha mattes. Where the photo has no edge, the border stays where it was. Away from the borders nothing
    changes, and painted masks that are soft already are left as they are.

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
    if several and min(height, width) >= _SMALLEST:
        if coarse:
            masks = _found(image, masks)
        else:
            masks = _painted(planes_at_size(image, (height, width)).to(device), masks)
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


def _painted(image: Tensor, masks: Tensor) -> Tensor:
    """(R, H, W) masks by hand with mattes in a band round their borders; soft ones as they are."""
    labels = masks.max(0).indices
    if _is_soft(masks, labels):
        return masks
    band = near_borders(labels, _reach(labels, _PAINTED_REACH))
    if not band.any():
        return masks
    posterior = _posterior(image, masks, labels, band, _PAINTED_REACH)
    labels[band] = posterior.max(0).indices
    known = ~near_borders(labels, 1)
    known[band] &= posterior.amax(0) > _KNOWN
    known |= ~band
    settled = torch.where(band, _hard(labels, masks), masks)
    if known.all() or not known.any():
        return settled
    found = _mattes(image, settled, known, _APART * _reach(labels, _PAINTED_REACH))
    return torch.where(known, settled, normalised(found.to(masks)))


def _mattes(image: Tensor, settled: Tensor, known: Tensor, apart: int) -> Tensor:
    """(R, H, W) closed-form mattes of masks that are settled where known (H, W).

    A matte is solved for in all that is not known, though it is 0 but for the region's own border. So of many regions those that
    keep so many pixels apart are solved for as one mask, whose matte is each one's own near it: a map needs few colours,
    however many countries it has.
    """
    if len(settled) <= _FEW:
        return fill_unknown(image, settled, known, _EPSILON, 1e-3, 300).x
    near = within_reach(settled > 0, apart) & ~known
    colour = _map_colours(near.flatten(1).float())
    together = settled.new_zeros(int(colour.max()) + 1, *known.shape).index_add_(0, colour, settled)
    found = fill_unknown(image, together, known, _EPSILON, 1e-3, 300).x
    return found[colour] * near


def _map_colours(near: Tensor) -> Tensor:
    """(R,) colours, counted from 0, of regions that are near some pixels (R, n): those near the same pixel differ."""
    meet = (near @ near.T > 0).tolist()
    colours: list[int] = []
    for row in meet:
        taken = {colour for colour, meets in zip(colours, row, strict=False) if meets}
        colours.append(next(colour for colour in range(len(meet)) if colour not in taken))
    return torch.tensor(colours, device=near.device)


def _found(photo: Tensor, masks: Tensor) -> Tensor:
    """(R, H, W) found masks that follow the photo (3, H', W'), of any size, in a band round their borders.

    Colours are judged at a smaller size. What they say is smoothed along the photo's edges (cost-volume filtering, Rhemann et
    al. 2011) by a guided filter at half that size, whose coefficients meet the photo at its own: so speckles go, a border
    which the photo does not show is soft, and wires keep their width.
    """
    height, width = masks.shape[1:]
    labels = masks.max(0).indices
    band = near_borders(labels, _reach(labels, _FOUND_REACH))
    if not band.any():
        return masks
    size = size_within((height, width), _JUDGED_SIDE)
    judged = _judged(planes_at_size(photo, size).to(masks), resample_masks(masks, size))
    smallest = size_within(size, _SMOOTHED_SIDE)
    image = planes_at_size(photo, smallest).to(masks)
    smooth = guided_masks(image, resample_masks(judged, smallest), _SMOOTH_RADIUS, (height, width), _SMOOTH_EPSILON)
    followed = smooth.tile(planes_at_size(photo, (height, width)), 0, 0)
    places = torch.nonzero(band.flatten()).flatten()
    sharper = followed.flatten(1)[:, places].square()
    masks = masks.clone()
    masks.flatten(1)[:, places] = sharper / sharper.sum(0)
    return masks


def _judged(image: Tensor, masks: Tensor) -> Tensor:
    """(R, h, w) masks of which each pixel of a band round the borders goes to the region that explains it best."""
    labels = masks.max(0).indices
    band = near_borders(labels, _reach(labels, _FOUND_REACH))
    posterior = _posterior(image, masks, labels, band, _FOUND_REACH, _COLOUR_WEIGHT)
    labels[band] = posterior.max(0).indices
    return torch.where(band, _hard(labels, masks), masks)


def _posterior(image: Tensor, masks: Tensor, labels: Tensor, band: Tensor, reach: float, weight: float = 1.0) -> Tensor:
    """(R, n) the probability of each region in a band, as `border_posterior`; `reach` is a share of the long side."""
    window = max(8, round(_WINDOW * max(labels.shape)))
    return border_posterior(image, masks, labels, band, _reach(labels, reach), window, weight=weight)


def _reach(labels: Tensor, share: float) -> int:
    """A share of the long side in pixels; at least 2, or 4 for found masks, which a small photo has no better."""
    least = 4 if share == _FOUND_REACH else 2
    return max(least, round(share * max(labels.shape)))


def _hard(labels: Tensor, masks: Tensor) -> Tensor:
    """(R, H, W) masks of 0 and 1, as many as `masks` and of their type."""
    return torch.stack([labels == place for place in range(len(masks))]).to(masks)


def _is_soft(masks: Tensor, labels: Tensor) -> bool:
    """Whether the masks have soft borders, broader than anti-aliasing makes them, over much of their length."""
    along = near_borders(labels, 1)
    soft = masks.amax(0) < 0.95
    return bool(soft.sum() > _SOFT * along.sum())


def _feathered(masks: Tensor, radius: float) -> Tensor:
    """Masks blurred by about `radius` pixels: three box means, nearly a Gaussian of half that deviation."""
    side = max(1, round(radius / 2))
    for _ in range(3):
        masks = box_mean(masks, side)
    return masks
