"""A style put into the code of a photo, region by region: its colours first, then its texture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.methods.paint.styles import PaintStyle
from photostyle.methods.partners import partner_masks
from photostyle.networks import Autoencoder
from photostyle.networks.autoencoder import EDGE, NO_EDGE
from photostyle.networks.code_transport import (
    COLOUR_ROWS,
    CodeMap,
    mixed,
    moments_of,
    move_colours,
    moved,
    tones_of,
    whiten_and_colour,
)
from photostyle.prepared import Prepared

GENTLE = 0.5  # of the whole style's look, for what has no partner
LEAST_SHARE = 1e-3  # of a photo: a region with less takes no statistics
FLOOR = 1e-4  # added to variances of the code's broadest band, in squared colour
DETAIL_FLOOR = 3e-4  # to those of detail and features

Fit = Callable[[Tensor, Tensor, Tensor, Tensor], CodeMap]  # own code and weights, the goal's code and weights


@dataclass(frozen=True)
class Goal:
    """A style at working size.

    Args:
        picture: (3, h, w) in [0, 1].
        partners: (R, h, w), what each region of the content takes from.
        visible: (h, w), how much of each pixel is seen.
        shares: for each region, how much of its map is that to its partner, and how much that of the whole photo to the whole
            style; the rest stays as it is.
    """

    picture: Tensor
    partners: Tensor
    visible: Tensor
    shares: Sequence[tuple[float, float]]

    @classmethod
    def of(cls, style: PaintStyle, size: int, device: torch.device) -> "Goal":
        """One of a method's styles, at the size of the content."""
        picture = style.picture.at_working_size(size).to(device)
        at = (picture.shape[1], picture.shape[2])
        shares = []
        for pair, share in zip(style.pairs, style.shares.tolist(), strict=True):
            if pair.in_full:
                shares.append((share * pair.trust, share * (1 - pair.trust)))
            elif pair.kind == "protected":
                shares.append((0.0, 0.0))
            else:
                shares.append((0.0, share * GENTLE))
        partners = partner_masks(style.picture, style.pairs, at).to(device)
        return cls(picture, partners, style.picture.visible_at(at).to(device), shares)


@dataclass(frozen=True)
class CodeTransfer:
    """A photo at working size, and what puts styles into its code.

    Args:
        network: on the device of the pictures.
        content: (3, h, w) in [0, 1].
        masks: (R, h, w) of its regions.
        visible: (h, w), how much of each pixel is seen.
        goals: the styles.
    """

    network: Autoencoder
    content: Tensor
    masks: Tensor
    visible: Tensor
    goals: Sequence[Goal]

    @classmethod
    def of(
        cls, network: Autoencoder, content: Prepared, styles: Sequence[PaintStyle], size: int, device: torch.device
    ) -> "CodeTransfer":
        """Of prepared pictures, at a long side of `size` pixels; nothing is enlarged."""
        picture = content.at_working_size(size).to(device)
        at = (picture.shape[1], picture.shape[2])
        goals = [Goal.of(style, size, device) for style in styles]
        return cls(network, picture, content.masks_at(at).to(device), content.visible_at(at).to(device), goals)

    @torch.no_grad()
    def run(self, colour: float = 1.0, texture: float = 1.0, rounds: int = 1, edges: bool = True) -> Tensor:
        """(3, h, w), not clamped: the photo with so much of the styles' colours, and of their texture.

        Args:
            colour, texture: 0 is none, 1 all.
            rounds: how often texture and, before it, colours are moved.
            edges: whether edges keep out of the texture.
        """
        recoloured = self.recoloured(self.content)
        added = torch.zeros_like(recoloured)
        if texture:
            edge = EDGE if edges else NO_EDGE
            picture = self.textured(recoloured, edge)
            for _ in range(rounds - 1):
                picture = self.textured(self.recoloured(picture), edge)
            added = picture - recoloured
        return self.content + colour * (recoloured - self.content) + texture * added

    def recoloured(self, picture: Tensor) -> Tensor:
        """A picture (3, h, w) of the photo with the styles' colours: each pixel by its own colour and region."""
        codes = [tones_of(each.flatten(1)).unflatten(1, each.shape[1:]) for each in (picture, *self._styles)]
        return self._moved(codes[0], codes[1:], move_colours, CodeMap.of_rows(codes[0].flatten(1), COLOUR_ROWS))

    def textured(self, picture: Tensor, edge: float = EDGE) -> Tensor:
        """A picture (3, h, w) of the photo whose code has been whitened, and coloured as the styles' codes are."""
        return self.textured_with_code(picture, edge)[0]

    def textured_with_code(self, picture: Tensor, edge: float = EDGE) -> tuple[Tensor, Tensor]:
        """The same, and the code (N, h, w) that it was decoded from; differentiable in the network's weights."""
        codes = [self.network.encode(each[None], edge)[0] for each in (picture, *self._styles)]
        floor = torch.full((len(codes[0]),), DETAIL_FLOOR, dtype=torch.float64, device=picture.device)
        floor[3 * self.network.shape.bands : 3 * self.network.shape.bands + 3] = FLOOR

        def fit(code: Tensor, weights: Tensor, goal: Tensor, goal_weights: Tensor) -> CodeMap:
            return whiten_and_colour(*moments_of(code, weights), *moments_of(goal, goal_weights), floor)

        made = self._moved(codes[0], codes[1:], fit, CodeMap.of_rows(codes[0].flatten(1), slice(None)))
        return self.network.decode(made[None])[0], made

    @property
    def _styles(self) -> list[Tensor]:
        return [goal.picture for goal in self.goals]

    def _moved(self, code: Tensor, goal_codes: Sequence[Tensor], fit: Fit, still: CodeMap) -> Tensor:
        """(M, h, w): what maps, one for each region, make of a code (N, h, w), given the styles' codes and the map of none."""
        flat, seen = code.flatten(1), self.visible.flatten()
        goals = [each.flatten(1) for each in goal_codes]
        whole = [
            fit(flat, seen, each, goal.visible.flatten()) if any(to_all for _, to_all in goal.shares) else still
            for each, goal in zip(goals, self.goals, strict=True)
        ]
        maps = []
        for region, mask in enumerate(self.masks.flatten(1)):
            found: list[CodeMap] = []
            shares: list[float] = []
            for each, goal, to_whole in zip(goals, self.goals, whole, strict=True):
                to_partner, to_all = goal.shares[region]
                partner = goal.partners[region].flatten()
                own = mask * seen
                if to_partner and min(own.mean(), partner.mean()) >= LEAST_SHARE:
                    found.append(fit(flat, own, each, partner))
                    shares.append(to_partner)
                found.append(to_whole)
                shares.append(to_all)
            maps.append(mixed(found, shares, still))
        return moved(flat, self.masks.flatten(1), maps).unflatten(1, code.shape[1:])
