"""Outputs that cannot be written as they are named: over an input, or two of them into one file."""

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.clip_files import CONTAINERS
from photostyle.errors import OptionError
from photostyle.photo.writing import check_format


def check_outputs(jobs: Sequence[Job]) -> None:
    """Refuse outputs that no format writes, that are inputs, or that two jobs share on some file system.

    Raises:
        OptionError, PhotoError: one line for the first of them.
    """
    input_places = set()
    input_inodes = set()
    for job in jobs:
        for name in job.inputs:
            input_places.add(_place(name))
            input_inodes.add(_inode(name))
    input_inodes.discard(None)
    taken: dict[str, Job] = {}
    for job in jobs:
        name = job.output
        if remote.is_url(name):
            name = PurePosixPath(name).name
        if not job.is_clip:
            check_format(Path(name), depth=job.writing.get("depth", "keep"))
        elif PurePosixPath(name).suffix.lower() not in CONTAINERS:
            raise OptionError(
                f"{job.output}: is no kind of video that is written; give a .mp4, .mov, .mkv or .webm", option="output"
            )
        place = _place(job.output)
        if place in input_places or _inode(job.output) in input_inodes:
            text = f"{job.output}: is also an input, and inputs are never replaced; give another output"
            raise OptionError(text, option="output")
        other = taken.setdefault(_without_case(place), job)
        if other is not job:
            raise OptionError(_collision(job, other))


def _collision(job: Job, other: Job) -> str:
    if other.content == job.content:
        photos = f"{job.content} with two styles"
        advice = "add {style} to the template"
    else:
        photos = f"{other.content} and {job.content}"
        advice = "add {reldir}, {ext} or {style} to the template"
    if job.output == other.output:
        return f"{photos} would both be written to {job.output}; {advice}"
    outputs = f"{other.output} and {job.output}, which are one file where case does not count"
    return f"{photos} would be written to {outputs}; {advice}"


def _place(name: str) -> str:
    if remote.is_url(name):
        return name
    return os.path.realpath(name)


def _without_case(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _inode(name: str) -> tuple[int, int] | None:
    try:
        facts = os.stat(name)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
