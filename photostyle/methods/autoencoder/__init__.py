"""The method `autoencoder`: a style put into the code of a photo, which gives the photo back; in about a second.

solver.py   colours, then texture, by whitening and colouring, region by region
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.methods.blending import BlendedStyles
from photostyle.methods.method import Fitted, Method
from photostyle.models import find, find_network
from photostyle.option_text import parse_names
from photostyle.options import MethodOptions, Options, option
from photostyle.registry import register

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.prepared import Prepared
    from photostyle.session import Session

SIZE = 700  # long side in pixels
SHIPPED = "autoencoder"
MOST = 2  # of an amount
Mode = Literal["photo", "art"]


@dataclass(frozen=True)
class AutoencoderOptions(BlendedStyles):
    """Options of the method `autoencoder`."""

    network: str = option(
        "", "A trained autoencoder: its .safetensors file, or its name in models list.", usual="the one that ships"
    )
    mode: Mode | None = option(None, "photo, the usual: edges stay where they are; or art: texture goes where it likes.")
    size: int | None = option(None, "Long side in pixels to work at; the output keeps the photo's size.", 64, 4096, usual="700")
    colour: float = option(1.0, "How much of the style's colours and light.", 0, MOST)
    texture: float = option(1.0, "How much of the style's contrast and detail, from fine to broad.", 0, MOST)
    rounds: int | None = option(
        None, "How often colours and texture are put in; where nothing is said 1, in the mode art 3.", 1, 10
    )
    blend: tuple[str, ...] = option(
        (), "More styles: FILE, FILE:SHARE of the mixture, or REGION=FILE for one region of the content."
    )

    def __post_init__(self) -> None:
        blend = parse_names(self.blend) if isinstance(self.blend, str) else self.blend
        if not isinstance(blend, tuple | list) or not all(isinstance(each, str) and each for each in blend):
            raise OptionError(f"blend must be texts, such as ('one', 'two'), got {blend!r}", option="blend")
        object.__setattr__(self, "blend", tuple(blend))
        super().__post_init__()

    def working_size(self) -> int:
        return SIZE if self.size is None else self.size

    @property
    def network_file(self) -> Path:
        """The file of the network."""
        return find(SHIPPED) if self.network in ("", SHIPPED) else find_network(self.network)

    @property
    def is_art(self) -> bool:
        return self.mode == "art"

    @property
    def all_rounds(self) -> int:
        if self.rounds is not None:
            return self.rounds
        return 3 if self.is_art else 1


@register
class AutoencoderMethod(Method):
    """Encodes the photo, puts the style into its code, and decodes."""

    name: ClassVar[str] = "autoencoder"
    summary: ClassVar[str] = "puts the style into the code of the photo, in a second"
    own_options: ClassVar[type[MethodOptions]] = AutoencoderOptions

    def fit(self, content: "Prepared", style: "Prepared | Look", session: "Session", options: Options, tell: Tell) -> Fitted:
        from photostyle.methods.autoencoder.solver import CodeTransfer
        from photostyle.methods.paint.styles import prepared_styles
        from photostyle.prepared import Prepared
        from photostyle.transforms import PictureTransform, Provenance

        settings = options.settings
        if not isinstance(settings, AutoencoderOptions) or not isinstance(style, Prepared):
            raise OptionError("the method autoencoder needs its own options and the style photo itself; give both")
        with tell.stage("load"):
            network = session.autoencoder(settings.network_file).network
        styles = prepared_styles(content, style, session, options)
        with tell.stage("solve"):
            transfer = CodeTransfer.of(network, content, styles, settings.working_size(), session.device)
            made = transfer.run(settings.colour, settings.texture, settings.all_rounds, edges=not settings.is_art)
        provenance = Provenance.of(content, self.name, styles[0].pairs, style=style.described, hard_masks=options.hard_masks)
        picture = made.clamp(0, 1).cpu()
        return Fitted(PictureTransform(picture, content.regions, provenance, by_edges=not settings.is_art))
