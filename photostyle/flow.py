"""Where each pixel of a picture lies in another: optical flow, and what of it can be believed.

A flow is (h, w, 2) float32, in pixels across and down: what is at x in the first picture is at x + flow in the second.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from photostyle.colour import luminance_of_pixels

LEAST_SIDE = 32  # pixels; smaller pictures are continued at their frame, as the pyramid of DIS needs some room
WINDOW = 7  # radius in pixels of the windows of iLK
SLOWER = "OpenCV is not installed, so motion is followed by scikit-image, some ten times slower; pip install photostyle[video]"


@cache
def has_opencv() -> bool:
    """Whether flow comes from OpenCV; else it comes from scikit-image, and `SLOWER` is to be said."""
    return find_spec("cv2") is not None


def flow_notes() -> tuple[str, ...]:
    """What a user should be told of the library that follows motion."""
    return () if has_opencv() else (SLOWER,)


def optical_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Dense flow by DIS (Kroeger et al. 2016) or, without OpenCV, by iterative Lucas-Kanade (Le Besnerais & Champagnat 2005).

    Args:
        first, second: pictures (h, w, 3) or light (h, w), of one size, sRGB-encoded in [0, 1].

    Returns:
        (h, w, 2) float32.

    Example:
        >>> light = np.random.default_rng(1).random((8, 10)).repeat(8, 0).repeat(8, 1)
        >>> optical_flow(light, light).shape
        (64, 80, 2)
    """
    before, after = _light(first), _light(second)
    height, width = before.shape
    room = ((0, max(0, LEAST_SIDE - height)), (0, max(0, LEAST_SIDE - width)))
    before, after = np.pad(before, room, mode="edge"), np.pad(after, room, mode="edge")
    flow = _flow_of_dis(before, after) if has_opencv() else _flow_of_ilk(before, after)
    return np.ascontiguousarray(flow[:height, :width], np.float32)


def _light(picture: np.ndarray) -> np.ndarray:
    if picture.ndim == 3:
        picture = luminance_of_pixels(picture)
    return np.asarray(picture, np.float32).clip(0, 1)


def _flow_of_dis(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    import cv2

    opencv: Any = cv2  # its type stubs lack DIS
    engine = opencv.DISOpticalFlow_create(opencv.DISOPTICAL_FLOW_PRESET_MEDIUM)
    codes = [(light * 255 + 0.5).astype(np.uint8) for light in (first, second)]
    flow: np.ndarray = engine.calc(codes[0], codes[1], None)
    return flow


def _flow_of_ilk(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    from skimage.registration import optical_flow_ilk

    flow: Callable[..., tuple[np.ndarray, np.ndarray]] = optical_flow_ilk
    down, across = flow(first, second, radius=WINDOW)
    return np.stack([across, down], -1)


def warped(planes: Tensor, flow: Tensor | np.ndarray) -> Tensor:
    """A second picture as it lies in the first: at each x what it has at x + flow; its frame is continued.

    Args:
        planes: (C, h, w) float, or (B, C, h, w).
        flow: (h, w, 2) in pixels, or (B, h, w, 2).

    Example:
        >>> ramp = torch.arange(4.0).expand(1, 3, 4)
        >>> warped(ramp, torch.tensor([1.0, 0.0]).expand(3, 4, 2))[0, 0]
        tensor([1., 2., 3., 3.])
    """
    if planes.ndim == 3:
        return warped(planes[None], torch.as_tensor(flow)[None])[0]
    places = pixel_grid(planes) + torch.as_tensor(flow).to(planes)
    scale = torch.tensor([2 / planes.shape[3], 2 / planes.shape[2]]).to(planes)
    where = (places + 0.5) * scale - 1
    found: Tensor = grid_sample(planes, where, mode="bilinear", padding_mode="border", align_corners=False)
    return found


def pixel_grid(planes: Tensor) -> Tensor:
    """(h, w, 2) where each pixel of planes (..., h, w) lies, across and down."""
    height, width = planes.shape[-2:]
    down = torch.arange(height, dtype=planes.dtype, device=planes.device)
    across = torch.arange(width, dtype=planes.dtype, device=planes.device)
    return torch.stack([across.expand(height, width), down[:, None].expand(height, width)], -1)


def believed(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    """(h, w) bool, where a flow is no guess: what it finds comes back, and it is not at the border of a motion.

    The thresholds are those of Ruder et al. 2016, eqs. 5 and 6.

    Args:
        there: (h, w, 2) from the first picture to the second.
        back: (h, w, 2) from the second to the first.

    Example:
        >>> still = np.zeros((4, 5, 2), np.float32)
        >>> bool(believed(still, still).all()), bool(believed(still, still + 3).any())
        (True, False)
    """
    returned = warped(torch.from_numpy(back).movedim(-1, 0), there).movedim(0, -1).numpy()
    length = _squared(there)
    consistent = _squared(there + returned) < 0.01 * (length + _squared(returned)) + 0.5
    down, across = np.gradient(there, axis=(0, 1))
    smooth = _squared(down) + _squared(across) < 0.01 * length + 0.002
    found: np.ndarray = consistent & smooth
    return found


def _squared(moves: np.ndarray) -> np.ndarray:
    """(h, w) the squared lengths of (h, w, 2)."""
    found: np.ndarray = moves[..., 0] ** 2 + moves[..., 1] ** 2
    return found
