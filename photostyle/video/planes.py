"""A video frame's planes of codes, to sRGB-encoded pixels and back."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from photostyle.compiling import compiled, map_in_threads
from photostyle.photo.colour_management.spaces import Srgb
from photostyle.video.colours import FULL, RGB, ColourTags
from photostyle.video.loops import changed_rows, rgb_rows

_STRIP = 64  # rows, a multiple of those that share a chroma code
_CHROMA = {"420": (1, 1), "422": (1, 0), "444": (0, 0), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
_NAMES = {shifts: name for name, shifts in _CHROMA.items()}
_PLANAR = re.compile(r"(?:yuv(?P<j>j?)(?P<a>a?)(?P<chroma>4\d\d)p|gbr(?P<ra>a?)p|(?P<grey>gray))(?P<bits>\d+)?(?:le)?")


@dataclass(frozen=True)
class Coding:
    """How colours stand in the planes of a frame.

    Args:
        kind: "yuv" (planes Y, U, V), "rgb" (planes G, B, R) or "grey" (one plane).
        bits: of a code.
        shifts: logarithms to base 2 of the columns and of the rows that share a chroma code.
        alpha: whether a plane of transparency comes last.
        tags: what the video says of its colours.
        luma: the weights of red and of blue in Y.
    """

    kind: str
    bits: int = 8
    shifts: tuple[int, int] = (0, 0)
    alpha: bool = False
    tags: ColourTags = ColourTags()
    luma: tuple[float, float] = (0.2126, 0.0722)

    @classmethod
    def named(cls, name: str, tags: ColourTags = ColourTags(), size: tuple[int, int] = (0, 0)) -> "Coding | None":  # noqa: B008
        """The coding of one of libav's pixel formats; None for those that are not planes of whole numbers.

        Args:
            name: of the format.
            tags: what the video says of its colours.
            size: (width, height) of the video, by which the weights of luma are guessed where it does not say.

        >>> Coding.named("yuv420p10le").name, Coding.named("nv12")
        ('yuv420p10le', None)
        """
        match = _PLANAR.fullmatch(name)
        if match is None:
            return None
        bits = int(match["bits"] or 8)
        if match["j"]:
            tags = replace(tags, range=FULL)
        if match["chroma"]:
            return cls("yuv", bits, _CHROMA[match["chroma"]], bool(match["a"]), tags, tags.luma(size))
        if match["grey"]:
            return cls("grey", bits, tags=tags, luma=tags.luma(size))
        return cls("rgb", bits, alpha=bool(match["ra"]), tags=replace(tags, matrix=RGB, range=FULL))

    @property
    def name(self) -> str:
        """Of libav's pixel format."""
        alpha = "a" if self.alpha else ""
        stem = {"yuv": f"yuv{alpha}{_NAMES[self.shifts]}p", "rgb": f"gbr{alpha}p", "grey": "gray"}[self.kind]
        return stem if self.bits == 8 else f"{stem}{self.bits}le"

    @property
    def top(self) -> int:
        """The highest code."""
        return (1 << self.bits) - 1

    @property
    def is_full(self) -> bool:
        """Whether black is 0 and white the highest code."""
        return self.kind == "rgb" or self.tags.range == FULL

    @property
    def dtype(self) -> Any:
        return np.uint8 if self.bits == 8 else np.uint16

    def shapes(self, size: tuple[int, int]) -> list[tuple[int, int]]:
        """(height, width) of each plane of a frame of a size (width, height)."""
        width, height = size
        chroma = ((height + (1 << self.shifts[1]) - 1) >> self.shifts[1], (width + (1 << self.shifts[0]) - 1) >> self.shifts[0])
        shapes = {"yuv": [(height, width), chroma, chroma], "rgb": [(height, width)] * 3, "grey": [(height, width)]}[self.kind]
        if self.alpha:
            shapes.append((height, width))
        return shapes

    def is_alike(self, other: "Coding") -> bool:
        """Whether codes of one mean the same in the other, transparency aside."""
        return replace(self, alpha=False) == replace(other, alpha=False)

    def transposed(self) -> "Coding":
        """The coding of planes whose rows have become columns."""
        return replace(self, shifts=self.shifts[::-1])

    def levels(self) -> tuple[float, float, float, float]:
        """The code of black, codes from black to white, the code of no chroma, and codes that chroma spans."""
        grey = float(1 << (self.bits - 1))
        if self.is_full:
            return 0.0, float(self.top), grey, float(self.top)
        step = 1 << (self.bits - 8)
        return 16.0 * step, 219.0 * step, grey, 224.0 * step


@dataclass(frozen=True, eq=False)
class Planes:
    """The codes of a frame.

    Args:
        coding: how they stand for colours.
        arrays: of each plane (h, w), uint8 or uint16.
    """

    coding: Coding
    arrays: tuple[np.ndarray, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        height, width = self.arrays[0].shape
        return width, height

    def pixels(self) -> np.ndarray:
        """(H, W, 3) float32, sRGB-encoded in [0, 1]."""
        pixels = self._rgb()
        space = self.coding.tags.space
        if isinstance(space, Srgb):
            return pixels
        decoded: np.ndarray = np.clip(space.decode(pixels), 0, 1).astype(np.float32)
        return decoded

    def _rgb(self) -> np.ndarray:
        """(H, W, 3) float32 in [0, 1], the video's own red, green and blue."""
        width, height = self.size
        pixels = np.empty((height, width, 3), np.float32)
        black, white, grey, chroma = self.coding.levels()
        if self.coding.kind == "yuv":
            y, u, v = self.arrays[:3]
            red, blue = self.coding.luma
            green = 1 - red - blue
            levels = np.array([black, 1 / white, grey, 1 / chroma], np.float32)
            gains = 2 * (1 - blue), 2 * (1 - red)
            all_gains = np.array([gains[1], -gains[0] * blue / green, -gains[1] * red / green, gains[0]], np.float32)
            left, wl = _cosited(width, self.coding.shifts[0])
            up, wu = _amid(height, u.shape[0], self.coding.shifts[1])
            loop = compiled(rgb_rows)

            def work(top: int) -> None:
                rows = slice(top, top + _STRIP)
                loop(y[rows], u, v, up[rows], wu[rows], left, wl, levels, all_gains, pixels[rows])

            map_in_threads(work, range(0, height, _STRIP))
            return pixels
        order = (2, 0, 1) if self.coding.kind == "rgb" else (0, 0, 0)
        for channel, plane in enumerate(order):
            pixels[..., channel] = self.arrays[plane]
        pixels -= np.float32(black)
        pixels *= np.float32(1 / white)
        return np.clip(pixels, 0, 1, out=pixels)

    def changed(self, before: np.ndarray, after: np.ndarray) -> "Planes":
        """The planes, moved by a change of colour; where nothing changes each code stays.

        Args:
            before, after: (H, W, 3) sRGB-encoded in [0, 1]; before is what `pixels` gave.
        """
        space = self.coding.tags.space
        if not isinstance(space, Srgb):
            before, after = space.encode(before), space.encode(after)
        black, white, _, chroma = self.coding.levels()
        if self.coding.kind != "yuv":
            change = (after - before) * np.float32(white)
            channels = [change[..., 1], change[..., 2], change[..., 0]]
            if self.coding.kind == "grey":
                red, blue = self.coding.luma
                channels = [change @ np.array([red, 1 - red - blue, blue], np.float32)]
            moved = [self._moved(plane, each) for plane, each in zip(self.arrays, channels, strict=False)]
            return Planes(self.coding, (*moved, *self.arrays[len(moved) :]))
        red, blue = self.coding.luma
        luma = np.array([red, 1 - red - blue, blue], np.float32)
        scales = np.array([white, chroma / (2 * (1 - blue)), chroma / (2 * (1 - red)), self.coding.top], np.float32)
        across, down = self.coding.shifts
        y, u, v = (np.ascontiguousarray(plane) for plane in self.arrays[:3])
        made = [np.empty_like(plane) for plane in (y, u, v)]
        before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
        loop = compiled(changed_rows)

        def work(top: int) -> None:
            rows = slice(top, top + _STRIP)
            few = slice(top >> down, (top + _STRIP) >> down)
            loop(
                before[rows],
                after[rows],
                y[rows],
                u[few],
                v[few],
                across,
                down,
                luma,
                scales,
                made[0][rows],
                made[1][few],
                made[2][few],
            )

        map_in_threads(work, range(0, self.size[1], _STRIP))
        return Planes(self.coding, (*made, *self.arrays[3:]))

    def _moved(self, plane: np.ndarray, change: np.ndarray) -> np.ndarray:
        codes: np.ndarray = np.rint(np.clip(plane + change, 0, self.coding.top)).astype(self.coding.dtype)
        return codes


def planes_of(pixels: np.ndarray, coding: Coding, alpha: np.ndarray | None = None) -> Planes:
    """The planes of sRGB-encoded pixels (H, W, 3) in [0, 1]."""
    height, width = pixels.shape[:2]
    black, _, grey, _ = coding.levels()
    codes = [black, grey, grey] if coding.kind == "yuv" else [black] * 3
    arrays = [np.full(shape, code, coding.dtype) for shape, code in zip(coding.shapes((width, height)), codes, strict=False)]
    if coding.alpha:
        arrays.append(np.full((height, width), coding.top, coding.dtype) if alpha is None else alpha)
    dark = Planes(coding, tuple(arrays))
    space = coding.tags.space
    if isinstance(space, Srgb):
        return dark.changed(np.zeros_like(pixels), pixels)
    plain = replace(dark, coding=replace(coding, tags=replace(coding.tags, primaries=1, transfer=1)))
    moved = plain.changed(np.zeros_like(pixels), np.asarray(space.encode(pixels), np.float32))
    return Planes(coding, moved.arrays)


def _cosited(width: int, shift: int) -> tuple[np.ndarray, np.ndarray]:
    """For each column the chroma column before it, and the weight of the one after that."""
    columns = np.arange(width)
    return columns >> shift, ((columns & ((1 << shift) - 1)) / (1 << shift)).astype(np.float32)


def _amid(height: int, chroma_height: int, shift: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row the chroma row before it, and the weight of the one after that."""
    position = np.clip((np.arange(height) + 0.5) / (1 << shift) - 0.5, 0, chroma_height - 1)
    before = np.minimum(position.astype(np.int64), max(chroma_height - 2, 0))
    return before, (position - before).astype(np.float32)
