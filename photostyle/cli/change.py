"""The change of a photo that other programs are to make: found by a transfer now, or saved before."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from photostyle.cli import networks
from photostyle.cli.files import Files
from photostyle.errors import OptionError
from photostyle.events import ProgressCallback
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.photo import Photo
    from photostyle.regions import Regions

_NO_SOURCE = "give either a style, to solve now, or --transform, to use what run --save-transform wrote"


@dataclass(frozen=True)
class Change:
    """A photo, its result, and the regions that it was made with."""

    before: "Photo"
    after: "Photo"
    regions: "Regions"
    notes: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class Sources:
    """The files that a change is made from; a style to solve for, or a transform that is there already."""

    content: Path
    style: Path | None
    transform: Path | None
    content_mask: Path | None
    style_mask: Path | None

    @classmethod
    def of(
        cls,
        files: Files,
        content: str,
        style: str | None,
        transform: str | None,
        content_mask: str | None,
        style_mask: str | None,
    ) -> Self:
        """What was typed, as files of this machine, looked at as far as their first bytes.

        Raises:
            PhotostyleError: one is not there, or not what it should be.
        """
        sources = cls(
            content=files.photo(content, "content"),
            style=None if style is None else files.style(style),
            transform=None if transform is None else files.saved(transform, "transform", "transform"),
            content_mask=files.mask(content_mask, "content mask"),
            style_mask=files.mask(style_mask, "style mask"),
        )
        files.check_photos()
        return sources

    def check_networks(self, options: Options) -> None:
        """Fail now, not after the work, where a network is missing."""
        masked = self.content_mask is not None or self.transform is not None  # a transform has its masks
        networks.check_networks(options, masked=masked, style=self.style, style_mask=self.style_mask)

    def change(self, options: Options, callback: ProgressCallback) -> Change:
        """The photo before and after."""
        if self.style is not None:
            return _solved(self, self.style, options, callback)
        if self.transform is not None:
            return _rendered(self.content, self.transform, options)
        raise OptionError(_NO_SOURCE)


def check_one_source(style: str | None, transform: str | None) -> None:
    """Check that either a style or a transform was typed.

    Raises:
        OptionError: neither was, or both.
    """
    if (style is None) == (transform is None):
        raise OptionError(_NO_SOURCE)


def _solved(sources: Sources, style: Path, options: Options, callback: ProgressCallback) -> Change:
    """The change that a transfer finds now."""
    from photostyle.photo import read_photo
    from photostyle.story import transfer

    before = read_photo(sources.content)
    result = transfer(
        before,
        style,
        content_mask=sources.content_mask,
        style_mask=sources.style_mask,
        options=options,
        callback=callback,
    )
    title = f"{style.name} on {sources.content.name}"
    return Change(before, result.photo, result.content_regions, result.notes, title)


def _rendered(content: Path, path: Path, options: Options) -> Change:
    """The change that a saved transform makes."""
    from photostyle.prepared import prepare, prepare_whole
    from photostyle.session import Session
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    transform = load_transform(path)
    session = Session.shared(options)
    if transform.needs_regions:
        prepared = prepare(content, session=session, options=options)
    else:
        prepared = prepare_whole(content)
    applied = relight(prepared, transform, session=session, options=options)
    title = f"{transform.provenance.style or path.name} on {content.name}"
    return Change(prepared.photo, applied.photo, transform.regions_for(prepared), applied.notes, title)
