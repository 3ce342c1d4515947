"""The method `network`: a trained network paints the photo in one pass (Johnson et al. 2016); see docs/train.md."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.methods.method import Fitted, Method
from photostyle.models import find_network
from photostyle.options import MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session


@dataclass(frozen=True)
class NetworkOptions(MethodOptions):
    """Options of the method `network`."""

    network: str = option(
        "",
        "The trained network: its .safetensors file, or its name in models list; such a file as the method says both.",
    )
    style_name: tuple[str, ...] = option(
        (), "Which of the network's styles: monet, or monet:0.6,photo:0.4 for a mixture; the first where none is named."
    )
    size: int | None = option(
        None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096, usual="the photo's own"
    )

    def style_file(self) -> str:
        if not self.network:
            raise OptionError("the method network needs a trained network; name its file", option="network")
        return str(find_network(self.network))


@register
class NetworkMethod(Method):
    """Paints with a trained network; takes no style picture."""

    name: ClassVar[str] = "network"
    summary: ClassVar[str] = "a trained network paints, in one pass"
    own_options: ClassVar[type[MethodOptions]] = NetworkOptions
    finds_regions: ClassVar[bool] = False

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from photostyle.networks import style_weights
        from photostyle.regions import pair_regions
        from photostyle.transforms import NetworkTransform, Provenance

        settings = options.settings
        if not isinstance(settings, NetworkOptions):
            raise OptionError("the method network needs its own options; give a network's file as the method")
        if options.pairs:
            raise OptionError("a network has no regions of a style to pair with; leave the pairs out", option="pairs")
        with tell.stage("load"):
            trained = session.stylizer(settings.style_file())
            weights = style_weights(settings.style_name, trained.names)
        every = pair_regions(content.regions, content.regions, protect=options.protect)
        pairs = [pair for pair in every if pair.kind == "protected"]  # no region takes from one of a style
        mixture = [f"{name} {weight:.2g}" for name, weight in zip(trained.names, weights.tolist(), strict=True) if weight > 0]
        called = f"{trained.card.get('name', 'a network')} ({', '.join(mixture)})"
        provenance = Provenance.of(content, self.name, pairs, style=called, hard_masks=options.hard_masks)
        return Fitted(NetworkTransform(trained, weights, settings.size, content.regions, provenance))
