"""Which colours the things of a photo should have: those of the things in the style that look like them.

The colours and the Gram matrix of a region say how much of each colour it should have, not where; a field that may vary from
place to place then puts them wherever that is cheapest: an orange glow on the lawn, and the house left dark. So each cell of
the content looks for its like among the exemplars of the partner, as in neural neighbour style transfer (Kolkin et al. 2022),
and what it finds is what the picture should have there, roughly.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from matting.guided import guided_filter
from photostyle.colour import directions, evenly_spread, sliced_transfer, sliced_wasserstein, srgb_to_lab
from photostyle.encoders import Encoder
from photostyle.look.exemplars import Cells, Exemplars, cell_layer, members_of, photo_cells, tones, towards
from photostyle.transforms.field.guide import shrunk

NEIGHBOURS = 4  # exemplars that a probe takes the mean colour of
TONE = 0.5  # how much a difference of tone counts against one of features: bright things look for bright ones
CHROMA = 8.0  # and a squared difference of chroma, in Lab / 100, between cells of the content
PROBES = 768  # cells of a region that look among the exemplars
ALIKE = 12  # probes that a cell takes the mean of
AT_ONCE = 8192  # cells that are compared with the probes at once
LEAST_WEIGHT = 0.05  # of a region in a cell, from which the cell looks among the region's exemplars
REACH = 1 / 28  # radius of the windows in which found colours are smoothed along the content's edges, of the long side
EDGE = 0.002  # squared colours: windows of the content that vary less are smoothed over
ROUNDS = 8  # of the sliced transfer
SAMPLES = 4096  # of a region's colours, by which it is said how far from the style's they are
CELLS = 3  # cells of the encoder a side that make one of a goal


@torch.no_grad()
def found_colours(
    content: Tensor,
    masks: Tensor,
    parts: Tensor,
    exemplars: Sequence[Exemplars],
    levels: Tensor,
    shares: Tensor,
    encoder: Encoder,
) -> Tensor:
    """The colours that the cells of a content find among the exemplars of their regions' partners.

    What neighbours find differs at random, and some exemplars are found by none; so the colours are smoothed along the edges of
    the content, and then moved until a region's are distributed as its partner's.

    Args:
        content: (3, H, W) at working size, sRGB-encoded in [0, 1].
        masks: (R, H, W) in [0, 1], which pixels look for their like among the exemplars of which partner.
        parts: (R, H, W) in [0, 1], how much of what they find there counts; at most 1 in all.
        exemplars: R, those of the partners.
        levels: (R, D, Q) quantiles of the partners' Lab colours along `colour.directions(D)`.
        shares: (R,) in [0, 1], how far each region's colours are moved to be distributed so.
        encoder: that the exemplars were measured with.

    Returns:
        (3, h, w) in Lab / 100, on the cells of the encoder's map; the content's own where no region is.
    """
    layer = cell_layer(encoder)
    features = encoder(content[None], (layer,))[layer][0].float()
    cells = photo_cells(content, masks, features)
    everything = cells.weights.amax(0)
    shares_of_cells = shrunk(parts, everything.shape)
    own = srgb_to_lab(cells.colours.flatten(1))
    total = own * (1 - shares_of_cells.sum(0).clamp(max=1)).flatten()
    each = zip(cells.weights, shares_of_cells, exemplars, levels, shares.tolist(), strict=True)
    for weights, part, partner, goal, share in each:
        inside = weights.flatten().gt(LEAST_WEIGHT).nonzero()[:, 0]
        if not len(inside):
            continue
        found = _like(cells, own[1:].T, members_of(weights, everything), inside, partner)
        smooth = _smoothed(found, inside, cells)
        lab = srgb_to_lab(smooth[:, inside].clamp(0, 1))
        total[:, inside] += part.flatten()[inside] * sliced_transfer(lab, goal, ROUNDS, share)
    return total.view_as(cells.colours)


def distances(content: Tensor, masks: Tensor, levels: Tensor) -> Tensor:
    """(R,) sliced Wasserstein distances, in Lab / 100, of a content's colours in each region from the partner's.

    Args:
        content: (3, H, W), sRGB-encoded in [0, 1].
        masks: (R, H, W) in [0, 1].
        levels: (R, D, Q) quantiles of the partners' Lab colours along `colour.directions(D)`.
    """
    along = directions(levels.shape[1]).to(content)
    found = []
    for mask, goal in zip(masks.flatten(1), levels, strict=True):
        inside = mask.gt(0.5).nonzero()[:, 0]
        chosen = inside[evenly_spread(len(inside), SAMPLES).to(inside.device)]
        if not len(chosen):
            found.append(content.new_zeros(()))
            continue
        colours = srgb_to_lab(content.flatten(1)[:, chosen])
        found.append(sliced_wasserstein(colours, goal, along).sqrt())
    return torch.stack(found)


def _like(cells: Cells, chroma: Tensor, members: Tensor, inside: Tensor, partner: Exemplars) -> Tensor:
    """(3, n), for each of n cells of a region the colour of what is like it in the style.

    Some cells of the region, its probes, look for their like among the exemplars; every cell takes the mean of what the probes
    most like it found. So what looks alike in the content gets one colour, wherever it is.

    Args:
        cells: of the content.
        chroma: (h * w, 2), a* and b* of the cells' colours, / 100.
        members: indices of the cells by which the region is known.
        inside: (n,) indices of the cells that look.
        partner: among whose exemplars they look.
    """
    light = cells.light
    mean = cells.features[members].mean(0)
    probes = members[evenly_spread(len(members), PROBES).to(members.device)]
    features = towards(cells.features[probes], mean)
    tone = tones(light[probes], light[members])
    found = partner.colours[_nearest(features @ partner.features.T, tone, partner.tones, NEIGHBOURS)].mean(1)
    colours = []
    for some in torch.split(inside, AT_ONCE):
        likeness = towards(cells.features[some], mean) @ features.T
        likeness -= CHROMA * torch.cdist(chroma[some], chroma[probes]).square()
        alike = _nearest(likeness, tones(light[some], light[members]), tone, ALIKE)
        colours.append(found[alike].mean(1))
    return torch.cat(colours).T


def _nearest(likeness: Tensor, tone: Tensor, others: Tensor, count: int) -> Tensor:
    """(n, count) the indices of those that are most alike (n, m), by tones (n,) and (m,) too."""
    apart = (tone[:, None] - others).square()
    return (likeness - TONE * apart).topk(min(count, len(others)), 1).indices


def _smoothed(found: Tensor, inside: Tensor, cells: Cells) -> Tensor:
    """(3, h * w) the colours found (3, n) at some cells, smoothed along the edges of the content; their mean elsewhere."""
    height, width = cells.colours.shape[1:]
    filled = found.mean(1, keepdim=True).repeat(1, height * width)
    filled[:, inside] = found
    radius = max(1, round(REACH * max(height, width)))
    smooth = guided_filter(cells.colours[None], filled.view(1, 3, height, width), radius, EDGE)
    return smooth[0].flatten(1)
