"""The painter: from a small picture to a large one, each begun with the last."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from photostyle.encoders import Encoder
from photostyle.events import Tell
from photostyle.look.statistics import fingerprint
from photostyle.methods.paint import PaintOptions
from photostyle.methods.paint.colours import mixed_moments, moved_colours, recoloured, with_colours_of
from photostyle.methods.paint.descent import Descent
from photostyle.methods.paint.keeping import Keeping, painting_facts
from photostyle.methods.paint.objective import PaintObjective, StyleAtScale
from photostyle.methods.paint.pyramid import resized
from photostyle.methods.paint.styles import PaintStyle
from photostyle.methods.partners import partner_masks
from photostyle.prepared import MOST_ENLARGED, Prepared, at_working_size

SMALLEST = 128  # long side of the first scale, in pixels
BETWEEN = 2**0.5  # one scale to the next
NOISE = 0.1  # standard deviation about grey, where the start is noise
FLAT = 1e-4  # standard deviation of colours under which a picture is one flat colour

RESTARTED = "the painting diverged and went on at a lower rate"
GAVE_UP = "the painting diverged again and again: this is what it had come to; give a lower rate"


@dataclass(frozen=True)
class Painting:
    """What the painter made: a picture (3, h, w) in [0, 1], the terms at each step, and what the user should be told."""

    picture: Tensor
    history: list[dict[str, float]]
    notes: tuple[str, ...] = ()


def scales(size: int, steps: int, count: int | None = None) -> list[tuple[int, int]]:
    """(long side, steps) of each scale, from the smallest to `size`; a small scale costs little and decides much.

    >>> scales(512, 300)
    [(128, 60), (181, 60), (256, 60), (362, 60), (512, 60)]
    """
    if count is None:
        count = max(1, 1 + round(math.log(max(size, SMALLEST) / SMALLEST, BETWEEN)))
    count = min(count, steps)
    sides = [round(size / BETWEEN**k) for k in reversed(range(count))]
    done = [round(steps * k / count) for k in range(count + 1)]
    return [(side, end - begin) for side, begin, end in zip(sides, done[:-1], done[1:], strict=True)]


def paint_prepared(
    content: Prepared,
    styles: Sequence[PaintStyle],
    encoder: Encoder,
    settings: PaintOptions,
    seed: int = 0,
    device: torch.device = torch.device("cpu"),  # noqa: B008 (immutable)
    tell: Tell | None = None,
    begun: Tensor | None = None,
) -> Painting:
    """Paint a prepared photo in the hand of prepared pictures, region by region, from coarse to fine.

    Args:
        content: the photo.
        styles: at least one; what has no part of any stays as it is.
        encoder: in float32.
        settings: weights and course.
        seed: of the noise that a painting begins with where it does not begin with the photo.
        device: where to compute.
        tell: told of each step of "solve".
        begun: (3, h, w) in [0, 1], what to begin with, in place of what the settings say; None for that.

    Raises:
        PhotostyleError: an unknown layer, or a state that is none of this painting.
    """
    easel = _Easel(content, styles, encoder, settings, device)
    if settings.colour_only:
        return Painting(easel.in_colours_alone(), [], easel.notes())
    tell = tell or Tell()
    facts = painting_facts(
        settings,
        seed=seed,
        content=content.identity.digest,
        styles=[style.picture.identity.digest for style in styles],
        regions=content.regions.names,
        network=fingerprint(encoder),
    )
    keeping = Keeping(settings, Path(content.photo.file.name or "painting").stem, facts, easel.finished)
    descent = Descent(settings, tell.showing(easel.finished), keeping)
    state = keeping.restored(device)
    for k, (side, steps) in enumerate(scales(settings.working_size(), settings.all_steps(), settings.scales)):
        if tell.finishing and state is not None:
            break
        if state is not None and k < state.scale:
            continue
        photo, kept, objective = easel.at(side)
        if state is None:
            first = easel.beginning(photo, objective, seed) if begun is None else resized(begun.to(photo), photo)
            state = descent.begin(torch.lerp(first, photo, kept))
        elif k > state.scale:
            descent.next_scale(state, torch.lerp(resized(state.mean, photo), photo, kept))
        descent(state, objective, photo, kept, steps)
    if state is None:
        raise RuntimeError("nothing was painted")
    keeping.write(state)
    notes = list(easel.notes())
    if state.restarts:
        notes.append(RESTARTED)
    if len(state.history) < settings.all_steps():
        notes.append(f"stopped at step {len(state.history)} of {settings.all_steps()}" if tell.finishing else GAVE_UP)
    return Painting(easel.finished(state.picture), state.history, tuple(notes))


class _Easel:
    """Photo and styles at the sizes of the scales; arguments as for `paint_prepared`."""

    def __init__(
        self, content: Prepared, styles: Sequence[PaintStyle], encoder: Encoder, settings: PaintOptions, device: torch.device
    ):
        self.content = content
        self.styles = styles
        self.encoder = encoder
        self.settings = settings
        self.device = device

    def at(self, side: int) -> tuple[Tensor, Tensor, PaintObjective]:
        """The photo (3, h, w), where it is kept (h, w), and what is minimised, at a long side in pixels."""
        photo, masks, visible = self._photo(side)
        styles = self._styles(side, photo, masks)
        objective = PaintObjective(photo, masks * visible, styles, self.encoder, self.settings)
        kept = masks[objective.areas <= 0].sum(0).clamp(0, 1)
        return photo, kept, objective

    def beginning(self, photo: Tensor, objective: PaintObjective, seed: int) -> Tensor:
        """What a painting begins with: the photo in the styles' colours, or noise."""
        if self.settings.start == "content":
            return moved_colours(photo, objective.colour_goal, objective.content_masks).clamp(0, 1)
        noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(seed)).to(photo)
        return (0.5 + NOISE * noise).clamp(0, 1)

    def finished(self, picture: Tensor) -> Tensor:
        """A picture (3, h, w) as it comes out: with the photo's own colours where those are kept."""
        if not self.settings.keep_colour:
            return picture
        size = (picture.shape[1], picture.shape[2])
        return with_colours_of(picture, self.content.at_exactly(size).to(picture))

    def in_colours_alone(self) -> Tensor:
        """The photo (3, h, w) in the styles' colours, region by region, by OKLab."""
        from photostyle.colour import srgb_to_oklab

        photo, masks, visible = self._photo(self.settings.working_size())
        styles = self._styles(self.settings.working_size(), photo, masks)
        pictures = [srgb_to_oklab(style.picture) for style in styles]
        moments = mixed_moments(pictures, [style.masks for style in styles], [style.shares for style in styles])
        return recoloured(photo, moments, masks * visible)

    def notes(self) -> tuple[str, ...]:
        """What should be known of the styles: those that are too small for the brush, or have no hand."""
        side = round(self.settings.working_size() * self.settings.brush)
        notes = []
        for style in self.styles:
            copy = style.picture.copy.photo
            name = style.picture.described or "the style"
            if max(copy.size) * MOST_ENLARGED < side:
                notes.append(
                    f"{name} has {max(copy.size)} pixels, and would need {side} for this size and brush: its strokes come out "
                    "smaller; give a larger picture, or a smaller brush"
                )
            if float(copy.pixels.std((0, 1)).max()) < FLAT:
                notes.append(f"{name} is one flat colour: there is no hand to take from it, only the colour")
        return tuple(notes)

    def _photo(self, side: int) -> tuple[Tensor, Tensor, Tensor]:
        """The photo (3, h, w), its masks (R, h, w) and what is seen of it (h, w)."""
        photo = self.content.at_working_size(side, smallest=self.encoder.smallest)
        size = (photo.shape[1], photo.shape[2])
        masks, visible = self.content.masks_at(size), self.content.visible_at(size)
        return photo.to(self.device), masks.to(self.device), visible.to(self.device)

    def _styles(self, side: int, photo: Tensor, masks: Tensor) -> list[StyleAtScale]:
        """The styles as large as the brush asks for; in the photo's colours where only texture is taken."""
        found = []
        for style, shares in zip(self.styles, self._shares(), strict=True):
            picture = at_working_size(
                style.picture.copy.photo,
                round(side * self.settings.brush),
                smallest=self.encoder.smallest,
                most_enlarged=MOST_ENLARGED,
            ).to(self.device)
            partners = partner_masks(style.picture, style.pairs, (picture.shape[1], picture.shape[2])).to(self.device)
            if self.settings.texture_only:
                picture = _in_the_photos_colours(picture, partners, photo, masks)
            found.append(StyleAtScale(picture, partners, shares))
        return found

    def _shares(self) -> Tensor:
        """(K, R) the shares of the styles; a style in which a region has no partner leaves its own to the others."""
        shares = []
        for style in self.styles:
            takes = [pair.style is not None or pair.kind == "whole" for pair in style.pairs]
            shares.append(style.shares * torch.tensor(takes))
        together = torch.stack(shares)
        return (together / together.sum(0).clamp_min(1e-6)).to(self.device)


def _in_the_photos_colours(picture: Tensor, partners: Tensor, photo: Tensor, masks: Tensor) -> Tensor:
    """A style (3, h, w) whose regions have the colours of the photo's regions that take from them."""
    everywhere = masks.new_ones(len(masks))
    moments = mixed_moments([photo], [masks], [everywhere])
    return moved_colours(picture, moments, partners / partners.sum(0).clamp_min(1.0)).clamp(0, 1)
