"""The rivals that install from the package registry, and the closed form that photostyle starts from."""

from collections.abc import Callable

import numpy as np
import torch
from benchmark_pairs import BenchmarkPair
from skimage.exposure import match_histograms

from photostyle.colour import colour_moments, monge_kantorovich

Method = Callable[[BenchmarkPair], np.ndarray]
COLOR_MATCHER = ("mkl", "mvgd", "reinhard", "hm", "hm-mkl-hm")  # its methods' own names


def rivals() -> dict[str, Method]:
    """Name -> function of a pair giving (H, W, 3); color-matcher's are left out where it is not installed."""
    found = {
        "content, nothing done": lambda pair: pair.content,
        "Monge-Kantorovich per mask": monge_kantorovich_per_mask,
        "histogram matching": lambda pair: match_histograms(pair.content, pair.style, channel_axis=-1),
    }
    try:
        import color_matcher  # noqa: F401
    except ImportError:
        return found
    return found | {f"color-matcher {name}": _color_matcher(name) for name in COLOR_MATCHER}


def _color_matcher(name: str) -> Method:
    def match(pair: BenchmarkPair) -> np.ndarray:
        from color_matcher import ColorMatcher

        return ColorMatcher().transfer(src=pair.content, ref=pair.style, method=name)

    return match


def monge_kantorovich_per_mask(pair: BenchmarkPair) -> np.ndarray:
    """The linear Monge-Kantorovich map (Pitie & Kokaram 2007) of each mask's colours; all of the photo as one without masks."""
    ours, theirs = pair.masks
    if ours is None:
        ours, theirs = np.ones((1, *pair.content.shape[:2])), np.ones((1, *pair.style.shape[:2]))
    colours, goals = (torch.from_numpy(v.reshape(-1, 3).T.copy()) for v in (pair.content, pair.style))
    result = torch.zeros_like(colours)
    for mask, partner in zip(ours, theirs, strict=True):
        weights, goal_weights = (torch.from_numpy(m.ravel()).double() for m in (mask, partner))
        changed = colours
        if min(weights.mean(), goal_weights.mean()) >= 1e-3:  # what has no partner keeps its colours
            moments = (*colour_moments(colours, weights), *colour_moments(goals, goal_weights))
            offset = monge_kantorovich(*moments, floor=1e-6)
            changed = colours + offset[:, :3] @ colours + offset[:, 3:]
        result += weights * changed
    return result.T.reshape(pair.content.shape).numpy()
