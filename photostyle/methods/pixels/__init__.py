"""The method `pixels`: every pixel is an unknown, as in Luan et al. 2017. The reference for the method `field`.

solver.py        the two stages
objective.py     what they minimise
descent.py       L-BFGS
local_affine.py  the released code's two filters
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from photostyle.errors import OptionError
from photostyle.events import Tell, showing
from photostyle.methods.method import Fitted, Method
from photostyle.options import EncoderOptions, MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session

SIZE = 700  # long side in pixels; the paper's
DIVERGED = "the pixel solver diverged; this is the best picture that it found"


@dataclass(frozen=True)
class PixelsOptions(EncoderOptions):
    """Options of the method `pixels`."""

    size: int | None = option(None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096, usual="700")
    steps: int | None = option(None, "Steps of the solver.", 1, 100_000, usual="1000 in each of two stages")

    def working_size(self) -> int:
        return SIZE if self.size is None else self.size


@register
class PixelsMethod(Method):
    """Solves for every pixel, as the paper does; minutes to hours."""

    name: ClassVar[str] = "pixels"
    summary: ClassVar[str] = "the paper's own solver, in minutes to hours"
    own_options: ClassVar[type[MethodOptions]] = PixelsOptions

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from torch import Tensor

        from photostyle.methods.pixels.objective import PixelWeights
        from photostyle.methods.pixels.solver import solve_prepared
        from photostyle.prepared import Prepared
        from photostyle.regions import pair_regions
        from photostyle.transforms import PictureTransform, Provenance

        settings = options.settings
        if not isinstance(settings, PixelsOptions) or not isinstance(style, Prepared):
            raise OptionError("the method pixels needs its own options and the style photo itself; give both")
        with tell.stage("load"):
            encoder = session.encoder(settings.encoder, settings.weights, exact=True)
        pairs = pair_regions(content.regions, style.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
        weights = PixelWeights()
        if settings.steps is not None:
            weights = PixelWeights(steps=settings.steps)
        provenance = Provenance.of(
            content, self.name, pairs, style=style.described, encoder=encoder.name, hard_masks=options.hard_masks
        )

        def found(picture: Tensor) -> PictureTransform:
            return PictureTransform(picture.cpu(), content.regions, provenance)

        with tell.stage("solve"):
            solution = solve_prepared(
                content,
                style,
                pairs,
                encoder,
                weights,
                size=settings.working_size(),
                seed=options.seed,
                device=session.device,
                tell=showing(tell, found),
            )
        notes: tuple[str, ...] = ()
        if not solution.converged:
            notes = (DIVERGED,)
        return Fitted(found(solution.picture), tuple(solution.history), notes)
