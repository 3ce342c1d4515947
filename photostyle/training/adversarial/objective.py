"""What unpaired translation minimises: Zhu et al. 2017, section 3; with attention, Kim et al. 2020, section 3.2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.networks.translation.discriminators import Verdict
from photostyle.training.adversarial.augment import Change, augmented
from photostyle.training.adversarial.history import History
from photostyle.training.adversarial.rivals import Made, Rivals, made_by, verdicts
from photostyle.training.shift import draw_place, shift_term

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Weights:
    """Weights of the terms.

    Args:
        adversarial: of what discriminators say of made pictures.
        cycle: of the mean difference between a picture and itself after both ways.
        identity: of the mean difference between a picture of the wanted set and what is made of it.
        attention: of the auxiliary classifiers of generators.
        decay: of the weights' squares, halved: weight decay.
        steepness: of the squared gradients of discriminators at real pictures, halved (R1; Mescheder et al. 2018): a game that
            begins near its end stays there.
        shift: of `shift_term`, against marks that hang on the network's grid.
    """

    adversarial: float = 1.0
    cycle: float = 10.0
    identity: float = 5.0
    attention: float = 0.0
    decay: float = 0.0
    steepness: float = 0.0
    shift: float = 0.0


class Objective:
    """The terms of both ways, for generators and discriminators in one sum.

    Each side's weights get the gradient of its own terms alone: where a generator is judged, the discriminators' weights are
    numbers, and where they learn, the made pictures are.

    Args:
        rivals: the networks.
        weights: of the terms.
        size: in pixels a side, of the pictures.
        changes: at random before pictures are judged.
        seed: of these, and of the histories.
    """

    def __init__(self, rivals: Rivals, weights: Weights, size: int, changes: Sequence[Change] = (), seed: int = 0) -> None:
        device = next(rivals.parameters()).device
        self.rivals = rivals
        self.weights = weights
        self.changes = tuple(changes)
        self.random = torch.Generator(device).manual_seed(seed)
        self.old_a = History((3, size, size), device, seed=seed + 1)
        self.old_b = History((3, size, size), device, seed=seed + 2)

    def __call__(self, a: Tensor, b: Tensor) -> Terms:
        """The weighted terms.

        Args:
            a, b: (B, 3, size, size) each, pictures of the sets, in [0, 1].
        """
        rivals = self.rivals
        as_b = made_by(rivals.a_to_b, a)
        as_a = made_by(rivals.b_to_a, b)
        terms = {
            "cycle": self._cycle(a, b, as_a, as_b),
            **self._same(a, b, as_a, as_b),
            "adversarial": self._adversarial(as_a, as_b),
            "judges": self._judged(a, b, as_a, as_b),
        }
        if self.weights.shift:
            terms["shift"] = self._shifted(a, b, as_a, as_b)
        if self.weights.decay:
            squares = torch.stack([weight.pow(2).sum() for weight in rivals.parameters()])
            terms["decay"] = self.weights.decay / 2 * squares.sum()
        return terms

    def _cycle(self, a: Tensor, b: Tensor, as_a: Made, as_b: Made) -> Tensor:
        back_to_a = made_by(self.rivals.b_to_a, as_b.pictures).pictures
        back_to_b = made_by(self.rivals.a_to_b, as_a.pictures).pictures
        return self.weights.cycle * ((back_to_a - a).abs().mean() + (back_to_b - b).abs().mean())

    def _same(self, a: Tensor, b: Tensor, as_a: Made, as_b: Made) -> Terms:
        """How far pictures of the wanted set are changed; and the generators' classifiers, which must tell the sets apart."""
        same_b = made_by(self.rivals.a_to_b, b)
        same_a = made_by(self.rivals.b_to_a, a)
        apart = (same_a.pictures - a).abs().mean() + (same_b.pictures - b).abs().mean()
        terms = {"identity": self.weights.identity * apart}
        told = [
            _told(made.logits, wanted)
            for made, wanted in ((as_b, 1.0), (same_b, 0.0), (as_a, 1.0), (same_a, 0.0))
            if made.logits is not None
        ]
        if told:
            terms["attention"] = self.weights.attention * torch.stack(told).sum()
        return terms

    def _shifted(self, a: Tensor, b: Tensor, as_a: Made, as_b: Made) -> Tensor:
        """How far pictures that are cut elsewhere come out otherwise."""
        parts = []
        for generator, given, made in ((self.rivals.a_to_b, a, as_b), (self.rivals.b_to_a, b, as_a)):
            parts.append(shift_term(partial(_pictures, generator), given, made.pictures, draw_place(self.random)))
        return self.weights.shift * torch.stack(parts).sum()

    def _adversarial(self, as_a: Made, as_b: Made) -> Tensor:
        """How far made pictures are from being taken for real."""
        parts = []
        for judges, made in ((self.rivals.judges_of_a, as_a), (self.rivals.judges_of_b, as_b)):
            for verdict in verdicts(judges, self._changed(made.pictures), fixed=True):
                parts.append(_squares(verdict, 1.0))
        return self.weights.adversarial * torch.stack(parts).sum()

    def _judged(self, a: Tensor, b: Tensor, as_a: Made, as_b: Made) -> Tensor:
        """How far discriminators are from telling real from made."""
        parts = []
        rivals = self.rivals
        for judges, real, made, old in (
            (rivals.judges_of_a, a, as_a, self.old_a),
            (rivals.judges_of_b, b, as_b, self.old_b),
        ):
            shown = old.exchanged(made.pictures.detach())
            seen = self._changed(real).requires_grad_(self.weights.steepness > 0)
            for verdict in verdicts(judges, seen):
                parts.append(_squares(verdict, 1.0))
                if self.weights.steepness:
                    parts.append(self.weights.steepness * _steepness(verdict, seen))
            for verdict in verdicts(judges, self._changed(shown)):
                parts.append(_squares(verdict, 0.0))
        return torch.stack(parts).sum() / 2

    def _changed(self, pictures: Tensor) -> Tensor:
        return augmented(pictures, self.changes, self.random)


def _pictures(generator: nn.Module, given: Tensor) -> Tensor:
    return made_by(generator, given).pictures


def _squares(verdict: Verdict, wanted: float) -> Tensor:
    """Least squares (Mao et al. 2017), of patches and of the auxiliary classifier."""
    apart = (verdict.patches - wanted).pow(2).mean()
    if verdict.logits is not None:
        apart = apart + (verdict.logits - wanted).pow(2).mean()
    return apart


def _steepness(verdict: Verdict, seen: Tensor) -> Tensor:
    """The squared gradient of what a discriminator says in mean, by the pictures (B, 3, h, w) that it saw."""
    said = verdict.patches.mean((1, 2, 3)).sum()
    (gradient,) = torch.autograd.grad(said, seen, create_graph=True)
    return gradient.pow(2).sum((1, 2, 3)).mean()


def _told(logits: Tensor, wanted: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, wanted))


_USUAL = {
    "cyclegan": Weights(),
    "ugatit": Weights(identity=10.0, attention=1000.0, decay=1e-4),
    "field": Weights(cycle=3.0, identity=0.1, steepness=1.0),
}


def weights_of(kind: str, factors: Mapping[str, float]) -> Weights:
    """The usual weights of a kind, times factors.

    cyclegan has those of Zhu et al. 2017 (identity at half of the cycle), ugatit those of Kim et al. 2020. A field keeps what is
    shown by its form, and needs less of either; with those of cyclegan it stays where it began, at no change.
    """
    usual = _USUAL[kind]
    return Weights(
        **{name: getattr(usual, name) * factors.get(name, 1.0) for name in ("adversarial", "cycle", "identity", "attention")},
        decay=usual.decay,
        steepness=usual.steepness,
        shift=factors.get("shift", 0.0),
    )
