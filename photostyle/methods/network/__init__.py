"""The method `network`: a trained network paints the photo in one pass (Johnson et al. 2016); see docs/train.md.

any_style.py  norms by region, from the pictures that a network for any style is given
polish.py     steps of the painter, from the network's picture on
translation.py  generators between two sets of pictures
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.methods.blending import BlendedStyles
from photostyle.methods.method import Fitted, Method
from photostyle.models import find_network, paints_any_style, translates
from photostyle.option_text import parse_names
from photostyle.options import MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from torch import Tensor

    from photostyle.look import Look
    from photostyle.networks import TrainedStylizer
    from photostyle.prepared import Prepared
    from photostyle.regions import Pair
    from photostyle.session import Session

POLISH_SIZE = 512  # long side in pixels that a picture is polished at


@dataclass(frozen=True)
class NetworkOptions(BlendedStyles):
    """Options of the method `network`."""

    network: str = option(
        "",
        "The trained network: its .safetensors file, or its name in models list; such a file as the method says both.",
    )
    style_name: tuple[str, ...] = option(
        (), "Which of the network's styles: monet, or monet:0.6,photo:0.4 for a mixture; the first where none is named."
    )
    direction: Literal["AtoB", "BtoA"] = option("AtoB", "Of networks learnt from two sets of pictures: from which to which.")
    size: int | None = option(
        None,
        "Long side in pixels to work at; the output keeps the photo's size.",
        64,
        4096,
        usual="the photo's own, or 512 with polish",
    )
    blend: tuple[str, ...] = option(
        (), "More styles: FILE, FILE:SHARE of the mixture, or REGION=FILE for one region of the content."
    )
    content_weight: float = option(
        1.0, "How much of what the photo shows is kept: of a network for any style, and where it is polished.", 0.25, 4
    )
    polish: int = option(
        0, "Steps of the method paint, from the picture of the network on; the style picture must be given.", 0, 100_000
    )

    def __post_init__(self) -> None:
        for name in ("blend", "style_name"):
            value = getattr(self, name)
            object.__setattr__(self, name, parse_names(value) if isinstance(value, str) else tuple(value))
        super().__post_init__()

    def working_size(self) -> int | None:
        return (self.size or POLISH_SIZE) if self.polish else None

    def file(self) -> Path:
        """The network's file.

        Raises:
            OptionError, ModelError, FileError: none is named, or there is none.
        """
        if not self.network:
            raise OptionError("the method network needs a trained network; name its file", option="network")
        return find_network(self.network)

    def style_file(self) -> str | None:
        path = self.file()
        if self.polish or paints_any_style(path):
            return None
        return str(path)

    def more_files(self) -> tuple[str, ...]:
        return (str(self.file()),)


@register
class NetworkMethod(Method):
    """Paints with a trained network, in a style that it has, or in that of a picture where it paints in any."""

    name: ClassVar[str] = "network"
    summary: ClassVar[str] = "a trained network paints, in one pass"
    own_options: ClassVar[type[MethodOptions]] = NetworkOptions
    takes_looks: ClassVar[bool] = True
    finds_regions: ClassVar[bool] = False
    keeps_unfinished: ClassVar[bool] = True

    def options_for_look(self, look: "Look", options: Options) -> Options:
        """Looks are taken by networks for any style."""
        return options

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from photostyle.methods.network.any_style import norms_of_pictures
        from photostyle.methods.network.polish import polished
        from photostyle.transforms import NetworkTransform, Provenance

        settings = options.settings
        if not isinstance(settings, NetworkOptions):
            raise OptionError("the method network needs its own options; give a network's file as the method")
        if translates(settings.file()):
            return _translated(content, session, options, settings, tell)
        with tell.stage("load"):
            trained = session.stylizer(settings.file())
        named = trained.card.get("name", "a network")
        notes: tuple[str, ...] = ()
        if trained.reading is None:
            norms, pairs, called = _of_named_styles(trained, content, settings, options)
            if not settings.style_name and len(trained.names) > 1:
                notes = (f"painted in {trained.names[0]}; others, by style name: {', '.join(trained.names[1:])}",)
        else:
            with tell.stage("look"):
                norms, pairs, notes = norms_of_pictures(trained, content, style, session, options)
            called = style.described
        provenance = Provenance.of(
            content, self.name, pairs, style=f"{named} ({called})" if called else named, hard_masks=options.hard_masks
        )
        painted = NetworkTransform(trained, norms, settings.size, content.regions, provenance)
        if not settings.polish:
            return Fitted(painted, notes=notes)
        return polished(painted, content, style, session, options, tell)


def _translated(content: "Prepared", session: "Session", options: Options, settings: NetworkOptions, tell: Tell) -> Fitted:
    """By networks learnt from two sets of pictures."""
    from photostyle.methods.network.translation import translated

    for name, given in (("polish", settings.polish), ("blend", settings.blend), ("style_name", settings.style_name)):
        if given:
            raise OptionError(
                f"the networks bring photos of one set into another and have no styles; leave {name} out", option=name
            )
    if options.pairs:
        raise OptionError("networks have no regions of a style to pair with; leave the pairs out", option="pairs")
    with tell.stage("load"):
        trained = session.translators(settings.file())
    return translated(trained, settings.direction, settings.size, content, options, tell)


def _of_named_styles(
    trained: "TrainedStylizer", content: "Prepared", settings: NetworkOptions, options: Options
) -> "tuple[Tensor, Sequence[Pair], str]":
    """Norms (1, N) of the styles that are named, the regions that are protected, and what the mixture is called."""
    from photostyle.networks import style_weights
    from photostyle.regions import pair_regions

    if settings.blend and not settings.polish:
        raise OptionError("the network has its own styles; name those to be mixed by style_name", option="blend")
    if settings.content_weight != 1 and not settings.polish:
        raise OptionError(
            "the network was trained with one content weight; leave it out, or mix the style photo in", option="content_weight"
        )
    if options.pairs and not settings.polish:
        raise OptionError("a network has no regions of a style to pair with; leave the pairs out", option="pairs")
    weights = style_weights(settings.style_name, trained.names)
    every = pair_regions(content.regions, content.regions, protect=options.protect)
    pairs = [pair for pair in every if pair.kind == "protected"]  # no region takes from one of a style
    mixture = [f"{name} {weight:.2g}" for name, weight in zip(trained.names, weights.tolist(), strict=True) if weight > 0]
    return trained.network.mixed(weights), pairs, ", ".join(mixture)
