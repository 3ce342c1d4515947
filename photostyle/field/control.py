"""How much of a field to give: strength, and light and colour apart, as one linear map of its table."""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.colour import LUMA
from photostyle.field.bilateral import BilateralField


def mixing(strength: Sequence[float], luma: Sequence[float], chroma: Sequence[float]) -> Tensor:
    """(R, 3, 3) maps of a pixel's change of colour d to s (l Y(d) (1, 1, 1) + c (d - Y(d) (1, 1, 1))), one a region.

    Y is luma of encoded colours, as the field's own transforms are: linear in the change of a pixel, so that control costs
    nothing at rendering and is exact.

    >>> mixing([1.0], [1.0], [1.0]).equal(torch.eye(3)[None])
    True
    """
    s, l, c = (torch.tensor(list(amount), dtype=torch.float32)[:, None, None] for amount in (strength, luma, chroma))
    grey = torch.tensor(LUMA).expand(3, 3)
    return s * ((l - c) * grey + c * torch.eye(3))


def controlled(
    field: BilateralField, strength: Sequence[float], luma: Sequence[float], chroma: Sequence[float]
) -> BilateralField:
    """A field of which each region gives as much light and colour as asked; all 1 is the field itself.

    Args:
        field: as solved.
        strength, luma, chroma: R factors each, in the order of the field's names.
    """
    if all(amount == 1 for amount in (*strength, *luma, *chroma)):
        return field
    table = torch.einsum("rij,rdyxjk->rdyxik", mixing(strength, luma, chroma).to(field.table), field.table)
    return BilateralField(table.contiguous(), field.names)
