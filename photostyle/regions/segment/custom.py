"""A segmenter of the user's own: any callable, or `module:function` that names one."""

import importlib
from collections.abc import Callable

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

    alone, when the classes are photostyle's own (`photostyle.regions.labels.CLASSES`), or as `(result, names)`.
    numpy arrays and tensors both do; h and w may be any size of the photo's shape.

    Its answers are never cached: nothing says when the function has changed.

    Args:
        function: the callable.
        name: what errors call it.
    """

    fingerprint = None
    options: dict[str, object] = {}

    def __init__(self, function: Callable, name: str):
        self.function, self.name = function, name

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        answer = self.function(pixels)
        result, names = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, CLASSES)
        result = _tensor(result, self.name)
        names = _names(names, self.name)
        if result.ndim == 2:
            return Segmentation(names, _one_hot(result, names, self.name))
        if result.ndim == 3:
            return Segmentation(names, _checked(result, names, self.name))
        shape = tuple(result.shape)
        raise ModelError(f"the segmenter {self.name} must return labels (h, w) or probabilities (K, h, w), got {shape}")

    def probabilities(self, pixels: np.ndarray) -> Tensor:
        """(K, h, w) float32; the names come with a call of the segmenter itself."""
        return self(pixels).probabilities


def named_callable(text: str) -> CallableSegmenter:
    """The segmenter that `module:function` names.

    Raises:
        OptionError: when there is no such module or function.
    """
    module_name, _, function_name = text.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise OptionError(f"--segmenter {text}: the module {module_name!r} cannot be imported ({error})") from error
    function = module
    for part in function_name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        raise OptionError(f"--segmenter {text}: {module_name!r} has no function {function_name!r}")
    return CallableSegmenter(function, text)


def _tensor(result, name: str) -> Tensor:
    try:
        return torch.as_tensor(result).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = type(result).__name__
        raise ModelError(f"the segmenter {name} must return an array, or (array, names), got {kind}") from error


def _names(names, name: str) -> tuple[str, ...]:
    names = tuple(names)
    if not names or not all(isinstance(each, str) and each for each in names) or len(set(names)) != len(names):
        raise ModelError(f"the segmenter {name} must name its classes by different words, got {names!r}")
    return names


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
    if not bool(torch.isfinite(total).all()) or probabilities.min() < 0 or (total - 1).abs().max() > _SUM_TOLERANCE:
        raise ModelError(
            f"the segmenter {name} must return probabilities of at least 0 that sum to 1 at each pixel; "
            f"the least is {probabilities.min():.3g}, the sums run from {total.min():.3g} to {total.max():.3g}"
        )
    return probabilities / total
