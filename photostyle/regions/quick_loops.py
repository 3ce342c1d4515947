"""The loops of masks again, for frames of clips: a third of the time, and other roundings in the seventh digit.

A solve is made of masks, and of the seventh digit of one it makes another picture: so photos have the loops of `loops`. These
take the sums of windows column by column and row by row, and pass over regions that a place does not have.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def quick_windows(
    image: Floats, masks: Floats, own: Ints, radius: int, epsilon: float, top: int, bottom: int, coefficients: Floats
) -> None:
    """As `loops.window_coefficients`; `coefficients` are filled everywhere."""
    height, width, regions = masks.shape
    count = 9 + 4 * regions  # colours, their products, and of each region the products with colours and itself
    sums = np.zeros((width, count))  # of each column, over the rows of the window
    total = np.empty(count)
    for row in range(top, bottom):
        up = max(row - radius, 0)
        down = min(row + radius + 1, height)
        gone = up if row == top else max(row - radius - 1, 0)  # rows from here to `up` leave the window, from `new` on enter it
        new = up if row == top else row + radius
        for i in range(gone, down):
            if up <= i < new:
                continue
            sign = 1.0 if i >= new else -1.0
            for column in range(width):
                red = np.float64(image[i, column, 0])
                green = np.float64(image[i, column, 1])
                blue = np.float64(image[i, column, 2])
                at = sums[column]
                at[0] += sign * red
                at[1] += sign * green
                at[2] += sign * blue
                at[3] += sign * red * red
                at[4] += sign * red * green
                at[5] += sign * red * blue
                at[6] += sign * green * green
                at[7] += sign * green * blue
                at[8] += sign * blue * blue
                for region in range(regions):
                    mask = sign * masks[i, column, region]
                    n = 9 + 4 * region
                    at[n] += mask * red
                    at[n + 1] += mask * green
                    at[n + 2] += mask * blue
                    at[n + 3] += mask
        total[:] = 0
        for column in range(min(radius, width)):
            total += sums[column]
        for column in range(width):
            if column + radius < width:
                total += sums[column + radius]
            if column > radius:
                total -= sums[column - radius - 1]
            pixels = (down - up) * (min(column + radius + 1, width) - max(column - radius, 0))
            whose = -1
            for region in range(regions):
                if total[12 + 4 * region] >= pixels - 1e-6:
                    whose = region
            own[row, column] = whose
            if whose >= 0:
                coefficients[row, column] = 0
                coefficients[row, column, whose, 3] = 1
                continue
            share = 1 / pixels
            red = total[0] * share
            green = total[1] * share
            blue = total[2] * share
            # The inverse of the colours' covariance, by cofactors; all in double precision, so that differences are exact enough.
            rr = total[3] * share - red * red + epsilon
            rg = total[4] * share - red * green
            rb = total[5] * share - red * blue
            gg = total[6] * share - green * green + epsilon
            gb = total[7] * share - green * blue
            bb = total[8] * share - blue * blue + epsilon
            a = gg * bb - gb * gb
            b = rb * gb - rg * bb
            c = rg * gb - rb * gg
            scale = 1 / (rr * a + rg * b + rb * c)
            d = rr * bb - rb * rb
            e = rg * rb - rr * gb
            f = rr * gg - rg * rg
            for region in range(regions):
                n = 9 + 4 * region
                mean = total[n + 3] * share
                x = (total[n] * share - mean * red) * scale
                y = (total[n + 1] * share - mean * green) * scale
                z = (total[n + 2] * share - mean * blue) * scale
                by_red = a * x + b * y + c * z
                by_green = b * x + d * y + e * z
                by_blue = c * x + e * y + f * z
                coefficients[row, column, region, 0] = by_red
                coefficients[row, column, region, 1] = by_green
                coefficients[row, column, region, 2] = by_blue
                coefficients[row, column, region, 3] = mean - by_red * red - by_green * green - by_blue * blue


def quick_means(own: Ints, coefficients: Floats, radius: int, top: int, bottom: int, settled: Ints, means: Floats) -> None:
    """As `loops.mean_coefficients`, of what `quick_windows` filled; `means` are filled everywhere."""
    height, width, regions = coefficients.shape[:3]
    count = 4 * regions
    length = width * count
    rows = coefficients.reshape(height, length)
    sums = np.zeros(length + 2 * radius * count, np.float32)  # of each column, over the rows of the window; nothing beside them
    inner = sums[radius * count : radius * count + length]
    alike = np.empty(width, np.int32)  # the region that has a column's part of the window, or -1
    for row in range(top, bottom):
        up = max(row - radius, 0)
        down = min(row + radius + 1, height)
        inner[:] = 0
        alike[:] = own[row]
        for i in range(up, down):
            inner += rows[i]
            for column in range(width):
                if own[i, column] != alike[column]:
                    alike[column] = -1
        total = means[row].reshape(length)
        total[:] = 0
        for step in range(2 * radius + 1):
            total += sums[step * count : step * count + length]
        for column in range(width):
            left = max(column - radius, 0)
            right = min(column + radius + 1, width)
            whose = alike[column]
            for j in range(left, right):
                if alike[j] != whose:
                    whose = -1
            settled[row, column] = whose
            share = np.float32(1) / np.float32((down - up) * (right - left))
            for n in range(column * count, column * count + count):
                total[n] *= share


def quick_mask_rows(
    pixels: Floats,
    coefficients: Floats,
    settled: Ints,
    y: NDArray[np.int64],
    wy: Floats,
    x: NDArray[np.int64],
    wx: Floats,
    masks: Floats,
) -> None:
    """As `loops.mask_rows`."""
    low = np.float32(0)
    high = np.float32(1)
    least = np.float32(1e-6)
    nothing = np.float32(1e-8)  # a coefficient of less is what sums have left over
    height, width, regions = coefficients.shape[:3]
    rows, columns = pixels.shape[:2]
    whose = np.empty(width, np.int32)  # the region that has the whole stretch from a node to the next, or -1
    many = np.empty(width, np.int32)  # how many regions a stretch of several has, and which
    which = np.empty((width, regions), np.uint32)
    line = np.empty((width, regions, 4), np.float32)  # the coefficients at the nodes of such stretches
    # Read flat and by unsigned numbers, which is quicker.
    which_flat = which.reshape(-1)
    line_flat = line.reshape(-1)
    masks_flat = masks.reshape(-1)
    plane = np.uint32(rows * columns)
    masks[:] = low
    for row in range(rows):
        up = y[row]
        down = min(up + 1, height - 1)
        if row == 0 or up != y[row - 1]:
            for node in range(width):
                beside = min(node + 1, width - 1)
                one = settled[up, node]
                whose[node] = -1
                if settled[up, beside] == one and settled[down, node] == one and settled[down, beside] == one:
                    whose[node] = one
                many[node] = 0
                for region in range(regions if whose[node] < 0 else 0):
                    found = False
                    for k in range(4):
                        found |= max(abs(coefficients[up, node, region, k]), abs(coefficients[up, beside, region, k])) > nothing
                        found |= (
                            max(abs(coefficients[down, node, region, k]), abs(coefficients[down, beside, region, k])) > nothing
                        )
                    if found:
                        which[node, many[node]] = region
                        many[node] += 1
        for node in range(width):
            if whose[node] < 0 or whose[max(node - 1, 0)] < 0:
                for region in range(regions):
                    for k in range(4):
                        above = coefficients[up, node, region, k]
                        below = coefficients[down, node, region, k]
                        line[node, region, k] = above + wy[row] * (below - above)
        for column in range(columns):
            left = x[column]
            right = min(left + 1, width - 1)
            place = np.uint32(row * columns + column)
            if whose[left] >= 0:
                masks_flat[place + plane * np.uint32(whose[left])] = high
                continue
            red = min(max(pixels[row, column, 0], low), high)
            green = min(max(pixels[row, column, 1], low), high)
            blue = min(max(pixels[row, column, 2], low), high)
            total = low
            for n in range(many[left]):
                region = which_flat[np.uint32(left * regions + n)]
                at = np.uint32(4) * (np.uint32(left * regions) + region)
                a = line_flat[at : at + np.uint32(4)]
                at = np.uint32(4) * (np.uint32(right * regions) + region)
                b = line_flat[at : at + np.uint32(4)]
                before = a[0] * red + a[1] * green + a[2] * blue + a[3]
                after = b[0] * red + b[1] * green + b[2] * blue + b[3]
                mask = min(max(before + wx[column] * (after - before), low), high)
                masks_flat[place + plane * region] = mask
                total += mask
            if total > least:
                share = high / total
                for n in range(many[left]):
                    masks_flat[place + plane * which_flat[np.uint32(left * regions + n)]] *= share
            else:
                for region in range(regions):
                    masks[region, row, column] = high / np.float32(regions)
