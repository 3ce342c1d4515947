"""A photo through the transform of its set."""

from photostyle.options import Options
from photostyle.photo import Photo
from photostyle.prepared import prepare
from photostyle.session import Session
from photostyle.transforms import RenderTarget, Transform


def apply_to_member(
    photo: Photo, mask: str | None, transform: Transform, options: Options, session: Session
) -> tuple[Photo, tuple[str, ...]]:
    """A photo of a set through the set's transform, by the names of its own regions.

    Args:
        photo: at its own size.
        mask: its mask; None to find its regions.
        transform: of the set.
        options: of which amounts, protected regions and segmenter are used.
        session: the device and the networks.

    Returns:
        The photo, and notes: which of its regions the set's sample did not show, among others.
    """
    prepared = prepare(photo, mask, session=session, options=options)
    names = prepared.regions.names
    protected = [name for name in options.protect if name in names]
    amounts = options.amounts.of_regions(names).protecting(protected)
    applied = transform.apply(prepared, amounts, target=RenderTarget(session.device))
    return applied.photo, (*photo.notes, *prepared.regions.notes, *applied.notes)
