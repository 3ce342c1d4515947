"""The loops over the pixels of a large photo, compiled by numba where it is installed.

They say what `rendering` and `MaskUpsampler` say in torch, but make one pixel after the other, so that nothing as large as
the photo is written on the way. They run without the interpreter's lock, strips side by side in threads.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np

WORTH = 1 << 19  # pixels from which loading the compiled loops takes less time than they save


def worth(pixels: int) -> bool:
    """Whether a photo of so many pixels is to be rendered by the compiled loops."""
    return (pixels >= WORTH or loops.cache_info().currsize > 0) and loops() is not None


@cache
def loops() -> SimpleNamespace | None:
    """The compiled loops `mask_rows`, `field_rows` and `roll_off_rows`; None where numba is not installed."""
    try:
        from numba import njit
    except ImportError:
        return None
    compiled = njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
    return SimpleNamespace(**{function.__name__: compiled(function) for function in (mask_rows, field_rows, roll_off_rows)})


def mask_rows(pixels, coefficients, y, wy, x, wx, masks):
    """Masks of a strip: guided coefficients, interpolated, meet the pixels; then a partition.

    Args:
        pixels: (rows, W, 3).
        coefficients: (h, w, R, 4), a factor for each channel and a constant.
        y, wy: (rows,) index of the coefficients before each row, and the weight of those after it; x, wx: of columns.
        masks: (R, rows, W), to be filled.
    """
    low, high, least = np.float32(0), np.float32(1), np.float32(1e-6)
    last_y, last_x, regions = coefficients.shape[0] - 1, coefficients.shape[1] - 1, coefficients.shape[2]
    for row in range(pixels.shape[0]):
        above, below = coefficients[y[row]], coefficients[min(y[row] + 1, last_y)]
        line = above + wy[row] * (below - above)
        for column in range(pixels.shape[1]):
            left, right, t = x[column], min(x[column] + 1, last_x), wx[column]
            red = min(max(pixels[row, column, 0], low), high)
            green = min(max(pixels[row, column, 1], low), high)
            blue = min(max(pixels[row, column, 2], low), high)
            total = low
            for region in range(regions):
                a, b = line[left, region], line[right, region]
                before = a[0] * red + a[1] * green + a[2] * blue + a[3]
                after = b[0] * red + b[1] * green + b[2] * blue + b[3]
                mask = min(max(before + t * (after - before), low), high)
                masks[region, row, column] = mask
                total += mask
            for region in range(regions):
                even = high / np.float32(regions)
                masks[region, row, column] = masks[region, row, column] / total if total > least else even


def field_rows(pixels, masks, table, y, wy, x, wx, luma, out):
    """A strip through a field, as `BilateralField` defines it.

    Args:
        pixels: (rows, W, 3).
        masks: (R, rows, W).
        table: (rows of nodes, R, cols, depth, 12) offsets.
        y, wy, x, wx: as for `mask_rows`, in the table's nodes.
        luma: (3,) weights.
        out: (rows, W, 3), to be filled.
    """
    low, high, least = np.float32(0), np.float32(1), np.float32(1e-6)
    last_y, regions, last_x, last_z = table.shape[0] - 1, table.shape[1], table.shape[2] - 1, table.shape[3] - 1
    affine = np.empty(12, np.float32)
    for row in range(pixels.shape[0]):
        above, below = table[y[row]], table[min(y[row] + 1, last_y)]
        nodes = above + wy[row] * (below - above)
        for column in range(pixels.shape[1]):
            red, green, blue = pixels[row, column, 0], pixels[row, column, 1], pixels[row, column, 2]
            grey = min(max(luma[0] * red + luma[1] * green + luma[2] * blue, low), high) * np.float32(last_z)
            z = min(int(grey), max(last_z - 1, 0))
            t, left, right, next_z = grey - np.float32(z), x[column], min(x[column] + 1, last_x), min(z + 1, last_z)
            affine[:] = low
            for region in range(regions):
                mask = masks[region, row, column]
                if mask < least:
                    continue
                after = mask * wx[column]
                before = mask - after
                a, b, c, d = before * (high - t), before * t, after * (high - t), after * t
                p, q = nodes[region, left, z], nodes[region, left, next_z]
                r, s = nodes[region, right, z], nodes[region, right, next_z]
                for k in range(12):
                    affine[k] += a * p[k] + b * q[k] + c * r[k] + d * s[k]
            for k in range(3):
                change = affine[4 * k] * red + affine[4 * k + 1] * green + affine[4 * k + 2] * blue + affine[4 * k + 3]
                out[row, column, k] = pixels[row, column, k] + change


def roll_off_rows(before, after, luma, knee, edge, out, counts):
    """`rolled_off` of a strip; `counts` (2,) is raised by the pixels newly at white and at black.

    Args:
        before, after: (rows, W, 3), what came in, and the field's answer.
        luma: (3,) weights.
        knee: where the shoulder begins, `edge`: from where a value counts as white; 1 less each for the toe and black.
        out: (rows, W, 3), to be filled; may be `before`.
    """
    low, high = np.float32(0), np.float32(1)
    kept = np.empty(3, np.float32)
    for row in range(before.shape[0]):
        for column in range(before.shape[1]):
            bent, white, black = False, False, False
            for k in range(3):
                was, value = before[row, column, k], after[row, column, k]
                start, room, sign = max(knee, was), max(high, was) - max(knee, was), high
                if value < high - knee:
                    start, room, sign = min(high - knee, was), min(high - knee, was) - min(low, was), -high
                over = (value - start) * sign
                kept[k] = value
                if over > low:
                    bent = True
                    kept[k] = start + sign * room * over / np.sqrt(room * room + over * over)
            if bent:
                grey = luma[0] * kept[0] + luma[1] * kept[1] + luma[2] * kept[2]
                aim = luma[0] * after[row, column, 0] + luma[1] * after[row, column, 1] + luma[2] * after[row, column, 2]
                scale = high
                for k in range(3):
                    colour = after[row, column, k] - aim
                    if kept[k] != after[row, column, k] and colour != low:
                        scale = min(scale, max((kept[k] - grey) / colour, low))
                for k in range(3):
                    was, hued = before[row, column, k], grey + scale * (after[row, column, k] - aim)
                    value = np.float32(0.5) * (kept[k] + hued)
                    kept[k] = min(max(value, min(low, was)), max(high, was))
            for k in range(3):
                white |= kept[k] >= edge and before[row, column, k] < edge
                black |= kept[k] <= high - edge and before[row, column, k] > high - edge
                out[row, column, k] = kept[k]
            counts[0] += white
            counts[1] += black
