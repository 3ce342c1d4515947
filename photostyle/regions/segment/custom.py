"""A segmenter of the user's own: any callable, or `module:function` that names one."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import ModelError, OptionError
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment.protocol import Segmentation

_SUM_TOLERANCE = 1e-2


class CallableSegmenter:
    """A function as a segmenter; what it returns is checked at each call.

    The function takes a photo, (H, W, 3) float32, sRGB-encoded, and returns one of

    - labels: (h, w) integers, each the index of a class;
    - probabilities: (K, h, w) numbers of at least 0 that sum to 1 over K;

    as they are, when the classes are photostyle's own (`photostyle.regions.labels.CLASSES`), or as `(result, names)`.
    Both may be numpy arrays or tensors, of any size with the photo's proportions.

    Its answers are never cached, for nothing says when the function has changed.

    Args:
        function: the callable.
        name: what errors call it.
    """

    fingerprint = None
    options: dict[str, object] = {}

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function = function
        self.name = name

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        result = self.function(pixels)
        given_names: Any = CLASSES
        if isinstance(result, tuple) and len(result) == 2:
            result, given_names = result
        values = _tensor(result, self.name)
        names = _names(given_names, self.name)
        if values.ndim == 2:
            return Segmentation(names, _one_hot(values, names, self.name))
        if values.ndim == 3:
            return Segmentation(names, _checked(values, names, self.name))
        shape = tuple(values.shape)
        raise ModelError(f"the segmenter {self.name} must return labels (h, w) or probabilities (K, h, w), got {shape}")

    def probabilities(self, pixels: np.ndarray) -> Tensor:
        """(K, h, w) float32; a call of the segmenter itself gives the names too."""
        return self(pixels).probabilities


def named_callable(text: str) -> CallableSegmenter:
    """The segmenter that `module:function` names.

    Raises:
        OptionError: when there is no such module or function.
    """
    module_name, _, function_name = text.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except (ImportError, ValueError) as error:
        reason = f"the module {module_name!r} cannot be imported ({error})"
        raise OptionError(f"segmenter {text!r}: {reason}; check its name and the folders Python searches") from error
    for part in function_name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise OptionError(f"segmenter {text!r}: {module_name!r} has no function {function_name!r}; check its name")
    return CallableSegmenter(found, text)


def _tensor(result: object, name: str) -> Tensor:
    try:
        return torch.as_tensor(result).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = type(result).__name__
        raise ModelError(f"the segmenter {name} must return an array, or (array, names), got {kind}") from error


def _names(given: Iterable[object], name: str) -> tuple[str, ...]:
    names: list[str] = []
    for each in given:
        if not isinstance(each, str) or not each or each in names:
            raise ModelError(f"the segmenter {name} must name its classes by different words, got {given!r}")
        names.append(each)
    if not names:
        raise ModelError(f"the segmenter {name} must name its classes, got no names")
    return tuple(names)


def _one_hot(labels: Tensor, names: tuple[str, ...], name: str) -> Tensor:
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        raise ModelError(f"the segmenter {name} must return labels as integers, got {labels.dtype}")
    if labels.numel() == 0:
        raise ModelError(f"the segmenter {name} returned an empty label map")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(names):
        raise ModelError(f"the segmenter {name} names {len(names)} classes, but its labels run from {low} to {high}")
    return torch.nn.functional.one_hot(labels.long(), len(names)).permute(2, 0, 1).float().contiguous()


def _checked(probabilities: Tensor, names: tuple[str, ...], name: str) -> Tensor:
    given = len(probabilities)
    if given != len(names):
        raise ModelError(f"the segmenter {name} names {len(names)} classes, but gives {given} probabilities")
    if probabilities.numel() == 0 or probabilities.is_complex():
        raise ModelError(f"the segmenter {name} must return real probabilities, got {tuple(probabilities.shape)}")
    probabilities = probabilities.float()
    total = probabilities.sum(0)
    finite = bool(torch.isfinite(total).all())
    if not finite or probabilities.min() < 0 or (total - 1).abs().max() > _SUM_TOLERANCE:
        raise ModelError(
            f"the segmenter {name} must return probabilities of at least 0 that sum to 1 at each pixel; "
            f"the least is {probabilities.min():.3g}, the sums run from {total.min():.3g} to {total.max():.3g}"
        )
    return probabilities / total
