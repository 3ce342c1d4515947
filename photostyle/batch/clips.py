"""Clips in a batch: what holds for them and not for photos, and one clip in a worker."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.batch.messages import ClipStep
from photostyle.clip_files import is_clip
from photostyle.errors import OptionError
from photostyle.events import Progress

if TYPE_CHECKING:
    from photostyle.session import Session
    from photostyle.video.steps import SharedClip

METHODS = ("field", "network")  # that take clips
TOLD_EVERY = 1.0  # seconds between two words on how far a clip is


def check_clip_options(jobs: Sequence[Job], given: Mapping[str, Any], transform: str | None) -> None:
    """Refuse options that only clips have where there are photos.

    Args:
        jobs: the plan.
        given: the options of clips that are given for all of them, by name.
        transform: a saved transform of a clip that is given for all of them.

    Raises:
        OptionError: there are no clips; or there are photos, which could not take the transform.
    """
    names = [*given, *(["transform"] if transform is not None else [])]
    if names and not any(job.is_clip for job in jobs):
        name = names[0]
        raise OptionError(f"{name.replace('_', '-')} is for clips, and there are photos alone; leave it out", option=name)
    if transform is None:
        return
    for job in jobs:
        if not job.is_clip:
            raise OptionError(
                f"{job.content}: is a photo, and {transform} a transform of clips; leave it out", option="transform"
            )


def check_clips(jobs: Sequence[Job]) -> None:
    """Refuse what clips cannot be given, and clips where photos are needed.

    Raises:
        OptionError: one line for the first of them.
    """
    for job in jobs:
        if not job.is_clip:
            if is_clip(job.style):
                raise OptionError(f"{job.content}: is a photo, and its style {job.style} a clip; give a photo", option="style")
            for name in job.clip.given():
                raise OptionError(
                    f"{job.content}: is a photo, and {name.replace('_', '-')} is for clips; leave it out", option=name
                )
            continue
        if job.options.method not in METHODS:
            raise OptionError(
                f"{job.content}: a clip takes the method {' or '.join(METHODS)}, got {job.options.method}", option="method"
            )
        if job.clip.steady is not None and job.options.method == "field" and job.transform_file is None:
            raise OptionError(
                f"{job.content}: steady is for clips that a network paints; leave it out, or give a network", option="steady"
            )
        if job.style_mask is not None and is_clip(job.style):
            raise OptionError(f"{job.style}: is a clip, and a style's mask is of a photo; leave it out", option="style_mask")
        if any(value != "keep" for value in job.writing.values()):
            raise OptionError(
                f"{job.content}: is a clip, and depth, quality and metadata are of photos; give codec and crf", option="depth"
            )


def kinds_of(jobs: Sequence[Job]) -> str:
    """What the contents of jobs are called: "photos", "clips" or "photos and clips"."""
    clips = sum(job.is_clip for job in jobs)
    if not clips:
        return "photos"
    return "clips" if clips == len(jobs) else "photos and clips"


def shared_clip_of(job: Job, files: Mapping[str, str], target: Path, session: "Session") -> "SharedClip":
    """The clip of a job, opened. What is done of it lies beside its output until all is done, so that the next run goes on there.

    Args:
        job: whose content is a clip.
        files: the local file of each input.
        target: what is written, whole.
        session: the device and the networks.
    """
    from photostyle.video.reading import VideoFile
    from photostyle.video.steps import SharedClip
    from photostyle.video.wanted import Wanted

    found = None if job.transform_file is None else Path(files[job.transform_file])
    style: VideoFile | Path | None = None
    if found is None and job.options.settings.style_file() is None:
        style = Path(files[job.style])
        if is_clip(job.style):
            style = VideoFile(style)
    masks = None if job.content_mask is None else Path(files[job.content_mask])
    style_mask = files[job.style_mask] if job.style_mask else None
    return SharedClip.of(
        Path(files[job.content]),
        Wanted(style, style_mask, masks, job.clip.steady, found),
        target,
        going_by=None if remote.is_url(job.output) else Path(job.output),
        clip=job.clip,
        options=job.options.changed(settings=job.options.settings.with_photos_at(files.__getitem__)),
        session=session,
    )


@dataclass(frozen=True)
class ClipDone:
    """What a worker did of a clip.

    Args:
        notes: for the user.
        size: (width, height); None where it is not joined yet.
        segments: numbers of those that are to be rendered, where it is only prepared.
    """

    notes: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    segments: tuple[int, ...] = ()


def do_step(clip: "SharedClip", step: ClipStep | None, segments: Sequence[int], told: Callable[[str], None]) -> ClipDone:
    """Do one step of a clip; a clip that is prepared and has one segment, or none, left is finished at once.

    Args:
        clip: opened.
        step: which; None for all of them.
        segments: numbers of those to render.
        told: is told in a few words how far it is.
    """
    callback = _now_and_then(told)
    if step == "render":
        clip.render(segments, callback)
        return ClipDone()
    notes: tuple[str, ...] = ()
    if step != "join":
        prepared = clip.prepare(callback)
        if step == "prepare" and len(prepared.segments) > 1:
            return ClipDone(prepared.notes, segments=prepared.segments)
        clip.render(prepared.segments, callback)
        notes = prepared.notes
    result = clip.join(callback)
    return ClipDone((*notes, *result.notes), result.size)


def _now_and_then(told: Callable[[str], None]) -> Callable[[Progress], None]:
    """A callback that says how far a clip is, once a second at most."""
    last = 0.0

    def callback(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < TOLD_EVERY:
            return
        last = time.monotonic()
        told(f"{progress.stage} {progress.step}/{progress.total}" if progress.total else progress.stage)

    return callback
