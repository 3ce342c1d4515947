"""Clips in a batch: what holds for them and not for photos, and one clip in a worker."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.clip_files import is_clip
from photostyle.errors import OptionError
from photostyle.events import Progress

if TYPE_CHECKING:
    from photostyle.session import Session
    from photostyle.video.outcome import ClipResult

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


def relight_clip_of(
    job: Job, files: Mapping[str, str], target: Path, session: "Session", told: Callable[[str], None]
) -> "ClipResult":
    """Make the clip of a job. What is done of it lies beside its output until all is done, so that the next run goes on there.

    Args:
        job: whose content is a clip.
        files: the local file of each input.
        target: what is written, whole.
        session: the device and the networks.
        told: is told in a few words how far it is.
    """
    from photostyle.video.reading import VideoFile
    from photostyle.video.story import relight_clip
    from photostyle.video.wanted import Wanted

    found = None if job.transform_file is None else Path(files[job.transform_file])
    style: VideoFile | Path | None = None
    if found is None and job.options.settings.style_file() is None:
        style = Path(files[job.style])
        if is_clip(job.style):
            style = VideoFile(style)
    masks = None if job.content_mask is None else Path(files[job.content_mask])
    style_mask = files[job.style_mask] if job.style_mask else None
    wanted = Wanted(style, style_mask, masks, job.clip.steady, found)
    return relight_clip(
        Path(files[job.content]),
        wanted,
        target,
        going_by=None if remote.is_url(job.output) else Path(job.output),
        selection=job.clip.selection,
        wish=job.clip.wish,
        options=job.options.changed(settings=job.options.settings.with_photos_at(files.__getitem__)),
        session=session,
        callback=_now_and_then(told),
    )


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
