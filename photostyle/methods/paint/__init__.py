"""The method `paint`: the photo painted anew in the hand of a picture, by optimisation (Gatys et al. 2016).

presets.py    the classics, as options
styles.py     several styles: their texts, and the share of each in each region
solver.py     from coarse to fine
descent.py    the steps at one scale
pyramid.py    Adam on a pyramid of the picture
lbfgs.py      L-BFGS in its place
objective.py  what is minimised at one scale, with its gradient
hands.py      what the hand of a picture is taken to be
tiles.py      boxes that a large picture is worked on by
colours.py    whose colours the painting has
keeping.py    pictures on the way, and the state to go on from
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.methods.blending import BlendedStyles
from photostyle.methods.method import Fitted, Method
from photostyle.option_text import parse_names
from photostyle.options import EncoderOptions, MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session

SIZE, FAST_SIZE = 512, 256  # long sides in pixels
STEPS, FAST_STEPS = 300, 120
MOST = 1e10  # of a weight
HandName = Literal["moments", "gram", "nn"]
Normalise = Literal["relative", "gatys", "mean", "johnson"]
Start = Literal["content", "noise"]
Optimiser = Literal["pyramid", "adam", "lbfgs"]
Schedule = Literal["even", "to-style", "to-content"]


@dataclass(frozen=True)
class PaintOptions(BlendedStyles, EncoderOptions):
    """Options of the method `paint`."""

    encoder: str = option("compact5", "Network that measures the hand: compact5, compact, vgg19 or vgg16, or auto as elsewhere.")
    size: int | None = option(
        None,
        "Long side in pixels to work at; the output keeps the photo's size. Above 1088 the work goes by tiles.",
        64,
        16384,
        usual="512, or 256 if fast",
    )
    steps: int | None = option(None, "Steps of the solver, over all scales.", 1, 100_000, usual="300, or 120 if fast")
    fast: bool = option(False, "Paint at 256 pixels in fewer steps.")
    brush: float = option(1.0, "Size of the strokes against the picture: 2 is twice as broad as in the style.", 0.25, 4)
    blend: tuple[str, ...] = option(
        (), "More styles: FILE, FILE:SHARE of the mixture, or REGION=FILE for one region of the content."
    )
    content_weight: float = option(1.0, "How much of what the photo shows is kept, against the hand.", 0, MOST)
    style_weight: float = option(1.0, "How much the hand counts.", 0, MOST)
    colour_weight: float = option(1.0, "How much the style's colours count beside the hand.", 0, MOST)
    variation_weight: float = option(1.0, "How much smoothness counts.", 0, MOST)
    hand: HandName = option(
        "moments", "What the hand is: moments (mean and covariance of features), gram (Gatys 2016), or nn (nearest features)."
    )
    content_layers: tuple[str, ...] = option((), "Layers of the encoder that say what the photo shows, such as relu4_2.")
    style_layers: tuple[str, ...] = option((), "Layers of the hand, with weights if you like: relu1_1=4,relu2_1=2,relu3_1.")
    normalise: Normalise = option(
        "relative",
        "How distances are measured: relative to the style's own, or as gatys, johnson or most programs (mean) have them.",
    )
    schedule: Schedule = option("even", "Weights on the way: even, or content first and then style (to-style), or to-content.")
    start: Start = option("content", "Where to begin: content, or noise.")
    optimiser: Optimiser = option("pyramid", "What takes the steps: pyramid (Adam on a pyramid of the picture), adam or lbfgs.")
    rate: float | None = option(None, "Length of the steps; where none is given 0.005, for adam 0.02 and for lbfgs 1.", 1e-6, 100)
    scales: int | None = option(
        None, "How many sizes to paint at, each 1.4 times the last; where none is given, from 128 pixels up.", 1, 16
    )
    keep_colour: bool = option(False, "Keep the photo's own colours: only light and strokes are the style's.")
    texture_only: bool = option(False, "Keep the photo's colours and light: only the strokes are the style's.")
    colour_only: bool = option(False, "Take the style's colours and light, and no strokes; nothing is painted.")
    snapshots: Path | None = option(None, "A folder for pictures of the painting on its way.")
    snapshot_steps: int = option(25, "Steps from one of those pictures to the next.", 1, 100_000)
    resume: Path | None = option(None, "A file that keeps the painting's state, and from which it goes on if it is there.")

    def __post_init__(self) -> None:
        for name in ("blend", "content_layers", "style_layers"):
            value = getattr(self, name)
            if isinstance(value, str):
                value = parse_names(value)
            if not isinstance(value, tuple | list) or not all(isinstance(each, str) and each for each in value):
                raise OptionError(f"{name} must be texts, such as ('one', 'two'), got {value!r}", option=name)
            object.__setattr__(self, name, tuple(value))
        super().__post_init__()
        only = [name for name in ("keep_colour", "texture_only", "colour_only") if getattr(self, name)]
        if len(only) > 1:
            raise OptionError(f"{only[0]} and {only[1]} exclude each other; choose one", option=only[1])
        if self.normalise != "relative" and self.hand != "gram":
            raise OptionError(f"normalise {self.normalise} is for the hand gram, got {self.hand}; use gram", option="normalise")

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
    keeps_unfinished: ClassVar[bool] = True

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from torch import Tensor

        from photostyle.methods.paint.solver import paint_prepared
        from photostyle.methods.paint.styles import prepared_styles
        from photostyle.prepared import Prepared
        from photostyle.transforms import PictureTransform, Provenance

        settings = options.settings
        if not isinstance(settings, PaintOptions) or not isinstance(style, Prepared):
            raise OptionError("the method paint needs its own options and the style picture itself; give both")
        with tell.stage("load"):
            encoder = session.encoder(settings.encoder, settings.weights, exact=True)
        styles = prepared_styles(content, style, session, options)
        provenance = Provenance.of(
            content, self.name, styles[0].pairs, style=style.described, encoder=encoder.name, hard_masks=options.hard_masks
        )

        def found(picture: Tensor) -> PictureTransform:
            return PictureTransform(picture.cpu(), content.regions, provenance, by_edges=settings.colour_only)

        with tell.stage("solve"):
            painting = paint_prepared(content, styles, encoder, settings, options.seed, session.device, tell.showing(found))
        return Fitted(found(painting.picture), tuple(painting.history), painting.notes)
