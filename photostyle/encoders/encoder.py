"""An encoder: a frozen chain of convolutions that publishes its layers, channels, strides and smallest input."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.errors import OptionError


@dataclass(frozen=True)
class Window:
    """What one output pixel of a convolution or pooling sees.

    Args:
        size: side of the box of input pixels, in pixels.
        stride: input pixels from one box to the next.
        padding: pixels that the input is widened by on each side.
    """

    size: int
    stride: int = 1
    padding: int = 0


class Step(nn.Module):
    """One link of the chain.

    Args:
        module: what it computes.
        windows: the windows that the module slides over its input, one after the other.
        name: of the layer that comes out, None where it is none.
    """

    def __init__(self, module: nn.Module, windows: Sequence[Window] = (), name: str | None = None) -> None:
        super().__init__()
        self.module = module
        self.windows = tuple(windows)
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        value: Tensor = self.module(x)
        return value


class Encoder(nn.Module):
    """Feature maps of a photo at named layers.

    A subclass sets `name`, `channels`, `style_layers`, `content_layer`, and `steps`, the chain that both
    `forward` and `spread` follow; strides and the smallest input follow from the steps' windows.

    Attributes:
        name: the encoder's name, such as "compact".
        channels: channels of each layer, in order of depth.
        strides: input pixels per feature pixel of each layer, in order of depth.
        style_layers: the layers whose statistics are style.
        content_layer: the layer that holds what the photo shows.
        smallest: the shortest side, in pixels, of a photo that every layer can take.
    """

    name: ClassVar[str]
    style_layers: ClassVar[tuple[str, ...]]
    content_layer: ClassVar[str]
    channels: dict[str, int]
    steps: nn.ModuleList

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers' names, in order of depth."""
        return tuple(self.channels)

    @property
    def strides(self) -> dict[str, int]:
        stride = 1
        strides = {}
        for step in self._chain():
            for window in step.windows:
                stride *= window.stride
            if step.name is not None:
                strides[step.name] = stride
        return strides

    @property
    def smallest(self) -> int:
        return max(2, *self.strides.values())

    def prepare(self, x: Tensor) -> Tensor:
        """The chain's input from sRGB-encoded values (B, 3, H, W), nominally in [0, 1]."""
        return x

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights of a state dict, named as the network's publisher names them.

        Raises:
            KeyError, RuntimeError: they are another network's.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how its weights are named")

    def forward(self, x: Tensor, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Feature maps of a photo.

        Args:
            x: photo, (B, 3, H, W), sRGB-encoded, nominal [0, 1]; values outside are taken as they are.
            layers: names of the layers wanted, None for all; the chain stops at the deepest.

        Returns:
            Layer name -> (B, C, H // stride, W // stride), differentiable in `x`, in order of depth, of the weights'
            precision.

        Raises:
            OptionError: if a layer is unknown, or the photo is not (B, 3, H, W) or smaller than `smallest`.
        """
        wanted = self._check_layers(layers)
        if x.ndim != 4 or x.shape[1] != 3:
            raise OptionError(f"photo must have shape (B, 3, H, W), got {tuple(x.shape)}; give RGB with a batch axis")
        self._check_size(x)
        x = self.prepare(x).to(next(self.steps.parameters()).dtype)
        return self._follow(x, wanted, _run)

    def spread(self, masks: Tensor, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Masks carried to layers through the receptive field (Luan et al. 2017, section 3.2).

        Averaged over each convolution's box and subsampled with its stride, and likewise over each pooling's, the
        part of a box that lies outside the photo not counted: masks that sum to 1 still do, and ones stay ones.

        Args:
            masks: soft masks, (B, R, H, W), in [0, 1], at the photo's size.
            layers: names of the layers wanted, None for all.

        Returns:
            Layer name -> (B, R, H // stride, W // stride), in order of depth.

        Raises:
            OptionError: if a layer is unknown, or the masks are not (B, R, H, W) or smaller than `smallest`.
        """
        wanted = self._check_layers(layers)
        if masks.ndim != 4:
            raise OptionError(f"masks must have shape (B, R, H, W), got {tuple(masks.shape)}; add a batch axis")
        self._check_size(masks)
        return self._follow(masks, wanted, _average)

    def _chain(self) -> Iterable[Step]:
        return cast(Iterable[Step], self.steps)

    def _check_layers(self, layers: Sequence[str] | None) -> set[str]:
        if layers is None:
            return set(self.layers)
        wanted = set(layers)
        unknown = sorted(wanted - set(self.layers))
        if unknown:
            raise OptionError(f"{self.name} has no layer {', '.join(unknown)}; it has {', '.join(self.layers)}")
        return wanted

    def _check_size(self, x: Tensor) -> None:
        height, width = x.shape[2:]
        if min(height, width) < self.smallest:
            raise OptionError(
                f"{self.name} needs at least {self.smallest} x {self.smallest} px, got {width} x {height}; "
                "give a larger photo or a larger working size"
            )

    def _follow(self, value: Tensor, wanted: set[str], apply: Callable[[Step, Tensor], Tensor]) -> dict[str, Tensor]:
        """Apply each step in turn, as far as the deepest layer that is wanted, and keep the layers wanted."""
        found: dict[str, Tensor] = {}
        for step in self._chain():
            if len(found) == len(wanted):
                break
            value = apply(step, value)
            if step.name is not None and step.name in wanted:
                found[step.name] = value
        return found


def _run(step: Step, x: Tensor) -> Tensor:
    """The features that come out of a step."""
    value: Tensor = step(x)
    return value


def _average(step: Step, masks: Tensor) -> Tensor:
    """The masks averaged over each of a step's windows."""
    for window in step.windows:
        masks = F.avg_pool2d(masks, window.size, window.stride, window.padding, count_include_pad=False)
    return masks
