"""The loops of masks, to be compiled: the guided filter where borders are, and its answer for the pixels of a strip.

Most of a photo is far from every border: there a mask is 1, the others 0, and nothing is computed. Numba compiles each
function as a whole, so the arithmetic of a pixel stands in one place and is not shared out to smaller functions.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

SURE = 1 - 1e-6  # a mask of so much is the whole pixel


def window_coefficients(
    image: Floats, masks: Floats, own: Ints, radius: int, epsilon: float, top: int, bottom: int, coefficients: Floats
) -> None:
    """Coefficients of the guided filter in the window round each pixel, as in `matting.guided`, before they are averaged.

    Args:
        image: (h, w, 3).
        masks: (h, w, R).
        own: (h, w) the region whose mask is 1 there, or -1; to be filled, of the windows that lie in one region alone.
        radius, epsilon: of the filter.
        top, bottom: the rows to do.
        coefficients: (h, w, R, 4), a factor for each channel and a constant; to be filled where `own` is -1.
    """
    height, width, regions = masks.shape
    colour = np.empty(3)
    covariance = np.empty((3, 3))
    mean = np.empty(regions)
    cross = np.empty((regions, 3))
    factor = np.empty(3)
    for row in range(top, bottom):
        up = max(row - radius, 0)
        down = min(row + radius + 1, height)
        for column in range(width):
            left = max(column - radius, 0)
            right = min(column + radius + 1, width)
            # Does the window lie in one region alone?
            whose = -1
            for region in range(regions):
                if masks[row, column, region] >= SURE:
                    whose = region
            for i in range(up, down):
                for j in range(left, right):
                    if whose >= 0 and masks[i, j, whose] < SURE:
                        whose = -1
            own[row, column] = whose
            if whose >= 0:
                continue
            # Means of the colours and the masks, then their covariances.
            count = (down - up) * (right - left)
            colour[:] = 0
            mean[:] = 0
            covariance[:] = 0
            cross[:] = 0
            for i in range(up, down):
                for j in range(left, right):
                    for k in range(3):
                        colour[k] += image[i, j, k] / count
                    for region in range(regions):
                        mean[region] += masks[i, j, region] / count
            for i in range(up, down):
                for j in range(left, right):
                    for k in range(3):
                        over = (image[i, j, k] - colour[k]) / count
                        for m in range(k + 1):
                            covariance[k, m] += over * (image[i, j, m] - colour[m])
                        for region in range(regions):
                            cross[region, k] += over * (masks[i, j, region] - mean[region])
            # Cholesky factors of the covariance, in its place.
            for k in range(3):
                for m in range(k):
                    value = covariance[k, m]
                    for n in range(m):
                        value -= covariance[k, n] * covariance[m, n]
                    covariance[k, m] = value / covariance[m, m]
                value = covariance[k, k] + epsilon
                for n in range(k):
                    value -= covariance[k, n] * covariance[k, n]
                covariance[k, k] = np.sqrt(value)
            # Forward and backward substitution for each region.
            for region in range(regions):
                for k in range(3):
                    value = cross[region, k]
                    for n in range(k):
                        value -= covariance[k, n] * factor[n]
                    factor[k] = value / covariance[k, k]
                constant = mean[region]
                for k in range(2, -1, -1):
                    value = factor[k]
                    for n in range(k + 1, 3):
                        value -= covariance[n, k] * factor[n]
                    factor[k] = value / covariance[k, k]
                    constant -= factor[k] * colour[k]
                    coefficients[row, column, region, k] = factor[k]
                coefficients[row, column, region, 3] = constant


def mean_coefficients(own: Ints, coefficients: Floats, radius: int, top: int, bottom: int, settled: Ints, means: Floats) -> None:
    """The coefficients averaged over the windows that hold each pixel.

    Args:
        own, coefficients: as `window_coefficients` filled them.
        radius: of the filter.
        top, bottom: the rows to do.
        settled: (h, w) the region that has the whole pixel, or -1; to be filled.
        means: (h, w, R, 4), to be filled where `settled` is -1.
    """
    height, width, regions = coefficients.shape[:3]
    values = coefficients.reshape(height, width, 4 * regions)
    totals = means.reshape(height, width, 4 * regions)
    for row in range(top, bottom):
        up = max(row - radius, 0)
        down = min(row + radius + 1, height)
        for column in range(width):
            left = max(column - radius, 0)
            right = min(column + radius + 1, width)
            whose = own[row, column]
            for i in range(up, down):
                for j in range(left, right):
                    if own[i, j] != whose:
                        whose = -1
            settled[row, column] = whose
            total = totals[row, column]
            total[:] = 0
            if whose >= 0:
                total[4 * whose + 3] = 1
                continue
            share = np.float32(1) / np.float32((down - up) * (right - left))
            for i in range(up, down):
                for j in range(left, right):
                    if own[i, j] >= 0:
                        total[4 * own[i, j] + 3] += share
                        continue
                    value = values[i, j]
                    for k in range(4 * regions):
                        total[k] += share * value[k]


def mask_rows(
    pixels: Floats, coefficients: Floats, settled: Ints, y: Ints, wy: Floats, x: Ints, wx: Floats, masks: Floats
) -> None:
    """Masks of a strip: guided coefficients, interpolated, meet the pixels; then a partition.

    Args:
        pixels: (rows, W, 3).
        coefficients: (h, w, R, 4), a factor for each channel and a constant.
        settled: (h, w) the region that has the whole pixel, or -1.
        y, wy: (rows,) index of the coefficients before each row, and the weight of those after it.
        x, wx: (W,) the same of columns.
        masks: (R, rows, W), to be filled.
    """
    low = np.float32(0)
    high = np.float32(1)
    least = np.float32(1e-6)
    height, width, regions = coefficients.shape[:3]
    line = np.empty((width, regions, 4), np.float32)
    whose = np.empty(width, np.int32)
    for row in range(pixels.shape[0]):
        up = y[row]
        down = min(up + 1, height - 1)
        # Which stretches between two nodes lie in one region alone?
        for node in range(width):
            beside = min(node + 1, width - 1)
            one = settled[up, node]
            whose[node] = -1
            if settled[up, beside] == one and settled[down, node] == one and settled[down, beside] == one:
                whose[node] = one
        # The coefficients of this row, at the nodes of the other stretches.
        for node in range(width):
            if whose[node] < 0 or whose[max(node - 1, 0)] < 0:
                for region in range(regions):
                    for k in range(4):
                        above = coefficients[up, node, region, k]
                        below = coefficients[down, node, region, k]
                        line[node, region, k] = above + wy[row] * (below - above)
        for region in range(regions):
            for column in range(pixels.shape[1]):
                masks[region, row, column] = low
                if whose[x[column]] == region:
                    masks[region, row, column] = high
        for column in range(pixels.shape[1]):
            left = x[column]
            if whose[left] >= 0:
                continue
            right = min(left + 1, width - 1)
            red = min(max(pixels[row, column, 0], low), high)
            green = min(max(pixels[row, column, 1], low), high)
            blue = min(max(pixels[row, column, 2], low), high)
            total = low
            for region in range(regions):
                a = line[left, region]
                b = line[right, region]
                before = a[0] * red + a[1] * green + a[2] * blue + a[3]
                after = b[0] * red + b[1] * green + b[2] * blue + b[3]
                mask = min(max(before + wx[column] * (after - before), low), high)
                masks[region, row, column] = mask
                total += mask
            for region in range(regions):
                if total > least:
                    masks[region, row, column] /= total
                else:
                    masks[region, row, column] = high / np.float32(regions)
