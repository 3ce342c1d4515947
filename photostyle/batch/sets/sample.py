"""The sets of a plan: the photos that each is fitted to, and where its transform lies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from photostyle.batch.fingerprint import content_hash, options_fingerprint
from photostyle.batch.inputs import check_exists
from photostyle.batch.job import Job
from photostyle.batch.sets.solving import solve_in_process
from photostyle.errors import OptionError, PhotostyleError
from photostyle.events import Progress, ProgressCallback, ignore

SetMode = Literal["each", "shared", "anchor"]
SAMPLE = 12  # photos of a set that its transform is fitted to, taken evenly
VERSION = 6  # of the way a set is solved and its transform stored: another makes other transforms


def with_shared_transforms(
    jobs: Sequence[Job], mode: SetMode, folder: Path, anchor: str | None = None, callback: ProgressCallback = ignore
) -> list[Job]:
    """The jobs, each with the transform of its set; those of one style and options are a set.

    Args:
        jobs: the whole plan, so that every shard of it finds the same transforms.
        mode: "each" changes nothing.
        folder: where transforms are kept; one that is there already is not solved again.
        anchor: the photo that "anchor" solves; None for the first of each set.
        callback: told of the steps of each set that is solved.

    Raises:
        PhotostyleError: a set cannot be solved, there is no such anchor, or one is named for another mode.
    """
    if anchor is not None:
        if mode != "anchor":
            raise OptionError(
                f"an anchor is for set-mode anchor, got {mode}; choose that, or leave the anchor out", option="anchor"
            )
        check_exists(anchor, "anchor")
    if mode == "each":
        return list(jobs)
    for job in jobs:
        if job.is_clip:
            raise OptionError(f"{job.content}: is a clip, and set-mode {mode} is for photos; leave it out", option="set_mode")
    sets: dict[tuple[str, str | None, str], list[Job]] = {}
    for job in jobs:
        key = (job.style, job.style_mask, options_fingerprint(job.options))
        sets.setdefault(key, []).append(job)
    changed = []
    for number, members in enumerate(sets.values(), 1):
        name = "look of the set"
        if len(sets) > 1:
            name = f"look of set {number} of {len(sets)}"
        path = _transform_of(members, mode, folder, anchor, _named(callback, name))
        changed += [replace(job, transform_file=str(path)) for job in members]
    return changed


def _named(callback: ProgressCallback, name: str) -> ProgressCallback:
    """A callback that says of which set a stage is."""

    def told(progress: Progress) -> None:
        callback(replace(progress, stage=f"{name}: {progress.stage}"))

    return told


def _transform_of(jobs: Sequence[Job], mode: SetMode, folder: Path, anchor: str | None, callback: ProgressCallback) -> Path:
    """The file of a set's transform, solved if it is not there."""
    options = jobs[0].options
    if options.method != "field":
        raise OptionError(f"set-mode {mode} needs the method field, got {options.method}")
    if mode == "anchor":
        sample = [_anchor_of(jobs, anchor)]
    else:
        count = min(SAMPLE, len(jobs))
        sample = [jobs[i * len(jobs) // count] for i in range(count)]
    contents = [[_hash_if_readable(name) for name in job.inputs] for job in sample]
    key = json.dumps([VERSION, mode, options_fingerprint(options), contents])
    path = folder / f"field-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        solve_in_process(sample, path, callback)
    return path


def _anchor_of(jobs: Sequence[Job], anchor: str | None) -> Job:
    """The job whose photo is the anchor, which need not be one of the set; the first where none is named."""
    if anchor is None:
        return jobs[0]
    for job in jobs:
        if job.content == anchor:
            return job
    return replace(jobs[0], content=anchor, content_mask=None)


def _hash_if_readable(name: str) -> str | None:
    try:
        return content_hash(name)
    except PhotostyleError:
        return None  # what cannot be read is left out of the sample
