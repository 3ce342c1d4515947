from photostyle.regions.automatic import segment_photo
from photostyle.regions.edges import refine_edges
from photostyle.regions.mask_files import read_mask_pair, read_masks
from photostyle.regions.skin import SKIN, with_skin


def _kept(copy, hard):
    return copy.full_size if hard else copy.photo.size


def _refined(regions, copy, feather, hard, device):
    return regions if hard else refine_edges(regions, copy.photo.pixels, feather=feather, device=device)


def regions_of(copy, mask, segmenter, *, feather=0, hard=False, protect=(), device="cpu", role="content", least=0.01, refine=True):
    if mask is not None:
        regions = _refined(read_masks(mask, copy.full_size, size=_kept(copy, hard), hard=hard), copy, feather, hard, device)
    else:
        small = copy.photo
        regions = segment_photo(small.pixels, segmenter, size=max(small.size), feather=feather, device=device)
    return with_skin(regions, copy.photo.pixels) if SKIN in protect else regions


def regions_of_pair(content, style, content_mask, style_mask, *, feathers, hard, protect, device):
    ours, theirs = read_mask_pair(content_mask, style_mask, content.full_size, style.full_size, content_at=_kept(content, hard), style_at=_kept(style, hard), hard=hard)
    ours, theirs = _refined(ours, content, feathers[0], hard, device), _refined(theirs, style, feathers[1], hard, device)
    return (with_skin(ours, content.photo.pixels) if SKIN in protect else ours), theirs
