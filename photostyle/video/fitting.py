"""A transform for a clip: found on its frames, given to each of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from photostyle.events import Tell
from photostyle.look import Look
from photostyle.options import Amounts, Options
from photostyle.photo import PhotoLike, open_photo
from photostyle.prepared import Prepared, planes, prepare, prepare_pair
from photostyle.regions.labels import optional_names
from photostyle.regions.upsampling import mask_strips
from photostyle.registry import find_method
from photostyle.session import Session
from photostyle.transforms.field.control import controlled
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.rendering import render_into
from photostyle.transforms.field.transform import FieldTransform
from photostyle.video.clip import ClipSource, Frame


def fit_clip(
    source: ClipSource,
    style: PhotoLike | Prepared | Look,
    *,
    options: Options,
    session: Session,
    tell: Tell,
    start: int = 0,
    stop: int | None = None,
    keep: Path | None = None,
) -> "FieldOnFrames":
    """Find what gives a clip the light of a style.

    Args:
        source: the clip.
        style: a photo, or the look of one.
        options: as for a photo.
        session: the device and the networks.
        tell: told of each step.
        start, stop: numbers of the first frame that counts, and of the one after the last; None for the end.
        keep: a folder in which what is found may be kept, so that a clip that is gone on with needs not have it found anew.

    Raises:
        PhotostyleError: it cannot be found; one line that says what to do.
    """
    last = len(source.times) if stop is None else stop
    middle = (start + last) // 2
    frame = next(source.frames(middle, middle + 1))
    content = open_photo(frame.pixels, "content")
    wanted: Prepared | Look
    with tell.stage("regions"):
        if isinstance(style, Look):
            prepared, wanted = prepare(content, session=session, options=options), style
        else:
            prepared, wanted = prepare_pair(content, style, session=session, options=options)
    fitted = find_method(options.method)().fit(prepared, wanted, session, options, tell)
    assert isinstance(fitted.transform, FieldTransform)
    return FieldOnFrames(fitted.transform, prepared, fitted.notes)


@dataclass(frozen=True, eq=False)
class FieldOnFrames:
    """One field for all frames of a clip.

    Args:
        transform: found on one of them.
        content: that one.
        notes: for the user.
    """

    transform: FieldTransform
    content: Prepared
    notes: tuple[str, ...] = ()

    def apply(self, frame: Frame, amounts: Amounts) -> np.ndarray:
        if amounts.change_nothing:
            return frame.pixels.copy()
        regions = self.transform.regions
        by_region = amounts.by_region(regions.names, optional_names(regions.names))
        pixels = planes(frame.pixels)
        made = np.empty_like(frame.pixels)
        cpu = torch.device("cpu")
        masks = mask_strips(regions, pixels, cpu)
        render_into(planes(made), pixels, masks, controlled(self.transform.field, by_region), cpu, Guide.of(pixels))
        return made
