"""The loops of video, to be compiled: luma and chroma to red, green and blue, a change of colour back to them, smaller copies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Codes = NDArray[Any]  # uint8 or uint16


def rgb_rows(
    y: Codes, u: Codes, v: Codes, up: Indices, wu: Floats, left: Indices, wl: Floats, levels: Floats, gains: Floats, out: Floats
) -> None:
    """Red, green and blue of a strip of rows; chroma is interpolated.

    Args:
        y: (rows, W) luma of the strip.
        u, v: (h, w) chroma of the whole frame.
        up, wu: (rows,) the chroma row before each row, and the weight of the one after it; left, wl: (W,) of columns.
        levels: (4,) the code of black, 1 over luma's range, the code of grey, 1 over chroma's range.
        gains: (4,) of v in red, of u in green, of v in green, of u in blue.
        out: (rows, W, 3), to be filled, within [0, 1].
    """
    low = np.float32(0)
    high = np.float32(1)
    height, width = u.shape
    line_u = np.empty(width + 1, np.float32)
    line_v = np.empty(width + 1, np.float32)
    for row in range(y.shape[0]):
        above = up[row]
        below = min(above + 1, height - 1)
        t = wu[row]
        for column in range(width):
            first = np.float32(u[above, column])
            line_u[column] = (first + t * (np.float32(u[below, column]) - first) - levels[2]) * levels[3]
            first = np.float32(v[above, column])
            line_v[column] = (first + t * (np.float32(v[below, column]) - first) - levels[2]) * levels[3]
        line_u[width] = line_u[width - 1]
        line_v[width] = line_v[width - 1]
        for column in range(y.shape[1]):
            before = left[column]
            s = wl[column]
            blue = line_u[before] + s * (line_u[before + 1] - line_u[before])
            red = line_v[before] + s * (line_v[before + 1] - line_v[before])
            light = (np.float32(y[row, column]) - levels[0]) * levels[1]
            out[row, column, 0] = min(max(light + gains[0] * red, low), high)
            out[row, column, 1] = min(max(light + gains[1] * blue + gains[2] * red, low), high)
            out[row, column, 2] = min(max(light + gains[3] * blue, low), high)


def changed_rows(
    before: Floats,
    after: Floats,
    y: Codes,
    u: Codes,
    v: Codes,
    across: int,
    down: int,
    luma: Floats,
    scales: Floats,
    out_y: Codes,
    out_u: Codes,
    out_v: Codes,
) -> None:
    """The planes of a strip, moved by a change of its colours; where nothing changes each code stays.

    Chroma lies on the first of the luma columns that share it, and amid their rows, as MPEG has it; its change is the mean over
    the columns up to its neighbours, the nearer the more.

    Args:
        before, after: (rows, W, 3), nominally in [0, 1].
        y: (rows, W); u, v: (ceil(rows / 2^down), w).
        across, down: the logarithms to base 2 of the columns and rows that share a chroma code.
        luma: (3,) weights of red, green and blue.
        scales: (4,) codes of a luma of 1, of a difference of 1 between blue and luma, and red and luma; the highest code.
        out_y, out_u, out_v: of these shapes, to be filled.
    """
    low = np.float32(0)
    half = np.float32(0.5)
    sharing = 1 << across
    rows, width = y.shape
    blue = np.empty(width, np.float32)
    red = np.empty(width, np.float32)
    for chroma_row in range(u.shape[0]):
        blue[:] = low
        red[:] = low
        first = chroma_row << down
        last = min(first + (1 << down), rows)
        for row in range(first, last):
            for column in range(width):
                r = after[row, column, 0] - before[row, column, 0]
                g = after[row, column, 1] - before[row, column, 1]
                b = after[row, column, 2] - before[row, column, 2]
                light = luma[0] * r + luma[1] * g + luma[2] * b
                blue[column] += b - light
                red[column] += r - light
                code = np.float32(y[row, column]) + light * scales[0]
                out_y[row, column] = np.int32(min(max(code, low), scales[3]) + half)
        share = np.float32(1) / np.float32((last - first) * sharing * sharing)
        for column in range(u.shape[1]):
            start = column << across
            moved_u = low
            moved_v = low
            for step in range(1 - sharing, sharing):
                each = min(max(start + step, 0), width - 1)
                weight = np.float32(sharing - abs(step))
                moved_u += weight * blue[each]
                moved_v += weight * red[each]
            code = np.float32(u[chroma_row, column]) + moved_u * share * scales[1]
            out_u[chroma_row, column] = np.int32(min(max(code, low), scales[3]) + half)
            code = np.float32(v[chroma_row, column]) + moved_v * share * scales[2]
            out_v[chroma_row, column] = np.int32(min(max(code, low), scales[3]) + half)


def mean_rows(pixels: Floats, downs: Indices, ups: Indices, lefts: Indices, rights: Indices, out: Floats) -> None:
    """Some rows of a smaller copy, each pixel the mean of those that it covers, whole ones counted.

    Args:
        pixels: (H, W, 3).
        downs, ups: (rows,) the first row that each row of the copy covers, and the one after its last; lefts, rights: (w,) the
            same of columns.
        out: (rows, w, 3), to be filled.
    """
    wide = 3 * pixels.shape[1]
    sums = np.empty(wide, np.float32)
    for row in range(out.shape[0]):
        sums[:] = np.float32(0)
        for each in range(downs[row], ups[row]):
            sums += pixels[each].reshape(wide)
        for column in range(out.shape[1]):
            share = np.float32(1) / np.float32((ups[row] - downs[row]) * (rights[column] - lefts[column]))
            red = np.float32(0)
            green = np.float32(0)
            blue = np.float32(0)
            for each in range(lefts[column], rights[column]):
                red += sums[3 * each]
                green += sums[3 * each + 1]
                blue += sums[3 * each + 2]
            out[row, column, 0] = red * share
            out[row, column, 1] = green * share
            out[row, column, 2] = blue * share
