"""What a clip is to look like: a photo, a look, another clip, a trained network, or what was found for a clip before."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photostyle.errors import FileError, OptionError
from photostyle.events import Tell
from photostyle.look import Look
from photostyle.methods.network import NetworkOptions
from photostyle.options import Options
from photostyle.photo import PhotoLike
from photostyle.prepared import Prepared, prepare
from photostyle.regions import MaskLike
from photostyle.session import Session
from photostyle.story import look_or_photo
from photostyle.transforms.file import read_transform
from photostyle.video.clip import ClipSource, clip_digest
from photostyle.video.fitting import fit_clip
from photostyle.video.hand_masks import masks_by_hand
from photostyle.video.painting import ClipPainting
from photostyle.video.painting_file import KIND as PAINTING
from photostyle.video.painting_file import load_painting, save_painting
from photostyle.video.reading import VideoFile
from photostyle.video.reuse import look_of_clip, reuse_clip
from photostyle.video.segments import identity_of
from photostyle.video.transform import ClipLight, load_clip_light

FoundForClip = ClipLight | ClipPainting


@dataclass(frozen=True)
class Wanted:
    """What a clip is to look like.

    Args:
        style: a photo, the look of one, or another clip; None where a network or a saved transform says it.
        style_mask: of a style that is a photo, by hand.
        masks: a folder of masks by hand for frames of the clip, see `masks_by_hand`.
        steady: of a network: how much the paintings of earlier frames count against a frame's own, 0 to 1; None for 1, or
            for what was saved.
        found: the file of what was found for a clip, to be used in place of a style.
        save: where to write what is found; None for nowhere.
    """

    style: PhotoLike | Look | VideoFile | None = None
    style_mask: MaskLike | None = None
    masks: Path | None = None
    steady: float | None = None
    found: Path | None = None
    save: Path | None = None

    def key(self) -> list[Any]:
        """By what it is known again in a run that goes on."""
        style = self.style.path if isinstance(self.style, VideoFile) else self.style
        masks = sorted(path for path in self.masks.rglob("*") if path.is_file()) if self.masks else ()
        files = [style, self.style_mask, self.found, *masks]
        return [self.steady, *(_identity(each) for each in files)]

    def fit(
        self, clip: ClipSource, options: Options, session: Session, tell: Tell, start: int, stop: int, keep: Path
    ) -> FoundForClip:
        """Find it for a clip; args and errors as of `fit_clip`."""
        self._check(options)
        masks = None if self.masks is None else masks_by_hand(self.masks, clip, keep / "masks")
        found: FoundForClip
        if self.found is not None:
            found = self._found_before(self.found, clip, masks, options, session, tell, start, stop)
        else:
            found = fit_clip(
                clip,
                self._style(options, session),
                options=options,
                session=session,
                tell=tell,
                start=start,
                stop=stop,
                keep=keep,
                masks=masks,
                steady=1.0 if self.steady is None else self.steady,
            )
        self._check_steady(isinstance(found, ClipPainting))
        if self.save is not None:
            save_clip_transform(found, self.save)
        return found

    def _found_before(
        self,
        path: Path,
        clip: ClipSource,
        masks: Mapping[int, MaskLike] | None,
        options: Options,
        session: Session,
        tell: Tell,
        start: int,
        stop: int,
    ) -> FoundForClip:
        """What was saved of a clip, for this one."""
        if read_transform(path).transform == PAINTING:
            if masks is not None:
                raise OptionError("a network paints whole frames; leave the masks out", option="content_masks")
            return load_painting(path, clip, session=session, tell=tell, start=start, stop=stop, steady=self.steady)
        self._check_steady(is_network=False)
        before = load_clip_light(path, str(session.device))
        if before.made_for.startswith(clip_digest(clip, start, stop)) and masks is None:
            return before
        if not any(look.sample for shot in before.shots for look in shot.looks):
            raise FileError(f"{path}: is what a network found for another clip; give the network itself to this one")
        return reuse_clip(before, clip, options=options, session=session, tell=tell, start=start, stop=stop, masks=masks)

    def _style(self, options: Options, session: Session) -> PhotoLike | Prepared | Look | None:
        if isinstance(self.style, VideoFile):
            return look_of_clip(self.style, options=options, session=session)
        if self.style is None:
            return None
        style = look_or_photo(self.style, self.style_mask)
        if self.style_mask is None or isinstance(style, Look | Prepared):
            return style
        return prepare(style, self.style_mask, session=session, options=options, role="style")

    def _check(self, options: Options) -> None:
        """An OptionError for what has no meaning together."""
        is_network = isinstance(options.settings, NetworkOptions)
        if is_network and self.masks is not None:
            raise OptionError("a network paints whole frames; leave the masks out", option="content_masks")
        if self.found is not None and is_network:
            raise OptionError("a saved transform and a network are both given; leave one out", option="transform")
        if isinstance(self.style, VideoFile) and self.style_mask is not None:
            raise OptionError(
                f"{self.style.name}: is a clip, and a style's mask is of a photo; leave it out", option="style_mask"
            )
        if self.found is None:
            self._check_steady(is_network)
        other = "saved transform" if self.found is not None else options.settings.style_file()
        if other is not None and self.style is not None:
            raise OptionError(f"the look is that of the {other}, and a style is given too; leave one out", option="style")

    def _check_steady(self, is_network: bool) -> None:
        if self.steady is not None and not is_network:
            raise OptionError("steady is for clips that a network paints; none does here; leave it out", option="steady")


def _identity(thing: Any) -> Any:
    if isinstance(thing, str | Path) and Path(thing).exists():
        return identity_of(Path(thing))
    return None if thing is None else repr(thing)


def save_clip_transform(found: FoundForClip, path: Path) -> None:
    """Write what was found for a clip, of either kind.

    Raises:
        FileError: the file cannot be written.
    """
    if isinstance(found, ClipPainting):
        save_painting(found, path)
    else:
        found.save(path)


def load_found(path: Path, clip: ClipSource, session: Session, tell: Tell, start: int, stop: int) -> FoundForClip:
    """Read what `save_clip_transform` wrote for this clip.

    Raises:
        FileError: there is no such file, or it is broken.
    """
    if read_transform(path).transform == PAINTING:
        return load_painting(path, clip, session=session, tell=tell, start=start, stop=stop)
    return load_clip_light(path, str(session.device))
