"""What every transform is: found once for a photo, given to it at any strength, previewed, saved."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import OptionError, PhotoError
from photostyle.options import Amounts, RegionAmounts
from photostyle.photo import Photo, PhotoLike, shrunk
from photostyle.prepared import Identity, Prepared, planes, prepare_whole
from photostyle.regions import Pair, Regions
from photostyle.regions.labels import optional_names
from photostyle.transforms.clipping import Clipped
from photostyle.transforms.file import TransformFile, write_transform

Preview = Callable[[Amounts], np.ndarray]
PlanesPreview = Callable[[Amounts], Tensor]
PREVIEW_SIZE = 900  # long side in pixels


@dataclass(frozen=True)
class RenderTarget:
    """Where a transform is rendered.

    Args:
        device: that computes; the photo stays where it is.
        in_place: whether the result takes the memory of the photo's own pixels, which are then gone.
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    in_place: bool = False


@dataclass(frozen=True)
class Provenance:
    """What a transform says of its making.

    Args:
        method: that found it.
        pairs: which region of the content took from which of the style.
        style: what the style was, for people: the name of its file, or that it was a look.
        encoder: name of the encoder that measured style; "" for none.
        size: (width, height) of the photo that it was found for.
        content: name of that photo's file, if it has one.
        identity: by which that photo is known again; None where that is not known, or does not matter.
        hard_masks: whether masks are used exactly as they are.
    """

    method: str = ""
    pairs: tuple[Pair, ...] = ()
    style: str = ""
    encoder: str = ""
    size: tuple[int, int] = (0, 0)
    content: str = ""
    identity: Identity | None = None
    hard_masks: bool = False

    @classmethod
    def of(cls, content: Prepared, method: str, pairs: Sequence[Pair] = (), **facts: Any) -> Self:
        """The provenance of a transform that a method found for a prepared photo; `facts` are fields by name."""
        photo = content.photo
        return cls(method, tuple(pairs), size=photo.size, content=photo.file.name, identity=content.identity, **facts)

    def spared(self, amounts: RegionAmounts, names: Sequence[str]) -> RegionAmounts:
        """Amounts by region, in the order of the names, with none for regions that are protected."""
        protected = {pair.content for pair in self.pairs if pair.kind == "protected"}
        strength = tuple(0.0 if name in protected else amount for name, amount in zip(names, amounts.strength, strict=True))
        return replace(amounts, strength=strength)


@dataclass(frozen=True)
class Applied:
    """A photo that a transform was given to, what clips in it, and what the user should be told."""

    photo: Photo
    clipped: Clipped = Clipped()
    notes: tuple[str, ...] = ()


class Transform(ABC):
    """A change of a photo, found once and applied at any strength.

    A subclass says what kind of transform it is (`kind`, the name in its file), by which regions it goes (`regions_for`),
    how it is rendered at a photo's own size (`render`) and in a preview (`previewer`), and what goes into its file
    (`stored`, `restored`).

    Attributes:
        provenance: how it was found.
        needs_regions: whether a photo has to bring its own regions; else the transform has them.
    """

    kind: ClassVar[str]
    needs_regions: ClassVar[bool] = False
    provenance: Provenance

    def apply(
        self,
        content: Prepared | PhotoLike,
        amounts: Amounts = Amounts(),  # noqa: B008 (frozen)
        *,
        target: RenderTarget | None = None,
        force: bool = False,
    ) -> Applied:
        """The photo, changed.

        Args:
            content: the photo that the transform was found for, at any size.
            amounts: how much of the change to give.
            target: where to render; None for the CPU, with the photo left as it is.
            force: accept another photo than the one that the transform was found for.

        Raises:
            PhotoError: it is another photo, which would get the first one's masks.
            OptionError: the amounts name a region that is not there.
        """
        _check_amounts(amounts)
        prepared = as_prepared(content)
        notes = (*self._fit_notes(prepared, force), *self.notes_for(prepared))
        names = self.regions_for(prepared).names
        by_region = amounts.by_region(names, optional_names(names))
        if amounts.change_nothing:
            return Applied(prepared.photo, notes=notes)
        pixels, clipped = self.render(prepared, by_region, target or RenderTarget())
        return Applied(prepared.photo.with_pixels(pixels), clipped, (*notes, *clipped.notes))

    def preview(self, content: Prepared | PhotoLike, long_side: int = PREVIEW_SIZE, *, force: bool = False) -> Preview:
        """A function of the amounts that draws a small picture of the result, quick enough for a slider.

        Args:
            content: as for `apply`.
            long_side: of the picture, in pixels, where the photo is larger.
            force: as for `apply`.

        Returns:
            A function: `Amounts` -> (h, w, 3) uint8, sRGB.
        """
        drawn = self.preview_planes(content, long_side, force=force)

        def picture(amounts: Amounts = Amounts()) -> np.ndarray:  # noqa: B008 (frozen)
            codes = drawn(amounts).clamp(0, 1).mul(255).round().to(torch.uint8)
            return np.ascontiguousarray(codes.permute(1, 2, 0).numpy())

        return picture

    def preview_planes(
        self, content: Prepared | PhotoLike, long_side: int = PREVIEW_SIZE, *, force: bool = False
    ) -> PlanesPreview:
        """As `preview`, a function `Amounts` -> (3, h, w) float32, which may lie outside [0, 1] where the photo does."""
        if isinstance(long_side, bool) or not isinstance(long_side, int) or long_side < 1:
            raise OptionError(f"long_side must be a whole number of pixels from 1 up, got {long_side!r}")
        prepared = as_prepared(content)
        self._fit_notes(prepared, force)
        small = planes(np.ascontiguousarray(shrunk(prepared.photo, long_side).pixels))
        names = self.regions_for(prepared).names
        draw = self.previewer(prepared, small)

        def drawn(amounts: Amounts) -> Tensor:
            _check_amounts(amounts)
            by_region = amounts.by_region(names, optional_names(names))
            if amounts.change_nothing:
                return small
            return draw(by_region)

        return drawn

    def save(self, path: Path | str) -> None:
        """Write the transform; an older file stays whole until the new one is complete.

        Raises:
            FileError: the file cannot be written.
        """
        write_transform(path, self.stored())

    def notes_for(self, content: Prepared) -> tuple[str, ...]:
        """What is to be said of a photo that the transform is given to."""
        return ()

    @abstractmethod
    def regions_for(self, content: Prepared) -> Regions:
        """The regions by which a photo is changed, and that amounts may name."""

    @abstractmethod
    def render(self, content: Prepared, amounts: RegionAmounts, target: RenderTarget) -> tuple[np.ndarray, Clipped]:
        """(H, W, 3) float32 at the photo's own size, and what clips."""

    @abstractmethod
    def previewer(self, content: Prepared, pixels: Tensor) -> Callable[[RegionAmounts], Tensor]:
        """A function that draws a small copy (3, h, w) of the photo as the amounts have it.

        The copy is a view of (h, w, 3) in memory; what is drawn is quickest to show if it is one too.
        """

    @abstractmethod
    def stored(self) -> TransformFile:
        """What goes into its file."""

    @classmethod
    @abstractmethod
    def restored(cls, file: TransformFile) -> Self:
        """The transform of a file.

        Raises:
            ValueError: the file is broken; says how.
        """

    def _fit_notes(self, content: Prepared, force: bool) -> tuple[str, ...]:
        """What is to be said where the photo has another shape, or is another one; raises unless that is asked for."""
        made = self.provenance
        if made.size == (0, 0):
            return ()
        own = made.content or "another photo"
        notes: tuple[str, ...] = ()
        another = made.identity is not None and not made.identity.matches(content.identity)
        if another and force:
            notes = (f"the masks are those of {own}, for which the transform was found",)
        elif another:
            raise PhotoError(
                f"{content.photo.file.name or 'the photo'}: the transform was found for {own} and has its masks, "
                "and this is another photo; fit one to this photo, or force it",
                option="force",
            )
        if _same_shape(content.photo.size, made.size):
            return notes
        width, height = made.size
        return (
            *notes,
            f"the transform was found for a photo of {width} x {height}; this one has another shape",
        )

    def __repr__(self) -> str:
        made = self.provenance
        return f"{type(self).__name__}(found by {made.method} for {made.content or 'a photo'}, from {made.style or 'a photo'})"


def _check_amounts(amounts: Amounts) -> None:
    if not isinstance(amounts, Amounts):
        raise OptionError(f"amounts must be an Amounts, got {amounts!r}; give Amounts(strength=0.5), for example")


def as_prepared(content: Prepared | PhotoLike) -> Prepared:
    """A prepared photo as it is; anything else opened, as one region."""
    if isinstance(content, Prepared):
        return content
    return prepare_whole(content)


def _same_shape(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) have one aspect, up to a pixel of rounding."""
    return abs(size[0] * other[1] - size[1] * other[0]) <= max(*size, *other)
