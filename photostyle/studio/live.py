"""A solved field as the page's shader takes it: all that rendering needs but the amounts, which are the page's own.

A tile is a view of the whole photo, or a part of it at its own size. What a shader cannot do, or would do differently, is done
here: the guide, and the masks that follow the photo's edges. What is left for each pixel is to slice the table, to mix, to add,
and to roll off: `transforms.field.loops` in another language.
"""

import json
import struct
import threading
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photostyle.colour import LUMA, luminance
from photostyle.photo import shrunk
from photostyle.prepared import Prepared, planes
from photostyle.regions import Regions
from photostyle.regions.upsampling import MaskUpsampler
from photostyle.studio.drawing import MARKS, Box
from photostyle.transforms import FieldTransform
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.rolloff import EDGE, KNEE

SLOTS = 4  # regions of a pixel in one texel
LEAST = 0.5 / 255  # of a pixel, from which a region is sent
MOST_REGIONS = 64  # of which a shader holds the amounts


@dataclass(frozen=True)
class _Tile:
    """Pixels (3, h, w) of a photo of a size (H, W), from a corner (top, left) on, with their guide (h, w) and masks (R, h, w)."""

    pixels: Tensor
    guide: Tensor
    masks: Tensor
    corner: tuple[int, int]
    size: tuple[int, int]


class LiveTiles:
    """Makes tiles. The masks' coefficients are the same for all parts of a photo: those used last are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._masks: tuple[Regions, tuple[int, int], MaskUpsampler] | None = None

    def view(self, field: FieldTransform, content: Prepared, side: int) -> bytes:
        """The whole photo with a long side of at most so many pixels, as `packed`."""
        pixels = planes(np.ascontiguousarray(shrunk(content.photo, side).pixels))
        _, height, width = pixels.shape
        return packed(field, self._tile(field, content, pixels, (0, 0, width, height)))

    def part(self, field: FieldTransform, content: Prepared, box: Box) -> bytes:
        """A part of the photo at its own size, as `packed`."""
        return packed(field, self._tile(field, content, planes(content.photo.pixels), box))

    def _tile(self, field: FieldTransform, content: Prepared, pixels: Tensor, box: Box) -> _Tile:
        left, top, width, height = box
        size = (pixels.shape[1], pixels.shape[2])
        small = planes(content.copy.photo.pixels)
        part = pixels[:, top : top + height, left : left + width].contiguous()
        guide = Guide.of(small)(luminance(part), top, size[0], left, size[1])
        edges = None if field.provenance.hard_masks else small
        masks = self._upsampler(field.regions, size, edges).tile(part, (top, left))
        return _Tile(part, guide, masks, (top, left), size)

    def _upsampler(self, regions: Regions, size: tuple[int, int], edges: Tensor | None) -> MaskUpsampler:
        with self._lock:
            if self._masks is None or self._masks[0] is not regions or self._masks[1] != size:
                self._masks = (regions, size, MaskUpsampler(regions, size, edges))
            return self._masks[2]


def packed(transform: FieldTransform, tile: _Tile) -> bytes:
    """A tile and its field in bytes, little-endian, one after the other.

    uint32, the length of what follows; JSON, padded with spaces to a multiple of 8 bytes with those four; float32
    (3, R * depth, rows, cols, 4), a row of the transforms a block; float16 (h, w, 4), pixels and guide; uint8 (layers, h, w, 4),
    the regions of each pixel, the largest first; uint8 of the same shape, how much of it each is, of 255.
    """
    table = transform.field.table.float().cpu()
    regions, depth, rows, cols = table.shape[:4]
    labels, weights = packed_masks(tile.masks)
    _, height, width = tile.pixels.shape
    facts = {
        "regions": list(transform.field.names),
        "width": width,
        "height": height,
        "corner": [tile.corner[1], tile.corner[0]],
        "whole": [tile.size[1], tile.size[0]],
        "nodes": [cols, rows, depth],
        "layers": len(labels),
        "luma": list(LUMA),
        "knee": KNEE,
        "edge": EDGE,
        "marks": MARKS,
    }
    head = json.dumps(facts).encode()
    head += b" " * (-(len(head) + 4) % 8)
    picture = torch.cat([tile.pixels, tile.guide[None]]).permute(1, 2, 0)
    blocks = (
        table.permute(4, 0, 1, 2, 3, 5).reshape(3, regions * depth, rows, cols, 4).numpy().astype("<f4"),
        picture.numpy().astype("<f2"),
        labels,
        weights,
    )
    return b"".join([struct.pack("<I", len(head)), head, *(block.tobytes() for block in blocks)])


def packed_masks(masks: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """(layers, h, w, 4) uint8, the regions of each pixel by how much of it they are, and that of 255, which they sum up to."""
    most = int((masks >= LEAST).sum(0).amax())
    count = min(SLOTS * -(-most // SLOTS), len(masks))
    shares, labels = masks.topk(count, dim=0)
    parts = shares.mul(255).round()
    parts[0] += 255 - parts.sum(0)
    return _layers(labels), _layers(parts)


def _layers(planes: Tensor) -> np.ndarray:
    """Planes (K, h, w) of whole numbers as (layers, h, w, 4) uint8, zeros where there are no more."""
    count, height, width = planes.shape
    layers = -(-count // SLOTS)
    filled = torch.zeros(layers * SLOTS, height, width, dtype=torch.uint8)
    filled[:count] = planes.to(torch.uint8)
    return filled.reshape(layers, SLOTS, height, width).permute(0, 2, 3, 1).contiguous().numpy()
