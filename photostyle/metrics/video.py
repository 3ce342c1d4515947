"""Flicker: how far a clip's frames disagree where its things only moved, against the clip that it was made of.

Motion is that of the *input*, so that a rival's own flicker cannot hide itself, and what is hidden in one of two frames does
not count (Lai et al. 2018; Ruder et al. 2016). A look that only raises contrast raises all differences with it: errors are
therefore taken relative to the variance of the frames. And a look that raises the contrast of a thing that moves, and not of the
rest, raises them too, though a colour keeps coming out the same. What does not flicker by construction is one change of colours
for all frames: so the goals are judged against the input in the colours of the result, by the one smooth change that comes
nearest to it. A third measure knows how much contrast each place has gained.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import uniform_filter
from torch import Tensor

from photostyle.colour import srgb_to_lab
from photostyle.errors import OptionError
from photostyle.flow import believed, optical_flow, warped

NEIGHBOURS, LATER = 1, 8  # frames apart
WINDOW = 9  # pixels, the means over which colours are compared for their drift
LEAST_VARIANCE = 1e-6  # of a clip of one colour
PASSES = 6  # in which it is found
CELLS = 16  # nodes along each axis of the table of colours that a result is compared with
LEAST_MASS = 1.0  # pixels at a node, under which it takes part of what was found there

Flow = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Motion:
    """How the input moved from one frame to a later one.

    Args:
        first, second: numbers of the frames.
        flow: (h, w, 2) in pixels, see `photostyle.flow`.
        seen: (h, w) bool, what of the first is seen in the second, too, and followed well.
    """

    first: int
    second: int
    flow: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class Flicker:
    """Numbers of one result; all relative ones are 1 for the input itself.

    Args:
        short, long: warping error of neighbours, and of frames eight apart, relative to the variance of the frames.
        relative_short, relative_long: the same, in units of the input's own.
        toned_short, toned_long: the same, in units of that of the input in the result's colours, see `in_same_colours`.
        local_short, local_long: the error in units of what the input's own becomes by the contrast that each place has gained.
        drift: how far the colours of things drift within eight frames, in Lab units (a just noticeable difference is about 2).
        own_drift: that of the input.
    """

    short: float
    long: float
    relative_short: float
    relative_long: float
    toned_short: float
    toned_long: float
    local_short: float
    local_long: float
    drift: float
    own_drift: float


def motions(inputs: Sequence[np.ndarray], apart: int, flow: Flow = optical_flow) -> list[Motion]:
    """The motion of a clip between frames that lie so far apart.

    Args:
        inputs: (h, w, 3) each, sRGB-encoded in [0, 1].
        apart: in frames.
        flow: a function of two frames that gives (h, w, 2).

    Raises:
        OptionError: there are too few frames.
    """
    if apart < 1 or len(inputs) <= apart:
        raise OptionError(f"flicker over {apart} frames needs at least {apart + 1} of them, got {len(inputs)}")
    found = []
    for first in range(len(inputs) - apart):
        one, other = inputs[first], inputs[first + apart]
        there = flow(one, other)
        found.append(Motion(first, first + apart, there, believed(there, flow(other, one))))
    return found


def warping_error(frames: Sequence[np.ndarray], moved: Sequence[Motion]) -> float:
    """The mean over pairs of frames of sum M (warp(O_second) - O_first)^2 / sum M, relative to the variance of the frames.

    Args:
        frames: (h, w, 3) each, sRGB-encoded in [0, 1].
        moved: the motion of the input.

    Example:
        >>> still = [np.random.default_rng(1).random((40, 50, 3))] * 3
        >>> round(warping_error(still, motions(still, 1)), 6)
        0.0
    """
    variance = float(np.mean([frame.var((0, 1)).mean() for frame in frames]))
    return squared_error(frames, moved) / max(variance, LEAST_VARIANCE)


def squared_error(frames: Sequence[np.ndarray], moved: Sequence[Motion]) -> float:
    """As `warping_error`, in squares of codes, relative to nothing."""
    errors = []
    for motion, first, second in _pairs(frames, moved):
        apart = (second - first).pow(2).mean(0)
        errors.append(_mean(apart, motion.seen))
    return float(np.nanmean(errors))


def in_same_colours(frames: Sequence[np.ndarray], inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The input by the one smooth change of colours that comes nearest to a result: an affine one, and a table of what it leaves.

    All frames get the same, so that it has the contrast of the result and no flicker but the input's.

    Args:
        frames: (h, w, 3) each, the result, sRGB-encoded in [0, 1].
        inputs: what they were made of.

    Example:
        >>> clip = [np.random.default_rng(k).random((8, 9, 3)) for k in range(3)]
        >>> np.allclose(in_same_colours([0.2 + 0.5 * frame for frame in clip], clip)[1], 0.2 + 0.5 * clip[1])
        True
    """
    colours = np.concatenate([frame.reshape(-1, 3) for frame in inputs]).astype(np.float64)
    made = np.concatenate([frame.reshape(-1, 3) for frame in frames]).astype(np.float64)
    whole = np.column_stack([colours, np.ones(len(colours))])
    affine = np.linalg.lstsq(whole, made, rcond=None)[0]
    toned = whole @ affine
    nodes = list(_nodes(colours))
    mass = np.sum([np.bincount(node, weight, CELLS**3) for node, weight in nodes], 0)
    for _ in range(PASSES):  # each takes up what the table before has smoothed away
        left = made - toned
        total = np.zeros((CELLS**3, 3))
        for node, weight in nodes:
            for channel in range(3):
                total[:, channel] += np.bincount(node, weight * left[:, channel], CELLS**3)
        table = total / (mass + LEAST_MASS)[:, None]
        for node, weight in nodes:
            toned += weight[:, None] * table[node]
    return [part.reshape(inputs[0].shape) for part in np.split(toned, len(inputs))]


def _nodes(colours: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The eight nodes of the table around each of colours (N, 3), and their trilinear weights."""
    places = colours.clip(0, 1) * (CELLS - 1)
    low = places.astype(int).clip(max=CELLS - 2)
    part = places - low
    for corner in itertools.product((0, 1), repeat=3):
        node = np.ravel_multi_index(tuple((low + corner).T), (CELLS,) * 3)
        yield node, np.where(corner, part, 1 - part).prod(1)


def local_warping_error(frames: Sequence[np.ndarray], inputs: Sequence[np.ndarray], moved: Sequence[Motion]) -> float:
    """sum M e_O / sum M c e_I, of the errors of a result and of its input; c is what each place has gained of variance.

    1 for any change of colours that is smooth and stays the same, whichever of them it stretches.

    Args:
        frames: (h, w, 3) each, sRGB-encoded in [0, 1].
        inputs: what they were made of.
        moved: the motion of the input.

    Example:
        >>> still = [np.random.default_rng(k).random((40, 50, 3)) for k in range(3)]
        >>> round(local_warping_error([0.2 + 0.5 * frame for frame in still], still, motions(still, 1)), 2)
        1.0
    """
    error, own = 0.0, 0.0
    pairs = zip(_pairs(frames, moved), _pairs(inputs, moved), strict=True)
    for (motion, first, second), (_, first_in, second_in) in pairs:
        gained = (_variance(first) + LEAST_VARIANCE) / (_variance(first_in) + LEAST_VARIANCE)
        seen = motion.seen
        error += float((second - first).pow(2).mean(0).numpy()[seen].sum())
        own += float((gained * (second_in - first_in).pow(2).mean(0).numpy())[seen].sum())
    return _relative(error, own)


def _variance(planes: Tensor) -> np.ndarray:
    """(h, w) of colours (3, h, w), in the window around each pixel."""
    size = (1, WINDOW, WINDOW)
    values = planes.numpy()
    spread = uniform_filter(values**2, size) - uniform_filter(values, size) ** 2
    found: np.ndarray = spread.mean(0).clip(0)
    return found


def colour_drift(frames: Sequence[np.ndarray], moved: Sequence[Motion]) -> float:
    """How far the mean colours of things, followed by the input's motion, come to lie from what they were, in Lab units.

    Args:
        frames: (h, w, 3) each, sRGB-encoded in [0, 1].
        moved: the motion of the input, over several frames.
    """
    smooth = [uniform_filter(frame, (WINDOW, WINDOW, 0)) for frame in frames]
    drifts = []
    for motion, first, second in _pairs(smooth, moved):
        apart = 100 * (_lab(second) - _lab(first)).pow(2).sum(0).sqrt()
        drifts.append(_mean(apart, motion.seen))
    return float(np.nanmean(drifts))


class FlickerJudge:
    """Measures many results of one input, whose motion is found once.

    Args:
        inputs: the frames (h, w, 3) of the input.
        flow: as for `motions`.
        later: the longer distance, in frames.
    """

    def __init__(self, inputs: Sequence[np.ndarray], flow: Flow = optical_flow, later: int = LATER) -> None:
        self.inputs = list(inputs)
        self.count = len(inputs)
        self.size = inputs[0].shape if len(inputs) else ()
        self.near = motions(inputs, NEIGHBOURS, flow)
        self.far = motions(inputs, later, flow)
        self.own = (warping_error(inputs, self.near), warping_error(inputs, self.far), colour_drift(inputs, self.far))

    def __call__(self, frames: Sequence[np.ndarray]) -> Flicker:
        """The flicker of a result: as many frames as the input has, of its size.

        Raises:
            OptionError: they are not.
        """
        if len(frames) != self.count or any(frame.shape != self.size for frame in frames):
            raise OptionError(f"a result must have the input's {self.count} frames of shape {self.size}")
        short, long = warping_error(frames, self.near), warping_error(frames, self.far)
        own_short, own_long, own_drift = self.own
        toned = in_same_colours(frames, self.inputs)
        return Flicker(
            short,
            long,
            relative_short=_relative(short, own_short),
            relative_long=_relative(long, own_long),
            toned_short=_relative(squared_error(frames, self.near), squared_error(toned, self.near)),
            toned_long=_relative(squared_error(frames, self.far), squared_error(toned, self.far)),
            local_short=local_warping_error(frames, self.inputs, self.near),
            local_long=local_warping_error(frames, self.inputs, self.far),
            drift=colour_drift(frames, self.far),
            own_drift=own_drift,
        )


def _relative(error: float, own: float) -> float:
    """An error in units of the input's own; of an input without any, 1 where there is none either."""
    if own > 0:
        return error / own
    return 1.0 if error == 0 else float("inf")


def _pairs(frames: Sequence[np.ndarray], moved: Sequence[Motion]) -> Iterator[tuple[Motion, Tensor, Tensor]]:
    """Each motion, its first frame (3, h, w), and its second one as it lies in the first."""
    for motion in moved:
        second = warped(_planes(frames[motion.second]), motion.flow)
        yield motion, _planes(frames[motion.first]), second


def _planes(frame: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(frame, np.float64)).movedim(-1, 0)


def _lab(planes: Tensor) -> Tensor:
    return srgb_to_lab(planes.clamp(0, 1).flatten(1)).reshape(planes.shape)


def _mean(values: Tensor, seen: np.ndarray) -> float:
    """The mean of values (h, w) where something is seen; not a number where nothing is."""
    inside = values[torch.from_numpy(seen)]
    return float(inside.mean()) if len(inside) else float("nan")
