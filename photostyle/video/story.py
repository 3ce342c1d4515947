"""The story of a clip: read it, find its transform, give it to every frame, and join what was made."""

from pathlib import Path
from typing import Any

from photostyle import __version__
from photostyle.clip_options import Selection, Wish
from photostyle.events import CancelToken, ProgressCallback, Tell, ignore
from photostyle.look import Look
from photostyle.options import Options
from photostyle.photo import PhotoLike
from photostyle.session import Session
from photostyle.video.encoding import cannot_write
from photostyle.video.outcome import ClipPlan, ClipResult
from photostyle.video.pictures import PictureClip
from photostyle.video.reading import VideoFile
from photostyle.video.wanted import Wanted
from photostyle.video.work import Work


def relight_clip(
    content: VideoFile | PictureClip | Path | str,
    style: PhotoLike | Look | Wanted,
    output: Path | str,
    *,
    going_by: Path | None = None,
    selection: Selection = Selection(),  # noqa: B008 (frozen)
    wish: Wish = Wish(),  # noqa: B008 (frozen)
    options: Options | None = None,
    session: Session | None = None,
    callback: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    **changes: Any,
) -> ClipResult:
    """Give a clip the light of a photo; what is there at `output` is replaced once all is done.

    Args:
        content: the clip: a video's file, or a `VideoFile` or `PictureClip`.
        style: a photo, or a look; or what is wanted of other kinds: another clip, masks by hand, a network, a saved transform.
        output: a video's file, whose ending says which container; or a printf pattern, such as frames/%04d.png, for pictures; or
            a folder for a sequence of pictures.
        going_by: the file beside which what is done lies until all is done, where `output` is a name for a while only.
        selection: which frames are written, and at which size.
        wish: how they are encoded.
        options: as for a photo; `changes` are options by name.
        session: the device and the networks; None for those that the process shares.
        callback: told of each step.
        cancel: a token that stops the work from another thread. What is done stays beside the output, and the same call goes on
            there.

    Raises:
        PhotostyleError: the clip cannot be read, changed or written; one line that says what to do.
    """
    wanted = style if isinstance(style, Wanted) else Wanted(style)
    options = (options or Options()).changed(**changes)
    tell = Tell(callback, cancel)
    with tell.stage("read"):
        clip = VideoFile(Path(content)) if isinstance(content, str | Path) else content
        work = Work.of(clip, Path(output), str(output), selection, wish, going_by)
    try:
        with work.folder.opened(job_of(work, wanted, options)):
            result = _done(work, wanted, options, session, tell)
        work.folder.remove()
    except OSError as error:
        raise cannot_write(Path(output), error) from error
    return result


def job_of(work: Work, wanted: Wanted, options: Options) -> dict[str, Any]:
    """All that decides what the segments of a clip are."""
    return {**work.job(), "style": wanted.key(), "options": options.as_dict(), "version": __version__}


def _done(work: Work, wanted: Wanted, options: Options, session: Session | None, tell: Tell) -> ClipResult:
    """Do what is left to do."""
    pending, kept, notes = work.pending(), work.kept(), work.notes()
    seconds: dict[str, float] = {}
    if pending:
        transform = work.transform(wanted, options, session, tell)
        if transform is not None:
            notes += transform.notes
        seconds = work.render(pending, transform, options.amounts, tell)
    frames, more = work.finish(tell)
    return work.result(frames, kept, {**tell.seconds, **seconds}, [*notes, *more])


def plan_of(clip: VideoFile | PictureClip, output: str, selection: Selection, wish: Wish) -> ClipPlan:
    """What `relight_clip` would make; args and errors as there."""
    work = Work.of(clip, Path(output), output, selection, wish)
    frames = len(range(work.start, work.stop, selection.every))
    if work.encoding is None:
        return ClipPlan(frames, work.size, "", "", ())
    return ClipPlan(frames, work.size, work.encoding.encoder, work.encoding.coding.name, work.encoding.notes)
