"""What networks that paint do at every layer, in the form that takes the least time; what comes out is the same.

Maps are best laid out with their channels last: on a processor a convolution is then up to three times as fast.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def framed(x: Tensor, width: int = 1, left_out: int = 1) -> Tensor:
    """A map that is mirrored at its frame, as by `F.pad` with `reflect`, which takes three times as long.

    Args:
        x: (B, C, h, w).
        width: lines that are added at each side; less than h and w.
        left_out: of the outermost lines, that are not mirrored; with 0 and a width of 1 these are repeated, as by `replicate`.

    Returns:
        (B, C, h + 2 width, w + 2 width).

    >>> framed(torch.arange(3.0).reshape(1, 1, 1, 3).expand(1, 1, 2, 3))[0, 0, 0].tolist()
    [1.0, 0.0, 1.0, 2.0, 1.0]
    """
    if x.requires_grad:  # the gradient of `F.pad` is one pass, that of what follows is eight
        return F.pad(x, (width,) * 4, mode="reflect" if left_out else "replicate")
    for axis in (2, 3):
        length = x.shape[axis]
        before = x.narrow(axis, left_out, width).flip(axis)
        after = x.narrow(axis, length - left_out - width, width).flip(axis)
        x = torch.cat([before, x, after], axis)
    return x


class Mirrored(nn.Conv2d):
    """A convolution of a map that is mirrored at its frame by half the kernel: the same size out, or the half with stride 2.

    >>> Mirrored(2, 5, stride=2)(torch.rand(1, 2, 8, 6)).shape
    torch.Size([1, 5, 4, 3])
    """

    def __init__(self, channels_in: int, channels: int, side: int = 3, stride: int = 1, *, bias: bool = True) -> None:
        super().__init__(channels_in, channels, side, stride, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(framed(x, self.kernel_size[0] // 2), self.weight, self.bias, self.stride)


class Doubled(Mirrored):
    """A map at twice its size, each pixel repeated, and a convolution of 3 x 3.

    A transposed convolution would draw checkerboards (Odena et al. 2016). Of the nine pixels that a weight meets several are the
    same one, so weights are added up first: a convolution of 2 x 2 for each of the four places in a doubled pixel, less than half
    the work (Shi et al. 2016, sub-pixel convolution).

    >>> x, layer = torch.rand(1, 2, 3, 4), Doubled(2, 5)
    >>> plainly = F.conv2d(framed(F.interpolate(x, scale_factor=2.0, mode="nearest")), layer.weight, layer.bias)
    >>> bool(torch.allclose(layer(x), plainly, atol=1e-5))
    True
    """

    def __init__(self, channels_in: int, channels: int, *, bias: bool = True) -> None:
        super().__init__(channels_in, channels, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        count = self.out_channels
        of_places = torch.cat([part for rows in _halves(self.weight, 2) for part in _halves(rows, 3)])
        repeated = framed(x, left_out=0)  # what mirroring the doubled map comes to
        made = F.conv2d(repeated, of_places, None if self.bias is None else self.bias.repeat(4))
        by_pixel = made.permute(0, 2, 3, 1)  # a pixel's channels side by side, as they lie in memory
        lines = []
        for down in (0, 1):
            of_line = by_pixel[:, down : down + height]
            places = [
                of_line[:, :, across : across + width, place * count : (place + 1) * count]
                for across, place in ((0, 2 * down), (1, 2 * down + 1))
            ]
            lines.append(torch.cat(places, 3).reshape(-1, height, 2 * width, count))
        return torch.stack(lines, 2).reshape(-1, 2 * height, 2 * width, count).permute(0, 3, 1, 2)


def _halves(weight: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Three weights along an axis as the two that the first place in a doubled pixel meets, and as those of the second."""
    first, second, third = weight.unbind(axis)
    return torch.stack([first, second + third], axis), torch.stack([first + second, third], axis)


def moments_over(x: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and variance of a map over some axes, which stay with a length of one; `torch.var_mean` takes four times as long."""
    mean = x.mean(axes, keepdim=True)
    return mean, (x - mean).square().mean(axes, keepdim=True)
