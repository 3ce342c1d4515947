"""Parts of a plan for several machines."""

import pytest

from photostyle.batch.job import Job
from photostyle.batch.shards import Shard, parse_shard
from photostyle.errors import OptionError


def test_every_photo_is_in_one_shard_and_stays_there():
    jobs = [Job(f"{n}.jpg", "s.jpg", f"out/{n}.jpg") for n in range(100)]
    parts = [Shard(i, 7).of(jobs) for i in range(7)]
    assert sorted((job for part in parts for job in part), key=jobs.index) == jobs
    assert Shard(2, 7).of(jobs[:50]) == [job for job in parts[2] if job in jobs[:50]]


def test_the_environment_of_array_jobs():
    slurm = {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "8"}
    assert parse_shard(None, slurm) == parse_shard("auto", slurm) == Shard(2, 8)
    assert parse_shard(None, {}) is None and parse_shard("none", slurm) is None
    assert parse_shard("auto/4", {"JOB_COMPLETION_INDEX": "3"}) == Shard(3, 4)
    assert parse_shard("0/1", slurm) == Shard(0, 1)


@pytest.mark.parametrize(
    "text, environ, error",
    [
        ("8/8", {}, "i must be from 0 to 7"),
        ("3", {}, "shard must be i/N"),
        ("a/b", {}, "shard must be i/N"),
        ("auto", {}, "does not give SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX"),
        (None, {"JOB_COMPLETION_INDEX": "0"}, "does not give the number of shards"),
        (None, {"SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_COUNT": "2"}, "of a part of an array"),
    ],
)
def test_what_is_no_shard(text, environ, error):
    with pytest.raises(OptionError, match=error):
        parse_shard(text, environ)
