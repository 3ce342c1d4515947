"""The node that gives a picture what was found."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from photostyle.amounts import AMOUNTS, MOST_AMOUNT, Amounts
from photostyle.comfy import host
from photostyle.comfy.clips import apply_to_frames
from photostyle.comfy.definitions import IMAGE, MASK, TRANSFORM, Input, Node, Output
from photostyle.comfy.methods import Transforms
from photostyle.comfy.option_inputs import options_of
from photostyle.comfy.values import image_of, one_or_each, photos_of, planes_of
from photostyle.errors import OptionError
from photostyle.options import Options
from photostyle.photo import Photo
from photostyle.regions import read_mask
from photostyle.regions.masks.arrays import PLANE
from photostyle.session import Session
from photostyle.story import relight

if TYPE_CHECKING:
    from photostyle.video.transform import ClipLight


def _apply(
    image: Tensor, transform: "Transforms | ClipLight", mask: Tensor | None, force: bool, device: str, **amounts: Any
) -> tuple[Tensor, str]:
    options = options_of("field", {"device": device}).changed(**vars(amounts_of(amounts)))
    session = Session.shared(options).begin()
    photos = photos_of(image, "picture")
    masks, notes = planes_of(mask, len(photos), "picture", photos[0].size)
    bar = host.Bar(len(photos))
    if not isinstance(transform, tuple):
        made = apply_to_frames(photos, transform, options.amounts, session, force, bar)
    else:
        made = []
        for number, place in enumerate(one_or_each(len(transform), len(photos), "transforms")):
            applied = relight(photos[number], transform[place], session=session, options=options, force=force)
            notes += applied.notes
            made.append(applied.photo)
            bar.done(number + 1)
    shown = []
    for before, after, plane in zip(photos, made, masks, strict=True):
        shown.append(after if plane is None else _within(plane, before, after, notes))
    return image_of(shown, image), "\n".join(dict.fromkeys(notes))


def amounts_of(values: Mapping[str, Any]) -> Amounts:
    """The amounts that the node's widgets say: a number for all, and texts such as sky=0.4 for some regions.

    Raises:
        OptionError: a text is none.
    """
    amounts = {}
    for name in AMOUNTS:
        by_region = str(values[f"{name}_by_region"]).strip().strip(",")
        if by_region and "=" not in by_region:
            text = f"{name}_by_region must be amounts by name such as sky=0.4,sea=0.8, got {by_region!r}"
            raise OptionError(text, option=f"{name}_by_region")
        amounts[name] = f"{float(values[name])!r},{by_region}" if by_region else float(values[name])
    return Amounts(**amounts)


def _within(plane: np.ndarray, before: Photo, after: Photo, notes: list[str]) -> Photo:
    """The photo, changed where a mask is 1 and as it was where it is 0."""
    if not plane.any():
        return before
    regions = read_mask(plane, before.size, role="picture mask")
    notes += regions.notes
    share = regions.masks[regions.index(PLANE)].numpy()[..., None]
    return after.with_pixels(before.pixels + share * (after.pixels - before.pixels))


def _amount_inputs() -> tuple[Input, ...]:
    fields = Options.fields_by_name()
    numbers = []
    texts = []
    for name in AMOUNTS:
        help = str(fields[name].metadata["help"]).partition(" By region")[0].partition(" Also by region")[0]
        numbers.append(Input(name, "FLOAT", help, 1.0, low=0.0, high=MOST_AMOUNT, step=0.01))
        text = f"Another {name} for some regions, by name: sky=0.4,sea=0.8."
        texts.append(Input(f"{name}_by_region", "STRING", text, "", advanced=True))
    return (*numbers, *texts)


APPLY = Node(
    "PhotostyleApply",
    "Apply a transform",
    "Gives a picture what was found for it, as much of it as you like; nothing is solved again, so it is quick.",
    (
        Input("image", IMAGE, "The picture that the transform was found for, at any size; or the batch.", optional=False),
        Input("transform", TRANSFORM, "From a node that solves, paints or loads it.", optional=False),
        Input("mask", MASK, "Where it acts: fully where 1, not at all where 0."),
        *_amount_inputs(),
        Input("force", "BOOLEAN", "Accept another picture than the one that it was found for.", False, advanced=True),
        Input(
            "device",
            "COMBO",
            "Where to compute; auto is where ComfyUI computes.",
            "auto",
            choices=lambda: ("auto", "cpu"),
            advanced=True,
        ),
    ),
    (Output("image", IMAGE), Output("notes", "STRING", "What is to be said, such as how much is clipped; one line each.")),
    _apply,
)
