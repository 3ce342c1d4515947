"""Checks of what callers hand in: one line that says what was expected, what came and what to do."""

import torch
from torch import Tensor


def check_image(image: Tensor, radius: int) -> None:
    """Raise unless `image` is a finite float (C, H, W) with room for at least one window of the radius."""
    if not isinstance(radius, int) or radius < 1:
        raise ValueError(f"radius must be a whole number of pixels, at least 1, got {radius!r}")
    if image.ndim != 3:
        raise ValueError(f"image must have shape (C, H, W), got {tuple(image.shape)}; pass one image, channels first")
    if not image.is_floating_point():
        raise ValueError(f"image must hold floats, in 0 to 1, got {image.dtype}; scale and convert it")
    if image.device.type == "mps":
        raise ValueError("image must be on CPU or CUDA, for the sums are in float64, got mps; move it to the CPU")
    channels, height, width = image.shape
    if channels < 1:
        raise ValueError(f"image must have at least one channel, got {tuple(image.shape)}")
    side = 2 * radius + 1
    if min(height, width) < side:
        raise ValueError(
            f"image must be at least {side} x {side} pixels for windows of radius {radius}, got {height} x {width}; "
            "a smaller image has no window, so leave its matting term out"
        )
    if not torch.isfinite(image).all():
        raise ValueError("image must be finite, got NaN or infinite values; replace them first")


def check_epsilon(epsilon: float) -> None:
    """Raise unless epsilon is a positive number."""
    if not 0 < epsilon < float("inf"):
        raise ValueError(f"epsilon must be a positive number, got {epsilon}; 1e-7 is usual for colours in 0 to 1")


def check_plane(name: str, plane: Tensor, image: Tensor) -> None:
    """Raise unless `plane` is one value for each pixel of the image."""
    if plane.shape != image.shape[-2:]:
        size = tuple(image.shape[-2:])
        raise ValueError(f"{name} must have the image's height and width {size}, got {tuple(plane.shape)}; resize it")
    if plane.device != image.device:
        raise ValueError(f"{name} must be on the image's device {image.device}, got {plane.device}; move it there")
