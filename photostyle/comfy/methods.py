"""The nodes that find a transform: for the light of a picture, for its hand, or by a trained network."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from photostyle.amounts import Amounts
from photostyle.comfy import host
from photostyle.comfy.definitions import IMAGE, LOOK, MASK, REGIONS, TRANSFORM, Input, Node, Output
from photostyle.comfy.looks import choices_of, state_of
from photostyle.comfy.option_inputs import option_inputs, options_of
from photostyle.comfy.regions import FoundRegions, check_nothing_to_find, prepared_pictures
from photostyle.comfy.values import one_or_each
from photostyle.errors import ModelError, OptionError
from photostyle.events import Tell
from photostyle.look import Look
from photostyle.models.trained import find_network, trained_networks
from photostyle.options import Options
from photostyle.prepared import Prepared
from photostyle.registry import find_method
from photostyle.session import Session
from photostyle.story import measure
from photostyle.story_notes import idle_notes, transfer_notes
from photostyle.transforms import Transform

Transforms = tuple[Transform, ...]  # one for all pictures of a batch, or one each


def find_transforms(
    method: str,
    content: Tensor,
    style: Tensor | None,
    look: Look | None,
    content_mask: Tensor | None,
    style_mask: Tensor | None,
    content_regions: FoundRegions | None,
    style_regions: FoundRegions | None,
    **values: Any,
) -> tuple[Transforms, str]:
    """Find a transform for each picture of the content.

    Args:
        method: its name.
        content: an IMAGE.
        style: an IMAGE of one picture for all of the content, or of one each; None where there is a look.
        look: in place of the style.
        content_mask, style_mask, content_regions, style_regions: as for `prepared_pictures`.
        values: of the node's widgets.

    Returns:
        The transforms, and what the user should be told, one line each.

    Raises:
        PhotostyleError: as `photostyle.transfer`; or style and look are both connected, or none of them.
    """
    options = options_of(method, values)
    if (style is None) == (look is None):
        came = "both" if look is not None else "none of them"
        raise OptionError(f"connect a style or a look, got {came}", option="style")
    if content_regions is not None and (style_regions is not None or look is not None):
        check_nothing_to_find(options)
    if content_regions is not None:
        options = options.changed(hard_masks=content_regions.hard)
    session = Session.shared(options).begin()
    contents, notes = prepared_pictures(content, "content", options, session, content_mask, content_regions)
    styles: Sequence[Prepared | Look]
    if look is not None:
        if style_mask is not None or style_regions is not None:
            raise OptionError("a look has its regions already; connect the style's mask or regions where the look is measured")
        options = find_method(method)().options_for_look(look, options)
        styles = [look]
    else:
        assert style is not None
        prepared, said = prepared_pictures(style, "style", options, session, style_mask, style_regions)
        notes += said
        styles = prepared
        if len(contents) > 1 and len(prepared) == 1 and find_method(method).takes_looks:
            styles = [measure(prepared[0], options=options, session=session)]  # once for all
    places = one_or_each(len(styles), len(contents), "styles")
    return _found(contents, [styles[place] for place in places], options, session, notes)


def _found(
    contents: Sequence[Prepared], styles: Sequence[Prepared | Look], options: Options, session: Session, notes: Sequence[str]
) -> tuple[Transforms, str]:
    """A transform for each content and its style, and notes."""
    method = find_method(options.method)()
    bar = host.Bar(len(contents))
    transforms = []
    lines = list(notes)
    for number, (content, style) in enumerate(zip(contents, styles, strict=True)):
        tell = Tell(bar.of(number, _preview(content)))
        fitted = method.fit(content, style, session, options, tell)
        transforms.append(fitted.transform)
        own_style = None if style is content else style
        lines += transfer_notes(content, own_style, fitted.notes, fitted.transform.provenance.pairs)
        lines += idle_notes(options, content.regions.names, style.regions.names)
        bar.done(number + 1)
    return tuple(transforms), "\n".join(dict.fromkeys(lines))


def _preview(content: Prepared) -> Callable[[Transform], np.ndarray]:
    """Draws a small picture of what a transform makes of the content."""
    return lambda transform: transform.preview(content, host.PREVIEW_SIDE)(Amounts())


def _network(content: Tensor, network: str, **values: Any) -> tuple[Transforms, str]:
    options = options_of("network", values).changed(network=str(_network_file(network)))
    session = Session.shared(options).begin()
    contents, notes = prepared_pictures(content, "content", options, session)
    return _found(contents, contents, options, session, notes)


def _networks() -> tuple[str, ...]:
    """Trained networks: those in ComfyUI's folders, and those in photostyle's own, by their names."""
    own = tuple(trained_networks())
    there = choices_of("network")
    return (*own, *host.files("network")) if own else there


def _network_file(name: str) -> Any:
    if name in trained_networks():
        return find_network(name)
    if name not in host.files("network"):
        raise ModelError(
            f"no trained network is called {name!r}; put its file into ComfyUI's folder models/{host.FOLDER}", option="network"
        )
    return host.file_of("network", name)


def _by(method: str) -> Callable[..., tuple[Any, ...]]:
    def run(**values: Any) -> tuple[Any, ...]:
        return find_transforms(method, **values)

    return run


_CONTENT = Input("content", IMAGE, "The picture to change, or a batch: a transform is found for each.", optional=False)
_CONTENT_MASK = Input("content_mask", MASK, "What it marks takes from what the style's mask marks, the rest from the rest.")
_STYLE_MASK = Input("style_mask", MASK, "The part of the style that the marked part takes from.")
_CONTENT_REGIONS = Input("content_regions", REGIONS, "The content's regions, in place of a mask.")
_STYLE_REGIONS = Input("style_regions", REGIONS, "The style's regions, in place of a mask.")
_LOOK = Input("look", LOOK, "A look that was measured or loaded, in place of the style.")
_OUTPUTS = (
    Output("transform", TRANSFORM, "What was found, to be given to the picture."),
    Output("notes", "STRING", "What is to be said of pictures, regions and pairs, one line each."),
)

SOLVE = Node(
    "PhotostyleSolve",
    "Solve the light",
    "Finds what gives the content the light and colours of the style, region by region; no object moves, no texture is invented. "
    "Give what it finds to the picture by Apply a transform.",
    (
        _CONTENT,
        Input("style", IMAGE, "The picture whose light is wanted; one for all of a batch, or one each."),
        _LOOK,
        _CONTENT_MASK,
        _STYLE_MASK,
        _CONTENT_REGIONS,
        _STYLE_REGIONS,
        *option_inputs("field", without=("seed",)),
    ),
    _OUTPUTS,
    _by("field"),
)

PAINT = Node(
    "PhotostylePaint",
    "Paint in a hand",
    "Paints the content anew in the hand of the style, by optimisation: a minute or more. Give what it finds to the picture "
    "by Apply a transform.",
    (
        _CONTENT,
        Input("style", IMAGE, "A painting, or any picture; one for all of a batch, or one each.", optional=False),
        _CONTENT_MASK,
        _STYLE_MASK,
        _CONTENT_REGIONS,
        _STYLE_REGIONS,
        *option_inputs("paint"),
    ),
    _OUTPUTS,
    lambda **values: find_transforms("paint", look=None, **values),
)

NETWORK = Node(
    "PhotostyleNetwork",
    "Paint by a network",
    "A network that was trained for a style paints the picture in one pass, when its transform is applied.",
    (
        _CONTENT,
        Input(
            "network",
            "COMBO",
            "A trained network's .safetensors file in models/photostyle, or one that photostyle keeps.",
            optional=False,
            choices=_networks,
        ),
        *option_inputs("network", only=("style_name", "size", "device")),
    ),
    _OUTPUTS,
    _network,
    fingerprint=lambda network, **_: state_of("network", network),
)
