"""The desk: photos with their regions, and the transforms that were found; in memory, shared by all tabs."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import numpy as np

from photostyle.options import Amounts, Options
from photostyle.photo import Photo, shrunk
from photostyle.prepared import Prepared, prepare
from photostyle.session import Session
from photostyle.studio.drawing import Drawn
from photostyle.studio.latest import kept
from photostyle.studio.limits import StudioLimits
from photostyle.studio.live import LiveTiles
from photostyle.studio.masks import PaintedMask
from photostyle.studio.problems import NotThere
from photostyle.studio.shelf import Item, Shelf
from photostyle.studio.thumbnails import Thumbnails
from photostyle.transforms import RenderTarget, Transform
from photostyle.transforms.base import PlanesPreview

PREVIEWED = 2048  # pixels, the longest side of a preview


@dataclass(eq=False)
class Found:
    """A transform that was found, for which photo.

    Args:
        id: by which the page asks for it.
        transform: itself.
        content: the photo that it was found for.
        prepared: that photo with its regions, as they were; the photo itself at the size of previews, for it can be read again.
        notes: what the user should be told.
        previews: functions that draw it, by long side.
        full: what was drawn of it last at the photo's own size, with which amounts.
    """

    id: str
    transform: Transform
    content: Item
    prepared: Prepared
    notes: tuple[str, ...] = ()
    previews: dict[int, PlanesPreview] = field(default_factory=dict)
    full: tuple[Amounts, Drawn] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def drawn(self, amounts: Amounts, long_side: int) -> Drawn:
        """The result at a size."""
        with self.lock:
            if long_side not in self.previews:
                self.previews.clear()  # a window has one size at a time
                self.previews[long_side] = self.transform.preview_planes(self.prepared, long_side)
            draw = self.previews[long_side]
        return Drawn.of(draw(amounts).permute(1, 2, 0).numpy())


class Desk:
    """All that the studio holds.

    Args:
        shelf: the photos.
        session: device and networks.
        limits: how much is kept.
        segmenter: finds regions where none are painted.
    """

    def __init__(self, shelf: Shelf, session: Session, limits: StudioLimits, segmenter: str = "auto"):
        self.shelf = shelf
        self.thumbnails = Thumbnails(shelf, limits)
        self.session = session
        self.limits = limits
        self.segmenter = segmenter
        self.live = LiveTiles()
        self._painted: dict[tuple[str, tuple[int, ...]], PaintedMask] = {}
        self._prepared: OrderedDict[tuple[object, ...], Prepared] = OrderedDict()
        self._transforms: OrderedDict[str, Found] = OrderedDict()
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._preparing = threading.Lock()  # one photo at a time; what is drawn meanwhile does not wait

    def item(self, id: str) -> Item:
        """The photo of an id; raises NotThere."""
        return self.shelf.item(id)

    def photo(self, item: Item) -> Photo:
        """The photo, decoded; raises PhotoError."""
        return self.shelf.photo(item)

    def painted(self, item: Item) -> PaintedMask | None:
        """The mask that was painted for a photo, if any."""
        return self._painted.get((item.id, item.state))

    def paint(self, item: Item, mask: PaintedMask | None) -> None:
        """Keep a painted mask, or forget it: the regions are those that are found, again."""
        with self._lock:
            self._painted.pop((item.id, item.state), None)
            if mask is not None:
                self._painted[(item.id, item.state)] = mask

    def prepared(self, item: Item, role: str = "content") -> Prepared:
        """A photo with its regions: from the painted mask, refined along the photo's edges, else found. Made once.

        Raises:
            PhotostyleError: the photo, or its mask, cannot be used.
        """
        mask = self.painted(item)
        key = (item.id, item.state, id(mask))
        with self._preparing:
            if key not in self._prepared:
                self._prepared[key] = self._prepare(self.photo(item), mask, role)
            return kept(self._prepared, key, self.limits.prepared)

    def _prepare(self, photo: Photo, mask: PaintedMask | None, role: str) -> Prepared:
        options = Options(segmenter=self.segmenter)
        if mask is None:
            return prepare(photo, session=self.session, options=options, role=role)
        options = options.changed(hard_masks=mask.hard, feather=mask.feather or None)
        prepared = prepare(photo, mask.mask(), session=self.session, options=options, role=role)
        return replace(prepared, regions=mask.coloured(prepared.regions))

    def labels(self, item: Item) -> tuple[np.ndarray, PaintedMask | None]:
        """(h, w) uint8 labels of a photo's regions, and the painted mask that they are from, if any."""
        mask = self.painted(item)
        if mask is not None:
            return mask.labels, mask
        prepared = self.prepared(item)
        width, height = prepared.copy.photo.size
        regions = prepared.regions.resized((height, width))
        return regions.labels().to("cpu").numpy().astype(np.uint8), None

    def keep(self, transform: Transform, content: Item, prepared: Prepared, notes: tuple[str, ...]) -> Found:
        """Keep a transform that was found; of more than the limit, the oldest go."""
        small = replace(prepared, photo=shrunk(prepared.photo, PREVIEWED))
        found = Found(secrets.token_hex(8), transform, content, small, notes)
        with self._lock:
            self._transforms[found.id] = found
            kept(self._transforms, found.id, self.limits.transforms)
        return found

    def found(self, id: str) -> Found:
        """The transform of an id.

        Raises:
            NotThere: there is none, or it is no longer kept.
        """
        with self._lock:
            if id not in self._transforms:
                raise NotThere("this result is not kept any more; solve again")
            return kept(self._transforms, id, self.limits.transforms)

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
                for other in list(self._transforms.values()):
                    other.full = None
                applied = found.transform.apply(self.at_full_size(found), amounts, target=RenderTarget(self.session.device))
                found.full = (amounts, Drawn.of(applied.photo.pixels))
            return found.full[1]
