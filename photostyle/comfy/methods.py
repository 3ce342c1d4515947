"""The nodes that find a transform: for the light of a picture, for its hand, or by a trained network."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from photostyle.amounts import Amounts
from photostyle.comfy import host
from photostyle.comfy.definitions import IMAGE, LOOK, MASK, REGIONS, TRANSFORM, Input, Node, Output
from photostyle.comfy.looks import NOTHING, state_of
from photostyle.comfy.option_inputs import option_inputs, options_of
from photostyle.comfy.regions import FoundRegions, check_nothing_to_find, prepared_pictures
from photostyle.comfy.values import one_or_each
from photostyle.errors import ModelError, OptionError
from photostyle.events import Tell
from photostyle.look import Look
from photostyle.models.trained import find_network, named_networks
from photostyle.options import Options
from photostyle.photo import shrunk
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
    style: Tensor | None = None,
    look: Look | None = None,
    content_mask: Tensor | None = None,
    style_mask: Tensor | None = None,
    content_regions: FoundRegions | None = None,
    style_regions: FoundRegions | None = None,
    **values: Any,
) -> tuple[Transforms, str]:
    """Find a transform for each picture of the content.

    Args:
        method: its name.
        content: an IMAGE.
        style: an IMAGE of one picture for all of the content, or of one each; None where there is a look, or where a network has
            styles of its own.
        look: in place of the style.
        content_mask, style_mask, content_regions, style_regions: as for `prepared_pictures`.
        values: of the node's widgets.

    Returns:
        The transforms, and what the user should be told, one line each.

    Raises:
        PhotostyleError: as `photostyle.transfer`; or style and look are both connected, or none of them where one is needed.
    """
    options = options_of(method, values)
    network = options.settings.style_file()
    _check_style(style, look, network)
    if content_regions is not None and (style_regions is not None or style is None):
        check_nothing_to_find(options)
    if content_regions is not None:
        options = options.changed(hard_masks=content_regions.hard)
    session = Session.shared(options).begin()
    contents, notes = prepared_pictures(content, "content", options, session, content_mask, content_regions)
    styles: Sequence[Prepared | Look]
    if style is None and (style_mask is not None or style_regions is not None):
        raise OptionError("the style's mask or regions are connected, and no style; connect them where the look is measured")
    if look is not None:
        options = find_method(method)().options_for_look(look, options)
        styles = [look]
    elif style is None:
        styles = contents
    else:
        prepared, said = prepared_pictures(style, "style", options, session, style_mask, style_regions)
        notes += said
        styles = prepared
        if len(contents) > 1 and len(prepared) == 1 and method == "field":
            styles = [measure(prepared[0], options=options, session=session)]  # once for all
    places = one_or_each(len(styles), len(contents), "styles")
    return _found(contents, [styles[place] for place in places], options, session, notes)


def _check_style(style: Tensor | None, look: Look | None, network: str | None) -> None:
    """Raise an OptionError unless there is one style, or none where a network has styles of its own."""
    given = sum(each is not None for each in (style, look))
    if network is not None and given:
        raise OptionError(f"{Path(network).name} has styles of its own; connect no style and no look", option="style")
    if network is None and given != 1:
        raise OptionError(f"connect a style or a look, got {'both' if given else 'none of them'}", option="style")


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
    small = replace(content, photo=shrunk(content.photo, host.PREVIEW_SIDE))
    return lambda transform: transform.preview(small, host.PREVIEW_SIDE)(Amounts())


def _network(network: str, **values: Any) -> tuple[Transforms, str]:
    return find_transforms("network", network=str(_network_file(network)), **values)


def _networks() -> tuple[str, ...]:
    """Trained networks: those in ComfyUI's folders, those in photostyle's own, and those that ship, by their names."""
    return (*named_networks(), *host.files("network")) or (NOTHING,)


def _network_file(name: str) -> Path:
    if name in named_networks():
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
    _by("paint"),
)

NETWORK = Node(
    "PhotostyleNetwork",
    "Paint by a network",
    "A trained network paints the picture in one pass, in a style that it has, or where it paints any style in a picture's.",
    (
        _CONTENT,
        Input(
            "network",
            "COMBO",
            "A trained network's .safetensors file in models/photostyle, or one that photostyle keeps.",
            optional=False,
            choices=_networks,
        ),
        Input("style", IMAGE, "For a network that paints any style: the picture whose hand is wanted."),
        _LOOK,
        _CONTENT_MASK,
        _STYLE_MASK,
        _CONTENT_REGIONS,
        _STYLE_REGIONS,
        *option_inputs("network"),
    ),
    _OUTPUTS,
    _network,
    fingerprint=lambda network, **_: state_of("network", network),
)
