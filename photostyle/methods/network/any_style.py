"""The norms that a network for any style paints with: by region, from one picture, from several, or from a look."""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.encoders import Encoder
from photostyle.errors import ModelError, OptionError
from photostyle.look import Look, look_of
from photostyle.look.statistics import fingerprint
from photostyle.methods.network import NetworkOptions
from photostyle.methods.paint.styles import PaintStyle, prepared_styles
from photostyle.networks import StyleReading, TrainedStylizer
from photostyle.networks.predictor import style_numbers
from photostyle.options import Options
from photostyle.photo import PhotoLike
from photostyle.prepared import Prepared, prepare_whole
from photostyle.regions import Pair, pair_regions
from photostyle.session import Session


@torch.no_grad()
def norms_of_pictures(
    trained: TrainedStylizer, content: Prepared, style: Prepared | Look, session: Session, options: Options
) -> tuple[Tensor, Sequence[Pair], tuple[str, ...]]:
    """Norms (R, N) for each of R regions of the content, what they take from, and what the user should be told.

    Args:
        trained: a network for any style.
        content: the photo.
        style: a picture, with which those of `blend` are mixed; or a look.
        session: with the encoder that styles are read with.
        options: of a transfer by the method `network`.

    Raises:
        OptionError: a look, a share or a name of a region does not fit.
        ModelError: the encoder has other weights than those that the network was trained with.
    """
    settings = options.settings
    reading, predictor = trained.reading, trained.network.predictor
    if not isinstance(settings, NetworkOptions) or reading is None or predictor is None:
        raise RuntimeError("a network for any style and its options were expected")
    if settings.style_name:
        raise OptionError("a network for any style has none of its own; leave style_name out", option="style_name")
    encoder = _reader(reading, session)
    notes: tuple[str, ...] = ()
    if isinstance(style, Look):
        styles = [_as_style(style, content, options)]
        looks = [style]
        if style.size != reading.size:
            notes = (
                f"the look was measured at {style.size} pixels and the network reads styles at {reading.size}: "
                "strokes are read as of another size",
            )
    else:
        styles = prepared_styles(content, style, session, options)
        looks = [look_of(each.picture, encoder, reading.size) for each in styles]
    norms = torch.zeros(len(content.regions.names), trained.network.norms.shape[1], device=session.device)
    kept = torch.full((1,), settings.content_weight, device=session.device)
    for look, each in zip(looks, styles, strict=True):
        numbers = numbers_of(look, encoder).to(session.device)
        predicted = predictor(numbers, kept.expand(len(numbers)))
        norms += each.shares.to(norms)[:, None] * predicted[look.rows(each.pairs)]
    return norms, styles[0].pairs, notes


@torch.no_grad()
def norms_of_picture(trained: TrainedStylizer, picture: PhotoLike, session: Session) -> Tensor:
    """Norms (1, N) of a network for any style, by the whole of one picture; raises as `norms_of_pictures`."""
    reading, predictor = trained.reading, trained.network.predictor
    if reading is None or predictor is None:
        raise RuntimeError("a network for any style was expected")
    encoder = _reader(reading, session)
    numbers = numbers_of(look_of(prepare_whole(picture, "style"), encoder, reading.size), encoder)[-1:]
    norms: Tensor = predictor(numbers.to(next(predictor.parameters())), torch.ones(1, device=session.device))
    return norms


def numbers_of(look: Look, encoder: Encoder) -> Tensor:
    """(R, numbers), as `style_numbers` has them, of each region of a look and of the whole of it.

    Raises:
        OptionError: it was measured with another encoder, or by a version that kept no means.
    """
    look.check_encoder(encoder)
    if look.feature_means is None:
        raise OptionError("the look is of an old version and has no means of features; measure it again")
    features = []
    for layer in encoder.style_layers:
        means = look.feature_means[layer]
        features.append((means, look.grams[layer].diagonal(dim1=1, dim2=2) - means.square()))
    return style_numbers(features, look.means, look.covariances)


def _reader(reading: StyleReading, session: Session) -> Encoder:
    """The encoder that styles are read with."""
    encoder = session.encoder(reading.encoder, exact=True)
    if fingerprint(encoder) != reading.weights:
        raise ModelError(f"the network reads styles with other weights of {reading.encoder} than these; train it again")
    return encoder


def _as_style(look: Look, content: Prepared, options: Options) -> PaintStyle:
    """A look with what each region of the content takes from it."""
    if getattr(options.settings, "blend", ()):
        raise OptionError("a look is not mixed with pictures; give the picture that it was measured from", option="blend")
    pairs = pair_regions(content.regions, look.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
    return PaintStyle(content, pairs, torch.ones(len(pairs)))
