"""A table of transforms fitted to wanted colours, by least squares."""

import torch
from torch import Tensor

from photostyle.methods.field.table import FieldTable, roughness
from photostyle.transforms.field.bilateral import Slicer

ITERATIONS = 30
SMOOTH = 8.0  # weight of the roughness over tones against squared colours,
PLACES = 3.0  # and how much more that over places weighs: things of one look get one transform first


def fit(table: FieldTable, slicer: Slicer, pixels: Tensor, goal: Tensor) -> None:
    """Move a table's unknowns to where its transforms carry pixels to a goal, as nearly as a smooth table may.

    Conjugate gradients (Hestenes and Stiefel 1952): the sum of squares is quadratic in the unknowns, so that a product with its
    matrix is a difference of two gradients.

    Args:
        table: changed in place.
        slicer: of the pixels.
        pixels: (3, N), sRGB-encoded.
        goal: (3, N), the colours wanted, sRGB-encoded.
    """
    levels = table.levels

    def gradient(values: list[Tensor]) -> list[Tensor]:
        for level, value in zip(levels, values, strict=True):
            level.data.copy_(value)
        unknown = table()
        residual = pixels + slicer(table.cells(unknown)).T - goal
        over_tones, over_places = roughness(unknown)
        rough = (over_tones + PLACES * table.stiffness * over_places).mean()
        return list(torch.autograd.grad(residual.pow(2).sum(0).mean() + SMOOTH * rough, levels))

    at = [torch.zeros_like(level) for level in levels]
    constant = gradient(at)
    residual = [-part for part in constant]
    along = residual
    size = _dot(residual, residual)
    for _ in range(ITERATIONS):
        if size == 0:
            break
        product = _plus(gradient(along), constant, -1)
        step = size / max(_dot(along, product), 1e-20)
        at = _plus(at, along, step)
        residual = _plus(residual, product, -step)
        smaller = _dot(residual, residual)
        along = _plus(residual, along, smaller / size)
        size = smaller
    for level, value in zip(levels, at, strict=True):
        level.data.copy_(value)


def _dot(first: list[Tensor], second: list[Tensor]) -> float:
    return sum(float((a * b).sum()) for a, b in zip(first, second, strict=True))


def _plus(first: list[Tensor], second: list[Tensor], factor: float) -> list[Tensor]:
    return [a + factor * b for a, b in zip(first, second, strict=True)]
