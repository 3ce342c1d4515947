"""The desk: photos with their regions, and the transforms that were found; shared by all tabs."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from photostyle.options import Amounts, Options
from photostyle.photo import Photo, shrunk
from photostyle.prepared import Prepared, prepare
from photostyle.registry import find_method
from photostyle.session import Session
from photostyle.studio.drawing import Drawn
from photostyle.studio.kept_masks import KeptMasks
from photostyle.studio.kept_transforms import PREVIEWED, Found, KeptTransforms
from photostyle.studio.latest import kept
from photostyle.studio.limits import StudioLimits
from photostyle.studio.live import LiveTiles
from photostyle.studio.masks import PaintedMask
from photostyle.studio.painted_over import painted_over
from photostyle.studio.problems import NotKept, NotThere
from photostyle.studio.shelf import Item, Shelf, pixels_of
from photostyle.studio.thumbnails import Thumbnails
from photostyle.studio.works import Works
from photostyle.transforms import RenderTarget, Transform

__all__ = ["PREVIEWED", "Desk", "Found", "looks_for_regions"]


class Holder(Protocol):
    """Something that needs photos that were brought, and transforms, by their ids."""

    def photos(self) -> set[str]: ...

    def transforms(self) -> set[str]: ...


class Desk:
    """All that the studio holds.

    Args:
        shelf: the photos.
        session: device and networks.
        limits: how much is kept.
        segmenter: finds regions where none are painted.

    Attributes:
        holders: say of which photos that were brought, and of which transforms, the files stay.
        opened: what is to be open when the page begins: ids of `content` and `style`, and notes; None for the latest pair.
    """

    def __init__(self, shelf: Shelf, session: Session, limits: StudioLimits, segmenter: str = "auto"):
        self.shelf = shelf
        self.thumbnails = Thumbnails(shelf, limits)
        self.masks = KeptMasks(shelf.room)
        self.works = Works(shelf.room)
        self.holders: list[Holder] = [self.works]
        self.session = session
        self.limits = limits
        self.segmenter = segmenter
        self.opened: dict[str, Any] | None = None
        self.live = LiveTiles()
        self._prepared: OrderedDict[tuple[object, ...], Prepared] = OrderedDict()
        self._transforms = KeptTransforms(shelf.room, limits.transforms)
        self._preparing = threading.RLock()  # one photo at a time; what is drawn meanwhile does not wait
        self._drawing = threading.Lock()
        self.exporting = threading.Lock()  # one photo at its own size at a time, for its memory

    def item(self, id: str) -> Item:
        """The photo of an id; raises NotThere."""
        return self.shelf.item(id)

    def photo(self, item: Item) -> Photo:
        """The photo, decoded; raises PhotoError."""
        return self.shelf.photo(item)

    def painted(self, item: Item) -> PaintedMask | None:
        """The mask that was painted for a photo, if any."""
        return self._mask_of(item)[0]

    def mask_note(self, item: Item) -> str | None:
        """A line where a photo was renamed or changed since its mask was painted."""
        return self._mask_of(item)[1]

    def _mask_of(self, item: Item) -> tuple[PaintedMask | None, str | None]:
        return self.masks.of(self.shelf.digest(item), _own_name(item), lambda: self.photo(item))

    def paint(self, item: Item, mask: PaintedMask | None, after: str | None = None) -> None:
        """Keep a painted mask, or forget it: the regions are those that are found, again; `after` as in `KeptMasks.put`."""
        self.masks.put(self.shelf.digest(item), _own_name(item), self.photo(item), mask, after)

    def prepared(self, item: Item, role: str = "content", options: Options | None = None) -> Prepared:
        """A photo with its regions: from the painted mask, refined along the photo's edges, else found. Made once.

        Args:
            item: the photo.
            role: "content" or "style", for messages.
            options: of a solve: how large it works, and whether it looks for regions; None for the usual ones.

        Raises:
            PhotostyleError: the photo, or its mask, cannot be used.
        """
        return self._prepared_by(item, self.painted(item), role, options or Options())

    def _prepared_by(self, item: Item, mask: PaintedMask | None, role: str, options: Options) -> Prepared:
        """A photo with the regions of a mask, or with those that are found. Made once."""
        segmenter = self.segmenter
        if not looks_for_regions(options):
            segmenter = "none"
        options = Options(options.method, options.settings, segmenter=segmenter)
        key = (item.id, item.state, mask and mask.key, segmenter, options.settings.working_size())
        limits = self.limits
        with self._preparing:
            if key not in self._prepared:
                self._prepared[key] = self._prepare(item, mask, role, options)
            return kept(self._prepared, key, limits.prepared, lambda prepared: pixels_of(prepared.photo), limits.pixels)

    def _prepare(self, item: Item, mask: PaintedMask | None, role: str, options: Options) -> Prepared:
        photo = self.photo(item)
        if mask is None:
            return prepare(photo, session=self.session, options=options, role=role)
        options = options.changed(hard_masks=mask.hard, feather=mask.feather or None, segmenter=self.segmenter)
        if mask.found is not None:
            found = prepare(photo, session=self.session, options=options, role=role)
            return replace(found, regions=painted_over(mask, found.regions, found.copy, self.session))
        prepared = prepare(photo, mask.mask(), session=self.session, options=options, role=role)
        return replace(prepared, regions=mask.coloured(prepared.regions))

    def found_labels(self, item: Item) -> tuple[np.ndarray, tuple[str, ...]]:
        """(h, w) uint8 labels of the regions that are found in a photo, whatever was painted; and their names."""
        prepared = self._prepared_by(item, None, "content", Options())
        return _labels_of(prepared), prepared.regions.names

    def labels(self, item: Item) -> tuple[np.ndarray, PaintedMask | None]:
        """(h, w) uint8 labels of a photo's regions, and the painted mask that they are from, if any."""
        mask = self.painted(item)
        if mask is not None:
            return mask.labels, mask
        return _labels_of(self.prepared(item)), None

    def keep(self, transform: Transform, content: Item, prepared: Prepared, notes: tuple[str, ...]) -> Found:
        """Keep a transform that was found, as its file has it; of more than the limit, the oldest go."""
        self._transforms.forget_but({id for holder in self.holders for id in holder.transforms()})
        small = replace(prepared, photo=shrunk(prepared.photo, PREVIEWED))
        return self._transforms.add(transform, content, self.shelf.digest(content), small, notes)

    def forget_transform(self, id: str) -> None:
        """Remove a transform."""
        self._transforms.forget(id)

    def forget_photo(self, item: Item) -> None:
        """Remove a photo that was brought, with its mask where no other is of the same file."""
        digest = self.shelf.digest(item)
        self.shelf.forget(item)
        if self.shelf.with_digest(digest) is None:
            self.masks.forget(digest)

    def has_transform(self, id: str) -> bool:
        """Whether a transform is still kept."""
        return self._transforms.facts(id) is not None and self._transforms.data(id) is not None

    def transform_file(self, id: str) -> tuple[bytes, dict[str, Any]]:
        """The file of a transform and what is known of it.

        Raises:
            NotThere: it is not kept any more.
        """
        facts, data = self._transforms.facts(id), self._transforms.data(id)
        if facts is None or data is None:
            raise NotThere("this result is not kept any more; solve again")
        return data, facts

    def put_transform(self, id: str, data: bytes, facts: Mapping[str, Any]) -> None:
        """Keep a transform of a project; raises FileError where it is none."""
        self._transforms.put_file(id, data, facts)

    def found(self, id: str) -> Found:
        """The transform of an id.

        Raises:
            NotThere: there is none, or it is no longer kept.
        """
        return self._transforms.of(id, self._photo_with_digest)

    def _photo_with_digest(self, digest: str, name: str) -> tuple[Item, Photo]:
        item = self.shelf.with_digest(digest, name)
        if item is None:
            raise NotThere(f"{name} is not here as it was when it was solved; bring it, or solve again")
        return item, self.photo(item)

    def forget_all(self) -> None:
        """Begin anew: all that was painted, chosen, solved and brought goes."""
        self.works.forget_all()
        self.masks.forget_all()
        self._transforms.forget_all()
        self.shelf.forget_brought()

    def close(self) -> None:
        """Photos that were brought, and belong to nothing that is kept, go; so does a temporary room."""
        wanted = {id for holder in self.holders for id in holder.photos()}
        with suppress(NotKept):  # a full disk
            self.shelf.forget_brought(lambda item: item.id in wanted)
        self.shelf.room.close()

    def at_full_size(self, found: Found) -> Prepared:
        """The photo of a transform at its own size, with the regions as they were.

        Raises:
            NotThere: its file has gone or changed.
        """
        item = self.item(found.content.id)
        if item.state != found.content.state:
            raise NotThere(f"{item.name} has changed on disk since it was solved; solve again")
        return replace(found.prepared, photo=self.photo(item))

    def drawn_in_full(self, found: Found, amounts: Amounts) -> Drawn:
        """The result at the photo's own size, as it is saved; the last one is kept, of one transform at a time.

        Raises:
            NotThere: the photo's file has gone or changed.
        """
        with self._drawing:
            if found.full is None or found.full[0] != amounts:
                for other in self._transforms.latest():
                    other.full = None
                applied = found.transform.apply(self.at_full_size(found), amounts, target=RenderTarget(self.session.device))
                found.full = (amounts, Drawn.of(applied.photo.pixels))
            return found.full[1]


def looks_for_regions(options: Options) -> bool:
    """Whether regions are looked for: a method may work on the whole photo, unless the options name regions of it."""
    return find_method(options.method).finds_regions or bool(options.pairs or options.ignore or options.protect)


def _labels_of(prepared: Prepared) -> np.ndarray:
    """(h, w) uint8 labels of a prepared photo's regions."""
    width, height = prepared.copy.photo.size
    regions = prepared.regions.resized((height, width))
    return regions.labels().to("cpu").numpy().astype(np.uint8)


def _own_name(item: Item) -> str:
    """The name of a photo that lies in the folder; "" for one that was brought, since browsers give many the same."""
    return "" if item.brought else item.name
