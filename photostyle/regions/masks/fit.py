"""Whether a mask belongs to its photo, by their shapes."""

from photostyle.errors import MaskError
from photostyle.regions.masks.origin import Origin

Size = tuple[int, int]  # (width, height) in pixels

_ASPECT = 0.015  # how far the aspect of a mask may be from its photo's
_ROUNDING = 2  # pixels by which a scaled mask may miss its photo's shape


def check_fit(origin: Origin, mask_size: Size, photo_size: Size) -> list[str]:
    """Notes on a mask of another size than its photo; both sizes are (width, height).

    Raises:
        MaskError: when its shape differs.
    """
    if tuple(mask_size) == tuple(photo_size):
        return []
    came = f"{mask_size[0]} x {mask_size[1]}"
    wanted = f"{photo_size[0]} x {photo_size[1]}"
    if not _alike(mask_size, photo_size):
        raise MaskError(
            f"{origin.subject} is {came} but its photo is {wanted}, another shape; "
            "make the mask on the photo as it is, not cropped or turned"
        )
    return [f"{origin.short}: resized from {came} to the photo's {wanted}"]


def _alike(mask_size: Size, photo_size: Size) -> bool:
    """Whether one size is the other, scaled and rounded."""
    mask_width, mask_height = mask_size
    width, height = photo_size
    if max(abs(mask_width - width), abs(mask_height - height)) <= _ROUNDING:
        return True
    aspect = mask_width * height / (mask_height * width)
    if abs(aspect - 1) <= _ASPECT:
        return True
    off_in_width = abs(mask_width * height / mask_height - width)
    off_in_height = abs(mask_height * width / mask_width - height)
    return min(off_in_width, off_in_height) <= _ROUNDING
