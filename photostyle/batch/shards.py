"""A part of a plan for each of several machines, named by hand or by the scheduler that started them."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from photostyle.batch.job import Job
from photostyle.errors import OptionError


@dataclass(frozen=True)
class Shard:
    """The `index`-th, from 0, of `count` parts."""

    index: int
    count: int

    def of(self, jobs: Sequence[Job]) -> list[Job]:
        """Its jobs. Which shard a photo belongs to depends on its output alone, so that more photos move none."""
        return [job for job in jobs if _number(job.output) % self.count == self.index]

    def __str__(self) -> str:
        return f"{self.index}-of-{self.count}"


def parse_shard(text: str | None, environ: Mapping[str, str] = os.environ) -> Shard | None:
    """The shard of a text, or of the array job that this process belongs to.

    Args:
        text: "i/N" with i from 0; "auto/N" or "auto", i and N from the environment; "none"; None is "auto" in an array
            job, else "none".
        environ: SLURM_ARRAY_TASK_ID, _MIN and _COUNT; or JOB_COMPLETION_INDEX (Kubernetes), which comes with no count.

    Raises:
        OptionError: it is no such text, or the environment does not say.

    >>> str(parse_shard("3/8"))
    '3-of-8'
    """
    index, count = _array_job(environ)
    if text == "none" or (text is None and index is None):
        return None
    match = re.fullmatch(r"(auto|\d+)(?:/(\d+))?", text or "auto")
    if not match or (match[1] != "auto" and match[2] is None):
        raise OptionError(f"shard must be i/N with i from 0, auto, auto/N or none, got {text!r}")
    if match[1] != "auto":
        index = int(match[1])
    if match[2]:
        count = int(match[2])
    if index is None:
        raise _not_told("SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX")
    if count is None:
        raise _not_told("the number of shards")
    if not 0 <= index < count:
        text = f"shard {index}/{count}: i must be from 0 to {count - 1}; of a part of an array, give i/N"
        raise OptionError(text, option="shard")
    return Shard(index, count)


def _not_told(missing: str) -> OptionError:
    return OptionError(f"shard auto: the environment does not give {missing}; give i/N, auto/N or none", option="shard")


def _array_job(environ: Mapping[str, str]) -> tuple[int | None, int | None]:
    """(index, count) of the array job that this process belongs to, as far as the environment says."""
    if "SLURM_ARRAY_TASK_ID" in environ:
        first = int(environ.get("SLURM_ARRAY_TASK_MIN", 0))
        index = int(environ["SLURM_ARRAY_TASK_ID"]) - first
        return index, _int_or_none(environ.get("SLURM_ARRAY_TASK_COUNT"))
    return _int_or_none(environ.get("JOB_COMPLETION_INDEX")), None


def _int_or_none(text: str | None) -> int | None:
    if not text:
        return None
    return int(text)


def _number(output: str) -> int:
    return int.from_bytes(hashlib.sha256(output.encode("utf-8", "surrogateescape")).digest()[:8], "big")
