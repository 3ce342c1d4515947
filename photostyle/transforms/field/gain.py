"""A bound on how much a field may amplify: noise in the shadows, and the grain of flat skies, must not be blown up."""

import torch
from torch import Tensor

from photostyle.transforms.field.bilateral import BilateralField

MOST_GAIN = 4.0  # solved fields of ordinary pairs stay under it
VISIBLE_NOISE = 3 / 255  # standard deviation, sRGB-encoded, up to which a picture looks clean
SAID = 1.25  # times the bound, from which it is worth saying that noise held a gain


def bearable_gain(noise: Tensor) -> Tensor:
    """The gain up to which noise stays unseen, or as it is where it is seen already: from 1 to `MOST_GAIN`.

    Args:
        noise: standard deviations, sRGB-encoded.

    Example:
        >>> bearable_gain(torch.tensor([0.0, 1.5, 5.0]) / 255)
        tensor([4., 2., 1.])
    """
    return (VISIBLE_NOISE / noise.clamp_min(1e-6)).clamp(1, MOST_GAIN)


def bounded(field: BilateralField, most: float = MOST_GAIN) -> tuple[BilateralField, tuple[str, ...]]:
    """The field with no transform that stretches colour differences by more than `most`.

    A transform beyond the bound keeps its direction and what it does to the grey of its cell; only its singular values
    are cut.

    Args:
        field: as solved.
        most: the largest singular value that is left as it is.

    Returns:
        The field, and the names of the regions in which the bound was met.

    Example:
        >>> steep = BilateralField(torch.cat([9 * torch.eye(3), torch.zeros(3, 1)], 1).expand(1, 2, 1, 1, 3, 4), ("all",))
        >>> bounded(steep)[0].table[0, 0, 0, 0, 0, 0], bounded(steep)[1]
        (tensor(3.), ('all',))
    """
    shift = field.table[..., 3]
    grey = torch.linspace(0, 1, field.grid.depth, dtype=shift.dtype, device=shift.device).reshape(1, -1, 1, 1, 1)
    gains = _gains(field)
    return _cut(field, torch.full_like(gains, most), grey.expand(shift.shape)), _names(field, gains > most)


def bounded_by_noise(field: BilateralField, bearable: Tensor, centres: Tensor) -> tuple[BilateralField, tuple[str, ...]]:
    """The field with no transform that stretches colour differences by more than the noise of its region and tone bears.

    What bears `MOST_GAIN` has no noise and is left as it is.

    Args:
        field: as solved.
        bearable: (R, depth) gains from 1 to `MOST_GAIN`, as from `bearable_gain`.
        centres: (R, depth, rows, cols, 3) the mean colour of each cell, which keeps what becomes of it.

    Returns:
        The field, and the names of the regions in which noise held it back to be seen.
    """
    noisy = torch.where(bearable < MOST_GAIN, bearable, torch.inf)
    gains = _gains(field)
    most = noisy.to(gains)[..., None, None].expand(gains.shape)
    return _cut(field, most, centres.to(gains)), _names(field, gains > SAID * most)


def _gains(field: BilateralField) -> Tensor:
    """(R, depth, rows, cols) by how much each transform stretches a colour difference at most: its largest singular value."""
    gains: Tensor = torch.linalg.matrix_norm(_linear(field), 2)
    return gains


def _linear(field: BilateralField) -> Tensor:
    """(R, depth, rows, cols, 3, 3) what the transforms do to colour differences."""
    return field.table[..., :3] + torch.eye(3, dtype=field.table.dtype, device=field.table.device)


def _cut(field: BilateralField, most: Tensor, centres: Tensor) -> BilateralField:
    """The field with singular values of at most (R, depth, rows, cols), which moves the centres (..., 3) as before."""
    linear = _linear(field)
    steep = _gains(field) > most
    if not steep.any():
        return field
    u, s, v = torch.linalg.svd(linear[steep])
    flatter = linear.clone()
    flatter[steep] = (u * s.minimum(most[steep][:, None])[:, None]) @ v
    shift = field.table[..., 3] + ((linear - flatter) * centres[..., None, :]).sum(-1)
    eye = torch.eye(3, dtype=linear.dtype, device=linear.device)
    return BilateralField(torch.cat([flatter - eye, shift[..., None]], -1), field.names)


def _names(field: BilateralField, met: Tensor) -> tuple[str, ...]:
    """The names of the regions with a cell in which a bound was met (R, depth, rows, cols)."""
    names = []
    for name, region in zip(field.names, met, strict=True):
        if region.any():
            names.append(name)
    return tuple(names)
