"""The painter: Adam on pixels, from a small picture to a large one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import Encoder
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.methods.adam import Adam
from photostyle.methods.paint.colours import in_colours_of, with_colours_of
from photostyle.methods.paint.objective import PaintObjective, PaintWeights
from photostyle.methods.partners import partner_masks
from photostyle.prepared import Prepared, at_working_size
from photostyle.regions import Pair

SMALLEST = 128  # long side of the first scale, in pixels
BETWEEN = 2**0.5  # one scale to the next
MEMORY = 0.95  # of the running mean of the pictures, which is what comes out: single steps leave grain
BETAS = (0.9, 0.99)
NOISE = 0.1  # standard deviation about grey, where the start is noise
DIVERGED = 10.0  # times the first total; from there a scale begins again at a quarter of the rate
RESTARTS = 3
RESTARTED = "the painting diverged and went on at a lower rate"


@dataclass(frozen=True)
class Painting:
    """What the painter made: a picture (3, h, w) in [0, 1], the terms at each step, and what the user should be told."""

    picture: Tensor
    history: list[dict[str, float]]
    notes: tuple[str, ...] = ()


def scales(size: int, steps: int) -> list[tuple[int, int]]:
    """(long side, steps) of each scale, from the smallest to `size`; a small scale costs little and decides much.

    >>> scales(512, 300)
    [(128, 60), (181, 60), (256, 60), (362, 60), (512, 60)]
    """
    count = max(1, 1 + round(math.log(max(size, SMALLEST) / SMALLEST, BETWEEN)))
    count = min(count, steps)
    sides = [round(size / BETWEEN**k) for k in reversed(range(count))]
    done = [round(steps * k / count) for k in range(count + 1)]
    return [(side, end - begin) for side, begin, end in zip(sides, done[:-1], done[1:], strict=True)]


def paint_prepared(
    content: Prepared,
    style: Prepared,
    pairs: Sequence[Pair],
    encoder: Encoder,
    weights: PaintWeights,
    seed: int = 0,
    device: torch.device = torch.device("cpu"),  # noqa: B008 (immutable)
    tell: ProgressCallback = ignore,
) -> Painting:
    """Paint a prepared photo in the hand of a prepared picture, region by region, from coarse to fine.

    Args:
        content, style: photo and picture.
        pairs: R, what each region of the photo takes from; what has no partner stays as it is.
        encoder: in float32.
        weights: of the terms, and the course.
        seed: of the noise that a painting begins with where it does not begin with the photo.
        device: where to compute.
        tell: told of each step of "solve".
    """
    painter = _Painter(weights, seed, tell)
    for side, steps in scales(weights.size, weights.steps):
        small = content.at_working_size(side, smallest=encoder.smallest)
        size = (small.shape[1], small.shape[2])
        goal = at_working_size(style.copy.photo, round(side * weights.brush), smallest=encoder.smallest)
        partners = partner_masks(style, pairs, (goal.shape[1], goal.shape[2])).to(device)
        masks = content.masks_at(size).to(device)
        visible = content.visible_at(size).to(device)
        objective = PaintObjective(small.to(device), masks * visible, goal.to(device), partners, encoder, weights)
        painter(small.to(device), objective, masks, steps)
    picture = painter.picture
    if weights.keep_colour:
        photo = content.at_working_size(weights.size, smallest=encoder.smallest).to(device)
        picture = with_colours_of(picture, photo)
    notes = (RESTARTED,) if painter.restarts else ()
    return Painting(picture, painter.history, notes)


class _Painter:
    """Adam on a picture, which goes on from scale to scale; the running mean of its pictures is the painting."""

    def __init__(self, weights: PaintWeights, seed: int, tell: ProgressCallback):
        self.weights = weights
        self.seed = seed
        self.tell = tell
        self.rate = weights.rate
        self.restarts = 0
        self.history: list[dict[str, float]] = []
        self.mean: Tensor | None = None
        self.adam: Adam | None = None

    @property
    def picture(self) -> Tensor:
        """(3, h, w) in [0, 1]."""
        if self.mean is None:
            raise RuntimeError("nothing was painted")
        return self.mean.clamp(0, 1)

    def __call__(self, photo: Tensor, objective: PaintObjective, masks: Tensor, steps: int) -> None:
        """Paint at one scale: a photo (3, h, w), its objective and masks (R, h, w)."""
        kept = masks[objective.areas <= 0].sum(0).clamp(0, 1)
        begun = torch.lerp(self._begun(photo, objective, masks), photo, kept)
        while not self._descend(begun, photo, kept, objective, steps):
            self.rate /= 4
            self.restarts += 1
            self.adam = None

    def _begun(self, photo: Tensor, objective: PaintObjective, masks: Tensor) -> Tensor:
        """Where a scale begins: the painting so far, enlarged; at first the photo, or noise."""
        if self.mean is not None:
            return _enlarged(self.mean, photo)
        if self.weights.start == "content":
            return in_colours_of(photo, objective.colour_goal, masks)
        noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(self.seed)).to(photo)
        return (0.5 + NOISE * noise).clamp(0, 1)

    def _descend(self, begun: Tensor, photo: Tensor, kept: Tensor, objective: PaintObjective, steps: int) -> bool:
        """Whether some steps went well; the last restart is kept as it is."""
        unknown = begun.clone().requires_grad_()
        adam = self._adam(unknown)
        mean = begun.clone()
        weight = 0.0
        told = len(self.history)
        for step in range(steps):
            terms = objective(unknown)
            total = torch.stack(list(terms.values())).sum()
            numbers = {name: float(term.detach()) for name, term in terms.items()} | {"total": float(total.detach())}
            first = self.history[told]["total"] if step else numbers["total"]
            if not numbers["total"] <= DIVERGED * max(first, 1e-6) and self.restarts < RESTARTS:
                del self.history[told:]
                return False
            self.history.append(numbers)
            (gradient,) = torch.autograd.grad(total, unknown)
            adam.step([gradient], self.rate)
            with torch.no_grad():
                unknown.clamp_(0, 1)
                unknown.copy_(torch.lerp(unknown, photo, kept))
                weight = MEMORY * weight + (1 - MEMORY)
                mean.lerp_(unknown, (1 - MEMORY) / weight)
            self.tell(Progress("solve", len(self.history), self.weights.steps, numbers, lambda: mean.clamp(0, 1)))
        self.mean = mean.detach()
        self.adam = adam
        return True

    def _adam(self, unknown: Tensor) -> Adam:
        """The optimiser, with the moments of the scale before, enlarged."""
        adam = Adam([unknown], BETAS)
        if self.adam is not None:
            adam.steps = self.adam.steps
            adam.means = [_enlarged(self.adam.means[0], unknown)]
            adam.squares = [_enlarged(self.adam.squares[0], unknown).clamp_min(0)]
        return adam


def _enlarged(planes: Tensor, like: Tensor) -> Tensor:
    """Planes (3, h, w) at the size of others."""
    size = (like.shape[1], like.shape[2])
    return F.interpolate(planes.detach()[None], size, mode="bilinear", align_corners=False)[0]
