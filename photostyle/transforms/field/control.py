"""How much of a change to give: strength, and light and colour apart, as one linear map."""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.colour import LUMA
from photostyle.options import RegionAmounts
from photostyle.transforms.field.bilateral import BilateralField


def mixing(amounts: RegionAmounts) -> Tensor:
    """(R, 3, 3) maps of a pixel's change of colour d to s (l Y(d) (1, 1, 1) + c (d - Y(d) (1, 1, 1))), one a region.

    s, l and c are the region's strength, luma and chroma. Y is the luma of encoded colours, as the transforms of a field are of
    encoded colours: it is linear in the change, so that control costs nothing at rendering and is exact.

    >>> mixing(RegionAmounts((1.0,), (1.0,), (1.0,))).equal(torch.eye(3)[None])
    True
    """
    strength = _column(amounts.strength)
    luma = _column(amounts.luma)
    chroma = _column(amounts.chroma)
    grey = torch.tensor(LUMA).expand(3, 3)
    return strength * ((luma - chroma) * grey + chroma * torch.eye(3))


def controlled(field: BilateralField, amounts: RegionAmounts) -> BilateralField:
    """A field of which each region gives as much light and colour as asked; all 1 is the field itself.

    Args:
        field: as solved.
        amounts: in the order of the field's names.
    """
    if amounts.all_one:
        return field
    table = torch.einsum("rij,rdyxjk->rdyxik", mixing(amounts).to(field.table), field.table)
    return BilateralField(table.contiguous(), field.names)


def _column(numbers: Sequence[float]) -> Tensor:
    return torch.tensor(list(numbers), dtype=torch.float32)[:, None, None]
