"""Judges of a painting: how near to the style's hand, and how much of the photo is kept; most by no network.

patches   sliced Wasserstein distance of 7 x 7 patches of a Laplacian pyramid (Karras et al. 2018, section 5), lower is nearer
ssim      of the light with the photo's, higher keeps more
edges     F-score of edges with the photo's, higher keeps more
vgg       relative Gram distance at levels 1 to 3 of the real VGG-19, where its weights are given, and each as vgg1, vgg2, vgg3;
          lower is nearer
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.feature import canny
from torch.nn import functional as F

from photostyle.colour import luminance_of_pixels
from photostyle.losses import gram_distance
from photostyle.metrics import similarity

PATCH = 7  # pixels a side
LEVELS = 4  # of the pyramid
PATCHES, DIRECTIONS = 4096, 128
FINE = 2.5  # pixels: what is finer is texture
FRAME = 12  # pixels at the border, where other surroundings make another picture
SIGMA, NEAR = 1.5, 2.0  # pixels: of edges, and how far apart two of them may lie
VGG_LAYERS = ("relu1_1", "relu2_1", "relu3_1")

Features = Callable[[torch.Tensor], Mapping[str, torch.Tensor]]


def patch_distance(picture: np.ndarray, style: np.ndarray, seed: int = 0) -> float:
    """Mean over levels of the sliced Wasserstein distance of their patches, in units of the style's deviation there.

    Args:
        picture, style: (H, W, 3) in [0, 1], of about one size: strokes are compared in pixels.
    """
    generator = torch.Generator().manual_seed(seed)
    apart = []
    for ours, theirs in zip(_pyramid(picture), _pyramid(style), strict=False):  # a narrow picture has fewer levels
        unit = theirs.std((1, 2), keepdim=True).clamp_min(1e-3)
        a, b = (_patches(band / unit, generator) for band in (ours, theirs))
        along = F.normalize(torch.randn(a.shape[1], DIRECTIONS, generator=generator), dim=0)
        apart.append(float(((a @ along).sort(0).values - (b @ along).sort(0).values).abs().mean()))
    return float(np.mean(apart))


def edge_score(content: np.ndarray, picture: np.ndarray) -> float:
    """F-score of the edges of two pictures (H, W, 3): what lies within two pixels of each other's is found (Canny 1986)."""
    ours, theirs = (canny(luminance_of_pixels(each), SIGMA) for each in (picture, content))
    if not ours.any() or not theirs.any():
        return float(ours.any() == theirs.any())
    precision = float((distance_transform_edt(~theirs)[ours] <= NEAR).mean())
    recall = float((distance_transform_edt(~ours)[theirs] <= NEAR).mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def texture(content: np.ndarray, picture: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Fine texture where a photo is plain, and whether it goes along with the photo.

    Args:
        content: (H, W, 3), the photo.
        picture: (H, W, 3), painted.
        other: (H, W, 3), the same pixels painted as part of a photo that was cut a pixel or two further.

    Returns:
        texture: its deviation in the plainest quarter; stays: how much of it is not there again, 0 for nothing and 1 for as much
        as two textures differ that know nothing of each other, as a weave does that hangs on a network's grid.
    """
    before, one, two = (_fine(each)[FRAME:-FRAME, FRAME:-FRAME] for each in (content, picture, other))
    busy = gaussian_filter(before**2, 4)
    plain = busy <= np.quantile(busy, 0.25)
    own, apart = np.mean(one[plain] ** 2), np.mean((one - two)[plain] ** 2)
    return {"texture": float(np.sqrt(own)), "stays": float(np.sqrt(apart / max(2 * own, 1e-12)))}


def judged(content: np.ndarray, style: np.ndarray, picture: np.ndarray, vgg: Features | None = None) -> dict[str, float]:
    """All of a picture (H, W, 3) made of a content of its size and a style of about its size."""
    light = [luminance_of_pixels(each) for each in (content, picture)]
    found = {
        "patches": patch_distance(picture, style),
        "ssim": similarity(*light),
        "edges": edge_score(content, picture),
    }
    if vgg is not None:
        levels = vgg_distances(picture, style, vgg)
        found["vgg"] = float(np.mean(levels))
        found |= {f"vgg{k}": apart for k, apart in enumerate(levels, start=1)}
    return found


def _fine(picture: np.ndarray) -> np.ndarray:
    light = luminance_of_pixels(picture)
    return np.asarray(light - gaussian_filter(light, FINE))


@torch.inference_mode()
def vgg_distances(picture: np.ndarray, style: np.ndarray, vgg: Features) -> list[float]:
    """Relative distances of Gram matrices at levels 1 to 3."""
    ours, theirs = (_grams(vgg(_planes(each)[None])) for each in (picture, style))
    return [float(gram_distance(a, b).sqrt()) for a, b in zip(ours, theirs, strict=True)]


def teacher_vgg(folder: Path) -> Features:
    """The first levels of the real VGG-19 from a folder of teachers with a features.py."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("teacher_features", folder / "features.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.vgg19()


def _grams(features: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
    columns = [features[layer][0].flatten(1) for layer in VGG_LAYERS]
    return [(each @ each.T / each.shape[1])[None] for each in columns]


def _planes(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels, np.float32)).permute(2, 0, 1)


def _pyramid(pixels: np.ndarray) -> list[torch.Tensor]:
    """Bands (3, h, w), the finest first, each at its own size (Burt and Adelson 1983); the last is what is left."""
    bands = []
    now = _planes(pixels)[None]
    while len(bands) < LEVELS - 1 and min(now.shape[2:]) >= 4 * PATCH:
        small = F.avg_pool2d(now, 2, ceil_mode=True, count_include_pad=False)
        bands.append((now - F.interpolate(small, now.shape[2:], mode="bilinear", align_corners=False))[0])
        now = small
    return [*bands, now[0]]


def _patches(band: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """(PATCHES, 147) patches at random places."""
    every = band.unfold(1, PATCH, 1).unfold(2, PATCH, 1)
    rows = torch.randint(every.shape[1], (PATCHES,), generator=generator)
    columns = torch.randint(every.shape[2], (PATCHES,), generator=generator)
    return every[:, rows, columns].movedim(0, 1).flatten(1)
