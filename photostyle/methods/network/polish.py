"""A network's picture, polished: steps of the method `paint` that begin with it."""

from dataclasses import replace

from torch import Tensor

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.look import Look
from photostyle.methods.method import Fitted
from photostyle.methods.network import NetworkOptions
from photostyle.methods.paint import PaintOptions
from photostyle.methods.paint.solver import paint_prepared
from photostyle.methods.paint.styles import prepared_styles
from photostyle.options import Options
from photostyle.prepared import Prepared
from photostyle.session import Session
from photostyle.transforms import NetworkTransform, PictureTransform


def polished(
    painted: NetworkTransform, content: Prepared, style: Prepared | Look, session: Session, options: Options, tell: Tell
) -> Fitted:
    """What the painter makes of a network's picture, at the size that is worked at.

    Args:
        painted: what the network made.
        content, style, session, options, tell: as for `Method.fit`.

    Raises:
        OptionError: the style is a look, or the options are another method's.
    """
    settings = options.settings
    if not isinstance(settings, NetworkOptions) or not isinstance(style, Prepared):
        raise OptionError("to polish needs the style picture itself, got a look; give the picture", option="polish")
    wanted = PaintOptions(
        size=settings.working_size(),
        steps=settings.polish,
        scales=1,
        content_weight=settings.content_weight,
        blend=settings.blend,
    )
    with tell.stage("load"):
        encoder = session.encoder(wanted.encoder, exact=True)
    styles = prepared_styles(content, style, session, options)
    provenance = replace(painted.provenance, encoder=encoder.name, pairs=tuple(styles[0].pairs))

    def found(picture: Tensor) -> PictureTransform:
        return PictureTransform(picture.cpu(), content.regions, provenance, by_edges=False)

    with tell.stage("solve"):
        begun = replace(painted, size=wanted.working_size()).painted(content, session.device)
        painting = paint_prepared(
            content, styles, encoder, wanted, options.seed, session.device, tell.showing(found), begun=begun
        )
    return Fitted(found(painting.picture), tuple(painting.history), painting.notes)
