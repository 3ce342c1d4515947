"""The node for the frames of a clip: a batch that is one film, for which one transform a shot is found, so nothing flickers."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from torch import Tensor

from photostyle.amounts import Amounts
from photostyle.comfy import host
from photostyle.comfy.definitions import IMAGE, LOOK, MASK, REGIONS, TRANSFORM, Input, Node, Output
from photostyle.comfy.option_inputs import option_inputs, options_of
from photostyle.comfy.regions import FoundRegions, check_nothing_to_find, prepared_pictures
from photostyle.comfy.values import one_or_each, photos_of, planes_of
from photostyle.errors import MaskError, OptionError, PhotoError
from photostyle.events import Tell
from photostyle.look import Look
from photostyle.photo import Photo
from photostyle.prepared import Prepared
from photostyle.regions import MaskLike
from photostyle.regions.labels import optional_names
from photostyle.session import Session

if TYPE_CHECKING:  # what clips need besides is an extra
    from photostyle.video.transform import ClipLight


def _solve_clip(
    frames: Tensor,
    style: Tensor | None,
    look: Look | None,
    masks: Tensor | None,
    regions: FoundRegions | None,
    style_mask: Tensor | None,
    style_regions: FoundRegions | None,
    **values: Any,
) -> "tuple[ClipLight, str]":
    from photostyle.video.clip import FramesClip
    from photostyle.video.fitting import fit_clip
    from photostyle.video.transform import ClipLight

    options = options_of("field", values)
    if (style is None) == (look is None):
        came = "both" if look is not None else "none of them"
        raise OptionError(f"connect a style or a look, got {came}", option="style")
    if regions is not None and (style_regions is not None or look is not None):
        check_nothing_to_find(options)
    session = Session.shared(options).begin()
    photos = photos_of(frames, "clip")
    by_hand, notes = _by_hand(photos, masks, regions)
    wanted: Prepared | Look
    if look is not None:
        wanted = look
    else:
        assert style is not None
        (wanted, *others), said = prepared_pictures(style, "style", options, session, style_mask, style_regions)
        notes += said
        if others:
            raise PhotoError(f"a clip takes the light of one picture, got a batch of {1 + len(others)}; take one of them")
    clip = FramesClip([photo.pixels for photo in photos], name="the clip")
    if any(photo.alpha is not None for photo in photos):
        notes.append("what is transparent in the frames counts like the rest of them")
    tell = Tell(host.Bar().of(0))
    found = fit_clip(clip, wanted, options=options, session=session, tell=tell, masks=by_hand)
    assert isinstance(found, ClipLight)
    return found, "\n".join(dict.fromkeys([*notes, *found.notes]))


def _by_hand(
    photos: list[Photo], masks: Tensor | None, regions: FoundRegions | None
) -> tuple[Mapping[int, MaskLike] | None, list[str]]:
    """Masks by the numbers of frames: one is the first frame's, and is carried on from there; and what is to be said of them."""
    if masks is not None and regions is not None:
        raise MaskError("the clip has masks and regions, and each says all; connect one of them")
    if regions is not None:
        there = len(regions.of_each)
        places = one_or_each(there, len(photos), "regions of the clip", MaskError)[: 1 if there == 1 else None]
        return {frame: regions.of_each[place] for frame, place in enumerate(places)}, []
    planes, notes = planes_of(masks, len(photos), "clip", photos[0].size)
    if masks is not None and (masks.ndim == 2 or len(masks) == 1):
        planes = planes[:1]
    return {frame: plane for frame, plane in enumerate(planes) if plane is not None} or None, notes


def apply_to_frames(
    photos: list[Photo], clip: "ClipLight", amounts: Amounts, session: Session, force: bool, bar: host.Bar
) -> list[Photo]:
    """The frames of a clip, changed.

    Raises:
        OptionError: the amounts name a region that is not there.
        PhotoError: the transform was found for another number of frames.
    """
    from photostyle.video.clip import Frame

    there = clip.shots[-1].shot.stop
    if len(photos) != there and not force:
        text = f"the transform was found for a clip of {there} frames, and these are {len(photos)}; solve them, or force it"
        raise PhotoError(text, option="force")
    amounts.by_region(clip.names, optional_names(clip.names))
    clip = replace(clip, device=str(session.device))
    made = []
    for number, photo in enumerate(photos):
        made.append(photo.with_pixels(clip.apply(Frame(photo.pixels, Fraction(number), number), amounts)))
        bar.done(number + 1)
    return made


SOLVE_CLIP = Node(
    "PhotostyleSolveClip",
    "Solve the light of a clip",
    "Takes a batch as the frames of one film: finds its shots, and for each one transform that depends on a colour and its "
    "region alone, so that nothing flickers. Give what it finds to the frames by Apply a transform.",
    (
        Input("frames", IMAGE, "The frames, in order.", optional=False),
        Input("style", IMAGE, "The picture whose light is wanted."),
        Input("look", LOOK, "A look that was measured or loaded, in place of the style."),
        Input("masks", MASK, "One mask is the first frame's and is carried on through its shot; or one for each frame."),
        Input("regions", REGIONS, "Of the first frame, or of each, in place of masks."),
        Input("style_mask", MASK, "The part of the style that the marked part takes from."),
        Input("style_regions", REGIONS, "The style's regions, in place of a mask."),
        *option_inputs("field", without=("seed",)),
    ),
    (
        Output("transform", TRANSFORM, "What was found, to be given to the frames."),
        Output("notes", "STRING", "What is to be said of shots and regions, one line each."),
    ),
    _solve_clip,
)
