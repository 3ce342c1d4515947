"""A segmenter made of a network: photos in at the network's own size, class probabilities out."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from photostyle.errors import PhotoError
from photostyle.photo import resample
from photostyle.regions.segment.protocol import Segmentation

STRIDE = 32


class NetworkSegmenter:
    """A network's class probabilities, averaged over the photo and its mirror image.

    Args:
        name: what people call it, such as "scene".
        network: maps (B, 3, h, w) normalised photos to (B, C, h, w) logits.
        classes: one name for each of the K probabilities.
        long_side: the longer side of the photo as the network sees it, in pixels; the sides become multiples of 32.
        mean, deviation: what the network expects subtracted from, and divided out of, sRGB values in [0, 1].
        fingerprint: stands for the weights, for caches.
        fold: (K, C) matrix of 0 and 1 that adds the network's C classes up to K; None where C = K.
        device: where the network runs.
        both_heads: maps photos as the network does, to logits and an embedding of length 1 over its channels, and is asked in
            its place; None for a network without a second head.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        classes: tuple[str, ...],
        *,
        long_side: int,
        mean: tuple[float, float, float],
        deviation: tuple[float, float, float],
        fingerprint: str,
        fold: Tensor | None = None,
        device: str | torch.device = "cpu",
        both_heads: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None,
    ) -> None:
        self.name = name
        self.classes = classes
        self.long_side = long_side
        self.fingerprint = fingerprint
        self.device = torch.device(device)
        network = network.eval().requires_grad_(False).to(self.device)
        self.network = network.to(memory_format=torch.channels_last)
        self.mean = torch.tensor(mean, device=self.device).view(1, 3, 1, 1)
        self.deviation = torch.tensor(deviation, device=self.device).view(1, 3, 1, 1)
        self.both_heads = both_heads
        self.fold = fold
        if fold is not None:
            self.fold = fold.to(self.device)

    @property
    def options(self) -> dict[str, object]:
        """What else than weights and pixels decides the result, for caches."""
        return {"long_side": self.long_side, "flips": True}

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        """What the network says of a photo, at the network's own size.

        Args:
            pixels: (H, W, 3) float32, sRGB-encoded; values outside [0, 1] are clipped.

        Returns:
            Probabilities (K, h, w) that sum to 1 over K to 1e-3, h and w multiples of 32; and the embedding of a network that
            has one. The values are rounded to half precision, so that a cache can keep them exactly in half the space.

        Raises:
            PhotoError: when the pixels have another shape.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise PhotoError(f"a segmenter expects pixels of shape (H, W, 3), got {pixels.shape}")
        height, width = network_size(pixels.shape[0], pixels.shape[1], self.long_side)
        photo = torch.from_numpy(resample(pixels, (width, height))).to(self.device)
        photo = (photo.permute(2, 0, 1)[None].clamp(0, 1) - self.mean) / self.deviation
        photo = photo.contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            straight, embedding = self._forward(photo)
            mirrored, embedding_mirrored = self._forward(photo.flip(3))
            probabilities = _rounded(0.5 * (straight + mirrored.flip(3)))
            if embedding is None or embedding_mirrored is None:
                return Segmentation(self.classes, probabilities)
            return Segmentation(self.classes, probabilities, _rounded(normalize(embedding + embedding_mirrored.flip(3), dim=1)))

    def probabilities(self, pixels: np.ndarray) -> Tensor:
        """(K, h, w) float32, those of a call."""
        return self(pixels).probabilities

    def _forward(self, photo: Tensor) -> tuple[Tensor, Tensor | None]:
        """(1, K, h, w) probabilities at the size of the photo, and the embedding if there is one."""
        embedding = None
        if self.both_heads is not None:
            logits, embedding = self.both_heads(photo)
        else:
            logits = self.network(photo)
        probabilities: Tensor = logits.float().softmax(1)
        if self.fold is not None:
            probabilities = torch.einsum("kc,bchw->bkhw", self.fold, probabilities)
        if probabilities.shape[2:] != photo.shape[2:]:
            probabilities = interpolate(probabilities, photo.shape[2:], mode="bilinear", align_corners=False)
        return probabilities, embedding


def _rounded(planes: Tensor) -> Tensor:
    """The only photo of a batch, as half precision has it."""
    return planes[0].half().cpu().float()


def network_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """(height, width) as a network sees a photo: the longer side `long_side`, both multiples of 32.

    Example:
        >>> network_size(3000, 4500, 384)
        (256, 384)
    """
    scale = long_side / max(height, width)
    return _multiple(scale * height), _multiple(scale * width)


def _multiple(side: float) -> int:
    """The nearest multiple of `STRIDE`, at least one."""
    return max(STRIDE, STRIDE * round(side / STRIDE))
