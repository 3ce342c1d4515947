"""Training that begins with what another network has learnt: its convolutions, and norms to begin with."""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.errors import OptionError
from photostyle.models import find_network
from photostyle.networks import PHOTO, Stylizer, TrainedStylizer, load_stylizer
from photostyle.networks.translation import ResidualGenerator
from photostyle.training.course import AUTO_START, NO_START
from photostyle.training.painting_config import USUAL_START, PaintingConfig


def start_of(config: PaintingConfig) -> TrainedStylizer | None:
    """The network whose weights a training begins with; None for random weights.

    Raises:
        PhotostyleError: the network that is named is none, or is of another width or depth.
    """
    if config.start == NO_START:
        return None
    trained = load_stylizer(find_network(USUAL_START if config.start == AUTO_START else config.start))
    differs = _difference(trained, config)
    if differs and config.start != AUTO_START:
        raise OptionError(f"{config.start} {differs}; say start: {NO_START}, or name another network")
    return None if differs else trained


def take_over(network: Stylizer, trained: TrainedStylizer, names: Sequence[str]) -> None:
    """Take convolutions and norms of a trained network of the same width and depth.

    A style that the trained network has by the same name begins with the norms of that, and any other with the mean of all styles
    that were painted there; so does the photo as it is where the network has none. A predictor is taken over where both have one.

    Args:
        network: changed in place.
        trained: whose weights they are.
        names: of the styles of `network`.
    """
    known = trained.network.norms.detach()
    usual = usual_norms(trained)
    predicts = trained.network.predictor is not None
    learnt = trained.network.state_dict()
    with torch.no_grad():
        for name, weight in network.state_dict().items():
            if name != "norms" and (predicts or not name.startswith("predictor.")):
                weight.copy_(learnt[name])
        for k, style in enumerate(names):
            network.norms[k] = known[trained.names.index(style)] if style in trained.names else usual
        if network.predictor is not None and not predicts:
            network.predictor.write.bias.copy_(usual)


def began_with(trained: TrainedStylizer) -> dict[str, str]:
    """For the card of what is trained: which network it began with, and under which licence that is."""
    return {name: str(trained.card.get(name, "unknown")) for name in ("name", "licence")}


def beginning(trained: TrainedStylizer) -> str:
    """For the user, who must know whose licence holds for what is trained: what it begins with."""
    about = began_with(trained)
    return f"begins with the weights of {about['name']}, whose licence is: {about['licence']}"


def usual_norms(trained: TrainedStylizer) -> Tensor:
    """(N,), the mean norms of the styles that a network paints in; those of the photo where it has none by name."""
    norms = trained.network.norms.detach()
    return norms[[k for k, name in enumerate(trained.names) if name != PHOTO] or [0]].mean(0)


def begin_between_sets(generators: Sequence[ResidualGenerator], trained: TrainedStylizer) -> None:
    """Generators from photos to paintings and back begin with a network that paints, and with its way to leave a photo as it is.

    Args:
        generators: from A to B, and from B to A; changed in place.
        trained: whose weights they take.
    """
    there, back = generators
    there.begin_with(trained.network, usual_norms(trained))
    as_it_is = trained.network.norms[trained.names.index(PHOTO)] if PHOTO in trained.names else usual_norms(trained)
    back.begin_with(trained.network, as_it_is.detach())


def _difference(trained: TrainedStylizer, config: PaintingConfig) -> str:
    """In what a trained network is of another kind than is wanted; nothing where it is of the same."""
    shape = trained.network.shape
    if trained.reading is not None and config.paintings is None:
        return "paints in any style, and has none of its own to begin with"
    if trained.reading is not None and trained.reading.encoder != config.encoder:
        return f"reads styles by the encoder {trained.reading.encoder}, not {config.encoder}"
    for name, its, wanted in (("width", shape.width, config.width), ("residuals", shape.residuals, config.residuals)):
        if its != wanted:
            return f"has {name} {its}, not {wanted}"
    return ""
