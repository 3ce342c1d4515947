"""A part of a plan for each of several machines, told by hand or by the scheduler that started them."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from photostyle.batch.plan import Job
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
        OptionError: it is no such text, or the environment does not tell.

    >>> str(parse_shard("3/8"))
    '3-of-8'
    """
    index, count = _array_job(environ)
    if text == "none" or (text is None and index is None):
        return None
    match = re.fullmatch(r"(auto|\d+)(?:/(\d+))?", text or "auto")
    if not match or (match[1] != "auto" and match[2] is None):
        raise OptionError(f"shard must be i/N with i from 0, auto, auto/N or none, got {text!r}")
    index = index if match[1] == "auto" else int(match[1])
    count = int(match[2]) if match[2] else count
    if index is None or count is None:
        missing = "SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX" if index is None else "the number of shards"
        raise OptionError(f"shard auto: the environment does not tell {missing}; give --shard i/N, or auto/N, or none")
    if not 0 <= index < count:
        raise OptionError(f"shard {index}/{count}: i must be from 0 to {count - 1}; of a part of an array, give --shard i/N")
    return Shard(index, count)


def _array_job(environ: Mapping[str, str]) -> tuple[int | None, int | None]:
    if "SLURM_ARRAY_TASK_ID" in environ:
        index = int(environ["SLURM_ARRAY_TASK_ID"]) - int(environ.get("SLURM_ARRAY_TASK_MIN", 0))
        count = environ.get("SLURM_ARRAY_TASK_COUNT")
        return index, int(count) if count else None
    index = environ.get("JOB_COMPLETION_INDEX")
    return (int(index) if index else None), None


def _number(output: str) -> int:
    return int.from_bytes(hashlib.sha256(output.encode("utf-8", "surrogateescape")).digest()[:8], "big")
