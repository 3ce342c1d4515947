"""A bound on how much a field may amplify: noise in the shadows, and the grain of flat skies, must not be blown up."""

import torch

from photostyle.transforms.field.bilateral import BilateralField

MOST_GAIN = 4.0  # solved fields of ordinary pairs stay under it


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
    eye = torch.eye(3, dtype=field.table.dtype, device=field.table.device)
    linear = field.table[..., :3] + eye
    shift = field.table[..., 3]
    norm = torch.linalg.matrix_norm(linear, 2)
    steep = norm > most
    if not steep.any():
        return field, ()
    u, s, v = torch.linalg.svd(linear[steep])
    flatter = linear.clone()
    flatter[steep] = (u * s.clamp(max=most)[:, None]) @ v
    depth = field.grid.depth
    grey = torch.linspace(0, 1, depth, dtype=shift.dtype, device=shift.device).reshape(1, depth, 1, 1, 1)
    shift = shift + ((linear - flatter).sum(-1)) * grey
    steep_names = []
    for name, region in zip(field.names, steep, strict=True):
        if region.any():
            steep_names.append(name)
    return BilateralField(torch.cat([flatter - eye, shift[..., None]], -1), field.names), tuple(steep_names)
