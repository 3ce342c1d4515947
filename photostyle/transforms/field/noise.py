"""How strong the noise of a photo is, tone by tone and region by region, in the places where it would be seen.

Noise is measured at the photo's own size, in small blocks of a sample of tiles. Fine grain is what Immerkaer's mask leaves
("Fast noise variance estimation", 1996): flat light and its gradients leave nothing. A block counts if it is flat, that is if
little is left of it once fine grain is averaged out: texture has structure at every scale, and it hides noise. The borders of
JPEG's squares of 8 x 8 pixels are measured apart, since grain they have none: by how much more neighbours differ there than
elsewhere.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.colour import luminance
from photostyle.prepared import Prepared, planes
from photostyle.regions import Regions
from photostyle.transforms.field.bilateral import axis_taps

TILE = 64  # pixels a side
MOST_TILES = 72  # 300,000 pixels: they take less than a tenth of a second
BLOCK = 16  # pixels a side of a block, at each scale
SCALES = (1, 2, 4)  # pixels that are averaged along each side: noise of cameras is often wider than a pixel
LONG_ENOUGH = 512  # long side of a photo at a scale, from which the scale is measured: less has texture there
COARSE = 4  # pixels averaged along each side to see whether a block is flat
FLAT_RATIO = 0.35  # of what is left of a flat block when averaged to its grain; 0.25 for white noise
FLAT_FLOOR = 1.2 / 255  # what may be left anyway: JPEG takes the fine grain and leaves the coarse
FLAT_SHARE = 0.4  # of the blocks of a region and tone, under which noise counts less: texture hides it
MOST_GROWTH = 1.6  # of noise from a tone to the next: more is texture
FEWEST = 4.0  # flat blocks of a region and tone from which it is known
CALM = 0.1  # quantile of all blocks of a region and tone: noise is in each of them, texture is not
MOST_UNEVEN = 1.25  # of the noise that counts to that of the calm blocks
GRID = 8  # pixels a side of JPEG's squares
HIDES = 2.0  # mean squared steps inside squares hide so many times as much at their borders
QUIET = 2.5 / 255  # grain and steps up to which the borders of squares are seen
MOST_STEP = 8 / 255  # more is an edge of things
LEAST_STEP = 0.5 / 255  # less is not seen
LEAST_SQUARES = 0.05  # of the quiet blocks have a step at a border of squares
LEAST_REPEATS = 3  # rows or columns of blocks that have one, or it is an edge of a thing that happens to lie there
STANDS_OUT = 2.0  # times as many as have one elsewhere: less is chance
GRID_WEIGHT = 2.0  # of a border of squares against grain of the same deviation: lines are seen sooner


@dataclass(frozen=True)
class _Blocks:
    """Blocks of a photo at one scale.

    Args:
        pixels: (B, 3, BLOCK, BLOCK).
        fine: (B,) standard deviation of their fine grain, the root mean square of red, green and blue.
        light: (B,) mean luminance.
        places: (B, 2) rows and columns of their middles in the photo.
        members: (R, B) how much of each is of each region, 0 for those that are not wholly seen.
    """

    pixels: Tensor
    fine: Tensor
    light: Tensor
    places: Tensor
    members: Tensor

    def by_tone(self, depth: int) -> Tensor:
        """(R, depth, B) how much each block is of each region and tone."""
        before, after_weight = axis_taps(self.light, depth)
        tones = torch.zeros(depth, len(self.light))
        tones.scatter_add_(0, before[None], (1 - after_weight)[None])
        tones.scatter_add_(0, (before + 1).clamp(max=depth - 1)[None], after_weight[None])
        return self.members[:, None] * tones


def noise_of(content: Prepared, depth: int) -> Tensor:
    """(R, depth) standard deviations of a photo's visible noise, sRGB-encoded, by region and tone.

    Args:
        content: the photo.
        depth: tones, evenly spaced over [0, 1].

    Returns:
        0 where there is no noise, where nothing is flat, and for a photo too small to tell.
    """
    return noise_in(planes(content.photo.pixels), content.regions, depth, content.visible_pixels)


def noise_in(pixels: Tensor, regions: Regions, depth: int, visible: Tensor | None = None) -> Tensor:
    """`noise_of` for pixels (3, H, W), their regions at any size, and which of the pixels are seen (H, W)."""
    height, width = pixels.shape[1:]
    nothing = torch.zeros(len(regions.names), depth)
    if min(height, width) < 2 * BLOCK:
        return nothing
    tiles, places = _tiles(pixels)
    seen = torch.ones(len(tiles), 1, *tiles.shape[2:])
    if visible is not None:
        seen = _tiles(visible[None])[0].float()
    masks = regions.masks.cpu().float()
    grain = nothing
    squares = nothing
    for scale in SCALES:
        if scale > 2 and max(height, width) < scale * LONG_ENOUGH:
            break
        blocks = _blocks(tiles, places, seen, masks, (height, width), scale)
        grain = torch.maximum(grain, _grain_by_tone(blocks, depth))
        if scale == 1:
            squares = _squares_by_tone(blocks, depth)
    return (grain.square() + (GRID_WEIGHT * squares).square()).sqrt()


def _tiles(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """(T, C, h, w) tiles of (C, H, W), spread evenly, and where they begin (T, 2); on multiples of JPEG's squares."""
    tops = _starts(pixels.shape[1])
    lefts = _starts(pixels.shape[2])
    share = (MOST_TILES / (len(tops) * len(lefts))) ** 0.5
    if share < 1:
        tops = _some(tops, share)
        lefts = _some(lefts, share)
    height, width = (min(TILE, side // BLOCK * BLOCK) for side in pixels.shape[1:])
    tiles = []
    places = []
    for top in tops:
        for left in lefts:
            tiles.append(pixels[:, top : top + height, left : left + width])
            places.append((top, left))
    return torch.stack(tiles).float(), torch.tensor(places)


def _starts(side: int) -> list[int]:
    """Where the tiles along a side begin; what is left over at its end is in none."""
    return list(range(0, max(1, side - TILE + 1), TILE))


def _some(starts: list[int], share: float) -> list[int]:
    """A share of the tiles along a side, spread evenly."""
    count = max(1, int(share * len(starts)))
    return [starts[(2 * number + 1) * len(starts) // (2 * count)] for number in range(count)]


def _blocks(tiles: Tensor, places: Tensor, seen: Tensor, masks: Tensor, size: tuple[int, int], scale: int) -> _Blocks:
    """The blocks of tiles (T, 3, h, w) that begin at places (T, 2) of a photo of a size, at a scale."""
    if scale > 1:
        tiles = F.avg_pool2d(tiles, scale)
        seen = F.avg_pool2d(seen, scale)
    pixels = _cut(tiles)
    shown = (_cut(seen).amin((1, 2, 3)) == 1).float()
    down, across = (side // BLOCK for side in tiles.shape[2:])
    offsets = torch.stack(torch.meshgrid(torch.arange(down), torch.arange(across), indexing="ij"), -1) + 0.5
    middles = (places[:, None] + scale * BLOCK * offsets.reshape(1, -1, 2)).reshape(-1, 2)
    rows = (middles[:, 0] / size[0] * masks.shape[1]).long().clamp(max=masks.shape[1] - 1)
    columns = (middles[:, 1] / size[1] * masks.shape[2]).long().clamp(max=masks.shape[2] - 1)
    return _Blocks(pixels, _fine_grain(pixels), luminance(pixels).mean((1, 2)), middles, masks[:, rows, columns] * shown)


def _cut(tiles: Tensor) -> Tensor:
    """(T, C, h, w) -> (B, C, BLOCK, BLOCK)."""
    count, channels, height, width = tiles.shape
    down, across = height // BLOCK, width // BLOCK
    tiles = tiles[:, :, : down * BLOCK, : across * BLOCK].reshape(count, channels, down, BLOCK, across, BLOCK)
    return tiles.permute(0, 2, 4, 1, 3, 5).reshape(-1, channels, BLOCK, BLOCK)


def _fine_grain(blocks: Tensor) -> Tensor:
    """(B,) standard deviation of noise by Immerkaer's mask."""
    across = blocks[..., :-2] - 2 * blocks[..., 1:-1] + blocks[..., 2:]
    both = across[..., :-2, :] - 2 * across[..., 1:-1, :] + across[..., 2:, :]
    deviation = (torch.pi / 2) ** 0.5 / 6 * both.abs().mean((2, 3))
    together: Tensor = deviation.square().mean(1).sqrt()
    return together


def _coarse_structure(blocks: Tensor) -> Tensor:
    """(B,) standard deviation of what is left when fine grain is averaged out, gradients apart."""
    coarse = F.avg_pool2d(blocks, COARSE)
    across = coarse[..., :-2] - 2 * coarse[..., 1:-1] + coarse[..., 2:]
    down = coarse[..., :-2, :] - 2 * coarse[..., 1:-1, :] + coarse[..., 2:, :]
    squares = across.square().mean((1, 2, 3)) + down.square().mean((1, 2, 3))
    deviation: Tensor = (squares / 12).sqrt()
    return deviation


def _squares(blocks: _Blocks) -> tuple[Tensor, Tensor]:
    """How much the borders of JPEG's squares stand out: (B,) the variance of the squares' levels, and (B,) 1 for quiet blocks.

    Where nothing repeats by eights there are none; a cropped photo has them at another place.
    """
    excess = torch.zeros(len(blocks.pixels))
    quiet = (blocks.fine <= QUIET).float()
    for turned, places in ((blocks.pixels, blocks.places[:, 1]), (blocks.pixels.mT, blocks.places[:, 0])):
        steps = _steps(turned).clamp(max=MOST_STEP**2)  # (B, GRID)
        usual = steps.median(1).values
        calm = quiet * (usual <= QUIET**2)
        stand_out = (steps > HIDES * usual[:, None] + LEAST_STEP**2) & (calm > 0)[:, None]
        phase = int((steps * calm[:, None]).sum(0).argmax())
        elsewhere = (torch.arange(GRID) - phase + 2) % GRID >= 5  # not beside the border, where its step is seen too
        shares = stand_out.sum(0) / calm.sum().clamp_min(1)
        least = max(LEAST_SQUARES, STANDS_OUT * float(shares[elsewhere].mean()))
        repeats = set(places[stand_out[:, phase]].tolist())
        if len(repeats) >= LEAST_REPEATS and shares[phase] > least:
            inside = steps[:, elsewhere].mean(1)
            excess = excess + calm * (steps[:, phase] - HIDES * inside) / 4  # two squares a border, two directions
    return excess, quiet


def _steps(pixels: Tensor) -> Tensor:
    """(B, GRID) mean squared steps from column to column, by their place in JPEG's squares; gradients leave none."""
    rows = F.avg_pool2d(pixels, (GRID, 1))
    between = rows.diff(dim=-1)
    steps = between[..., 1:-1] - (between[..., :-2] + between[..., 2:]) / 2
    squares = F.pad(steps.square().mean((1, 2)), (1, 2))  # those of the first and the last columns are not known
    known = F.pad(torch.ones(steps.shape[-1]), (1, 2))
    return squares.reshape(len(pixels), -1, GRID).sum(1) / known.reshape(-1, GRID).sum(0)


def _grain_by_tone(blocks: _Blocks, depth: int) -> Tensor:
    """(R, depth) the grain that the flat blocks of each region and tone have in common."""
    weights = blocks.by_tone(depth)
    left = _coarse_structure(blocks.pixels)
    flat = weights * (left <= torch.clamp(FLAT_RATIO * blocks.fine, min=FLAT_FLOOR))
    total = weights.sum(2)
    found = torch.minimum(_quantiles(blocks.fine, flat, 0.5), MOST_UNEVEN * _quantiles(blocks.fine, weights, CALM))
    found = torch.minimum(found, _ceiling(blocks.fine, weights.sum(0)))
    return _evened(found * _seen_share(flat.sum(2), total), total)


def _ceiling(fine: Tensor, weights: Tensor) -> Tensor:
    """(depth,) what noise can be at most at each tone, by the calm blocks of the whole photo (B,), weights (depth, B).

    Noise comes from the camera and is the same in all things of one tone, and little different in the next: more of it in
    one thing alone is texture. Black and white say nothing, since noise is cut off there.
    """
    calm = MOST_UNEVEN * _quantiles(fine, weights, CALM)
    calm = torch.where(weights.sum(1) >= FEWEST, calm, torch.inf)
    calm[0] = torch.inf
    calm[-1] = torch.inf
    tones = torch.arange(len(calm))
    growth = MOST_GROWTH ** (tones[:, None] - tones).abs().float()
    return (calm * growth).amin(1)


def _squares_by_tone(blocks: _Blocks, depth: int) -> Tensor:
    """(R, depth) the deviation of the squares' levels in quiet blocks of each region and tone."""
    excess, quiet = _squares(blocks)
    weights = blocks.by_tone(depth)
    known = (weights * quiet).sum(2)
    variance = ((weights * quiet) @ excess) / known.clamp_min(FEWEST)
    return _evened(variance.clamp_min(0).sqrt() * _seen_share(known, weights.sum(2)), known)


def _seen_share(flat: Tensor, total: Tensor) -> Tensor:
    """How much what is flat counts among all that there is of a region and tone, in [0, 1]: texture hides noise."""
    return (flat / (FLAT_SHARE * total).clamp_min(1e-6)).square().clamp(max=1)


def _quantiles(values: Tensor, weights: Tensor, share: float) -> Tensor:
    """Weighted quantiles of (B,) values by weights (..., B); 0 where there are too few."""
    order = values.argsort()
    sums = weights[..., order].cumsum(-1)
    total = sums[..., -1:]
    place = (sums < share * total).sum(-1).clamp(max=len(values) - 1)
    return torch.where(total[..., 0] >= FEWEST, values[order][place], 0.0)


def _evened(values: Tensor, weights: Tensor) -> Tensor:
    """(R, depth) averaged with the neighbours by weight, so that tones do not jump."""
    kernel = torch.tensor([[[0.25, 0.5, 0.25]]])
    sums = F.conv1d((values * weights)[:, None], kernel, padding=1)[:, 0]
    return sums / F.conv1d(weights[:, None], kernel, padding=1)[:, 0].clamp_min(1e-6)
