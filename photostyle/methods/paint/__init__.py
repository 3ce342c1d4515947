"""The method `paint`: the photo painted anew in the hand of a picture, by optimisation (Gatys et al. 2016).

solver.py     from coarse to fine
objective.py  what is minimised at one scale
colours.py    whose colours the painting has
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from photostyle.errors import OptionError
from photostyle.events import Tell, showing
from photostyle.methods.method import Fitted, Method
from photostyle.options import EncoderOptions, MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session

SIZE, FAST_SIZE = 512, 256  # long sides in pixels
STEPS, FAST_STEPS = 300, 120
Hand = Literal["gram", "moments"]
Start = Literal["content", "noise"]


@dataclass(frozen=True)
class PaintOptions(EncoderOptions):
    """Options of the method `paint`."""

    size: int | None = option(
        None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096, usual="512, or 256 if fast"
    )
    steps: int | None = option(None, "Steps of the solver, over all scales.", 1, 100_000, usual="300, or 120 if fast")
    fast: bool = option(False, "Paint at 256 pixels in fewer steps.")
    brush: float = option(1.0, "Size of the strokes against the picture: 2 is twice as broad as in the style.", 0.25, 4)
    content_weight: float = option(1.0, "How much of what the photo shows is kept, against the hand.", 0, 1000)
    hand: Hand = option("gram", "What is the hand: gram (Gatys 2016), or moments, the mean and covariance of features.")
    start: Start = option("content", "Where to begin: content, or noise.")
    keep_colour: bool = option(False, "Keep the photo's own colours: only light and strokes are the style's.")

    def working_size(self) -> int:
        if self.size is not None:
            return self.size
        return FAST_SIZE if self.fast else SIZE

    def all_steps(self) -> int:
        """Steps over all scales."""
        if self.steps is not None:
            return self.steps
        return FAST_STEPS if self.fast else STEPS


@register
class PaintMethod(Method):
    """Paints the photo anew, in the style's hand; minutes."""

    name: ClassVar[str] = "paint"
    summary: ClassVar[str] = "paints the photo anew in the style's hand, in minutes"
    own_options: ClassVar[type[MethodOptions]] = PaintOptions
    finds_regions: ClassVar[bool] = False

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from torch import Tensor

        from photostyle.methods.paint.objective import PaintWeights
        from photostyle.methods.paint.solver import paint_prepared
        from photostyle.prepared import Prepared
        from photostyle.regions import pair_regions
        from photostyle.transforms import PictureTransform, Provenance

        settings = options.settings
        if not isinstance(settings, PaintOptions) or not isinstance(style, Prepared):
            raise OptionError("the method paint needs its own options and the style picture itself; give both")
        with tell.stage("load"):
            encoder = session.encoder(settings.encoder, settings.weights, exact=True)
        pairs = pair_regions(content.regions, style.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
        weights = PaintWeights.of(settings)
        provenance = Provenance.of(
            content, self.name, pairs, style=style.described, encoder=encoder.name, hard_masks=options.hard_masks
        )

        def found(picture: Tensor) -> PictureTransform:
            return PictureTransform(picture.cpu(), content.regions, provenance, by_edges=False)

        with tell.stage("solve"):
            painting = paint_prepared(content, style, pairs, encoder, weights, options.seed, session.device, showing(tell, found))
        return Fitted(found(painting.picture), tuple(painting.history), painting.notes)
