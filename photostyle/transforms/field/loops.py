"""The loops of rendering, to be compiled: what `BilateralField` and `rolled_off` say, a row at a time."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


def guide_rows(pixels: Floats, guide: Floats, y: Indices, wy: Floats, x: Indices, wx: Floats, luma: Floats, out: Floats) -> None:
    """The guide of a strip, as `Guide` defines it.

    Args:
        pixels: (rows, W, 3).
        guide: (2, h, w), slope and constant.
        y, wy: (rows,) index of the coefficients before each row, and the weight of those after it; x, wx: (W,) of columns.
        luma: (3,) weights.
        out: (rows, W), to be filled.
    """
    low = np.float32(0)
    high = np.float32(1)
    last_y = guide.shape[1] - 1
    last_x = guide.shape[2] - 1
    line = np.empty((2, last_x + 2), np.float32)
    for row in range(pixels.shape[0]):
        up = y[row]
        down = min(up + 1, last_y)
        between = wy[row]
        for k in range(2):
            for node in range(last_x + 1):
                line[k, node] = guide[k, up, node] + between * (guide[k, down, node] - guide[k, up, node])
            line[k, last_x + 1] = line[k, last_x]
        for column in range(pixels.shape[1]):
            left = x[column]
            t = wx[column]
            slope = line[0, left] + t * (line[0, left + 1] - line[0, left])
            constant = line[1, left] + t * (line[1, left + 1] - line[1, left])
            red = pixels[row, column, 0]
            green = pixels[row, column, 1]
            blue = pixels[row, column, 2]
            grey = min(max(luma[0] * red + luma[1] * green + luma[2] * blue, low), high)
            out[row, column] = min(max(slope * grey + constant, low), high)


def field_rows(
    pixels: Floats,
    guide: Floats,
    masks: Floats,
    table: Floats,
    y: Indices,
    wy: Floats,
    starts: Indices,
    wx: Floats,
    out: Floats,
) -> None:
    """A strip through a field, as `BilateralField` defines it.

    Within a cell of the grid's columns the transform of a tone is P + t Q + s (R + t S), t and s the places between nodes
    of depth and of columns: four small tables, made once a row, region and cell, that the pixels only look up.

    Args:
        pixels: (rows, W, 3).
        guide: (rows, W) in [0, 1].
        masks: (R, rows, W).
        table: (rows of nodes, R, cols, depth, 12) offsets.
        y, wy: (rows,) index of the nodes before each row, and the weight of those after it.
        starts: (cells + 1,) the first pixel of each cell of columns, and W; wx: (W,) weight of the node after a pixel.
        out: (rows, W, 3), to be filled.
    """
    least = np.float32(1e-6)
    last_y = table.shape[0] - 1
    regions = table.shape[1]
    last_x = table.shape[2] - 1
    last_z = table.shape[3] - 1
    width = pixels.shape[1]
    levels = max(last_z, 1)
    tone = np.empty(width, np.int32)
    place = np.empty(width, np.float32)
    P = np.empty((12, levels), np.float32)
    Q = np.empty((12, levels), np.float32)
    R = np.empty((12, levels), np.float32)
    S = np.empty((12, levels), np.float32)
    for row in range(pixels.shape[0]):
        for column in range(width):
            deep = guide[row, column] * np.float32(last_z)
            level = min(np.int32(deep), np.int32(levels - 1))
            tone[column] = level
            place[column] = deep - np.float32(level)
            for k in range(3):
                out[row, column, k] = pixels[row, column, k]
        above = table[y[row]]
        below = table[min(y[row] + 1, last_y)]
        between = wy[row]
        for region in range(regions):
            for cell in range(len(starts) - 1):
                first = starts[cell]
                end = starts[cell + 1]
                while first < end and masks[region, row, first] < least:
                    first += 1
                while end > first and masks[region, row, end - 1] < least:
                    end -= 1
                if first == end:
                    continue
                after = min(cell + 1, last_x)
                for k in range(12):
                    for z in range(levels):
                        next_z = min(z + 1, last_z)
                        p = above[region, cell, z, k]
                        q = above[region, cell, next_z, k]
                        r = above[region, after, z, k]
                        s = above[region, after, next_z, k]
                        p += between * (below[region, cell, z, k] - p)
                        q += between * (below[region, cell, next_z, k] - q)
                        r += between * (below[region, after, z, k] - r)
                        s += between * (below[region, after, next_z, k] - s)
                        P[k, z] = p
                        Q[k, z] = q - p
                        R[k, z] = r - p
                        S[k, z] = (s - r) - (q - p)
                for column in range(first, end):
                    z = tone[column]
                    t = place[column]
                    s = wx[column]
                    mask = masks[region, row, column]
                    red = pixels[row, column, 0]
                    green = pixels[row, column, 1]
                    blue = pixels[row, column, 2]
                    out[row, column, 0] += mask * (
                        (P[0, z] + t * Q[0, z] + s * (R[0, z] + t * S[0, z])) * red
                        + (P[1, z] + t * Q[1, z] + s * (R[1, z] + t * S[1, z])) * green
                        + (P[2, z] + t * Q[2, z] + s * (R[2, z] + t * S[2, z])) * blue
                        + (P[3, z] + t * Q[3, z] + s * (R[3, z] + t * S[3, z]))
                    )
                    out[row, column, 1] += mask * (
                        (P[4, z] + t * Q[4, z] + s * (R[4, z] + t * S[4, z])) * red
                        + (P[5, z] + t * Q[5, z] + s * (R[5, z] + t * S[5, z])) * green
                        + (P[6, z] + t * Q[6, z] + s * (R[6, z] + t * S[6, z])) * blue
                        + (P[7, z] + t * Q[7, z] + s * (R[7, z] + t * S[7, z]))
                    )
                    out[row, column, 2] += mask * (
                        (P[8, z] + t * Q[8, z] + s * (R[8, z] + t * S[8, z])) * red
                        + (P[9, z] + t * Q[9, z] + s * (R[9, z] + t * S[9, z])) * green
                        + (P[10, z] + t * Q[10, z] + s * (R[10, z] + t * S[10, z])) * blue
                        + (P[11, z] + t * Q[11, z] + s * (R[11, z] + t * S[11, z]))
                    )


def beyond_rows(pixels: Floats, masks: Floats, grid: Floats, idle: Flags, kept: Floats, added: Floats) -> None:
    """What is left of a strip's masks, and what is added to its pixels, as `Beyond` defines it.

    Args:
        pixels: (rows, W, 3).
        masks: (R, rows, W).
        grid: (R, S, S, S, 4), the share that is left out and the change that is added, by red, green and blue.
        idle: (R, S - 1, S - 1, S - 1), the cells with neither at any corner, as most have it that are met.
        kept: (R, rows, W), to be filled.
        added: (rows, W, 3), to be filled.
    """
    least = np.float32(1e-6)
    one = np.float32(1)
    last = grid.shape[1] - 1
    cell = np.empty(3, np.int32)
    part = np.empty(3, np.float32)
    weights = np.empty((2, 2, 2), np.float32)
    found = np.empty(4, np.float32)
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            for k in range(3):
                place = min(max(pixels[row, column, k], np.float32(0)), one) * np.float32(last)
                cell[k] = min(np.int32(place), np.int32(last - 1))
                part[k] = place - np.float32(cell[k])
                added[row, column, k] = 0
            weighted = False
            for region in range(masks.shape[0]):
                mask = masks[region, row, column]
                kept[region, row, column] = mask
                if mask < least or idle[region, cell[0], cell[1], cell[2]]:
                    continue
                if not weighted:
                    weighted = True
                    for red in range(2):
                        x = part[0] if red else one - part[0]
                        for green in range(2):
                            y = part[1] if green else one - part[1]
                            weights[red, green, 0] = x * y * (one - part[2])
                            weights[red, green, 1] = x * y * part[2]
                found[:] = 0
                for red in range(2):
                    for green in range(2):
                        for blue in range(2):
                            weight = weights[red, green, blue]
                            for k in range(4):
                                found[k] += weight * grid[region, cell[0] + red, cell[1] + green, cell[2] + blue, k]
                kept[region, row, column] = mask * (one - found[0])
                for k in range(3):
                    added[row, column, k] += mask * found[k + 1]


def even_rows(pixels: Floats, guide: Floats, masks: Floats, table: Floats, grid: Floats, idle: Flags, out: Floats) -> None:
    """A strip through a field that has one node across the photo, and through `Beyond`: `beyond_rows` and `field_rows` in one.

    Frames of clips and photos of sets are made so. Pixel by pixel, without anything between that is as large as the strip.

    Args:
        pixels: (rows, W, 3).
        guide: (rows, W) in [0, 1].
        masks: (R, rows, W).
        table: (R, depth, 3, 4) offsets.
        grid, idle: as for `beyond_rows`; with all cells idle, the field alone is applied.
        out: (rows, W, 3), to be filled.
    """
    least = np.float32(1e-6)
    low = np.float32(0)
    one = np.float32(1)
    regions = table.shape[0]
    last_z = table.shape[1] - 1
    levels = max(last_z, 1)
    side = grid.shape[1]
    cells = side - 1
    last = np.float32(side - 1)
    last_cell = np.int32(side - 2)
    maps = np.empty((regions, levels, 2, 3, 4), np.float32)  # at a level, and what is added up to the next
    for region in range(regions):
        for level in range(levels):
            maps[region, level, 0] = table[region, level]
            maps[region, level, 1] = table[region, min(level + 1, last_z)] - table[region, level]
    # Read flat and by unsigned numbers: eight corners by five signed ones take as long as all else that is done with a pixel.
    flat_maps = maps.reshape(regions * levels, 24)
    corners = grid.reshape(-1, 4)
    idle_cells = idle.reshape(-1)
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            red = pixels[row, column, 0]
            green = pixels[row, column, 1]
            blue = pixels[row, column, 2]
            deep = guide[row, column] * np.float32(last_z)
            z = min(np.int32(deep), np.int32(levels - 1))
            t = deep - np.float32(z)
            x = min(max(red, low), one) * last
            y = min(max(green, low), one) * last
            w = min(max(blue, low), one) * last
            cell_x = min(np.int32(x), last_cell)
            cell_y = min(np.int32(y), last_cell)
            cell_w = min(np.int32(w), last_cell)
            part_x = x - np.float32(cell_x)
            part_y = y - np.float32(cell_y)
            part_w = w - np.float32(cell_w)
            cell = np.uint32((cell_x * cells + cell_y) * cells + cell_w)
            corner = np.uint32((cell_x * side + cell_y) * side + cell_w)
            new_red = red
            new_green = green
            new_blue = blue
            for region in range(regions):
                mask = masks[region, row, column]
                if mask < least:
                    continue
                share = mask
                if not idle_cells[np.uint32(region * cells * cells * cells) + cell]:
                    kept = low
                    more_red = low
                    more_green = low
                    more_blue = low
                    first = np.uint32(region * side * side * side) + corner
                    for i in range(2):
                        near_x = part_x if i else one - part_x
                        for j in range(2):
                            near_y = near_x * (part_y if j else one - part_y)
                            for k in range(2):
                                near = near_y * (part_w if k else one - part_w)
                                found = corners[first + np.uint32((i * side + j) * side + k)]
                                kept += near * (one - found[0])  # exactly 0 where all is left out
                                more_red += near * found[1]
                                more_green += near * found[2]
                                more_blue += near * found[3]
                    share = mask * kept
                    new_red += mask * more_red
                    new_green += mask * more_green
                    new_blue += mask * more_blue
                p = flat_maps[np.uint32(region * levels + z)]
                new_red += share * (
                    (p[0] + t * p[12]) * red + (p[1] + t * p[13]) * green + (p[2] + t * p[14]) * blue + (p[3] + t * p[15])
                )
                new_green += share * (
                    (p[4] + t * p[16]) * red + (p[5] + t * p[17]) * green + (p[6] + t * p[18]) * blue + (p[7] + t * p[19])
                )
                new_blue += share * (
                    (p[8] + t * p[20]) * red + (p[9] + t * p[21]) * green + (p[10] + t * p[22]) * blue + (p[11] + t * p[23])
                )
            out[row, column, 0] = new_red
            out[row, column, 1] = new_green
            out[row, column, 2] = new_blue


def roll_off_rows(
    before: Floats, after: Floats, luma: Floats, knee: np.float32, edge: np.float32, out: Floats, counts: Indices
) -> None:
    """`rolled_off` of a strip; `counts` (2,) is raised by the pixels newly at white and at black.

    Args:
        before, after: (rows, W, 3), what came in, and the field's answer.
        luma: (3,) weights.
        knee: where the shoulder begins, `edge`: from where a value counts as white; 1 less each for the toe and black.
        out: (rows, W, 3), to be filled; may be `before`.
    """
    low = np.float32(0)
    high = np.float32(1)
    kept = np.empty(3, np.float32)
    for row in range(before.shape[0]):
        for column in range(before.shape[1]):
            lowest = min(after[row, column, 0], after[row, column, 1], after[row, column, 2])
            highest = max(after[row, column, 0], after[row, column, 1], after[row, column, 2])
            if lowest >= high - knee and highest <= knee:  # as most are: neither shoulder nor toe
                for channel in range(3):
                    out[row, column, channel] = after[row, column, channel]
                continue
            bent = False
            white = False
            black = False
            for k in range(3):
                was = before[row, column, k]
                value = after[row, column, k]
                start = max(knee, was)
                room = max(high, was) - start
                sign = high
                if value < high - knee:
                    start = min(high - knee, was)
                    room = start - min(low, was)
                    sign = -high
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
                    was = before[row, column, k]
                    hued = grey + scale * (after[row, column, k] - aim)
                    value = np.float32(0.5) * (kept[k] + hued)
                    kept[k] = min(max(value, min(low, was)), max(high, was))
            for k in range(3):
                white |= kept[k] >= edge and before[row, column, k] < edge
                black |= kept[k] <= high - edge and before[row, column, k] > high - edge
                out[row, column, k] = kept[k]
            counts[0] += white
            counts[1] += black
