"""The environment variables that photostyle reads, or that decide how fast it runs: the one list of them."""

import os
from dataclasses import dataclass
from typing import Literal

Topic = Literal["methods", "files", "server", "threads", "shards"]


@dataclass(frozen=True)
class Variable:
    """One environment variable.

    Args:
        name: of the variable.
        topic: what it is about.
        use: what setting it does, one sentence without a full stop.
        default: what holds where it is not set, in words.
    """

    name: str
    topic: Topic
    use: str
    default: str


VARIABLES = (
    Variable(
        name="PHOTOSTYLE_METHODS",
        topic="methods",
        use="modules to import, separated by commas, that register methods of their own",
        default="photostyle's own methods and those of installed packages",
    ),
    Variable(
        name="PHOTOSTYLE_HOME",
        topic="files",
        use="folder in which photostyle keeps downloaded networks (`models`), what it has computed (`cache`) and what was "
        "done in the studio (`studio`)",
        default="the user's cache and data folders for photostyle",
    ),
    Variable(
        name="PHOTOSTYLE_CACHE",
        topic="files",
        use="folder of the cache of segmentations alone, in place of `cache` in PHOTOSTYLE_HOME",
        default="as PHOTOSTYLE_HOME says",
    ),
    Variable(
        name="TORCH_HOME",
        topic="files",
        use="folder of torch hub; networks that torch has downloaded there are used too",
        default="torch in XDG_CACHE_HOME",
    ),
    Variable(
        name="XDG_CACHE_HOME",
        topic="files",
        use="the user's cache folder, on Linux",
        default="~/.cache",
    ),
    Variable(
        name="PHOTOSTYLE_TOKENS",
        topic="server",
        use="tokens that the server takes, separated by commas, where no file of tokens is given",
        default="a file must be given",
    ),
    Variable(
        name="OMP_NUM_THREADS",
        topic="threads",
        use="number of threads that torch computes with; a batch sets it for each of its workers",
        default="one thread a core, and in the steps of a solve as many as pay: 4 at the usual size",
    ),
    Variable(
        name="MKL_NUM_THREADS",
        topic="threads",
        use="number of threads of Intel's MKL, where torch uses it; a batch sets it for each of its workers",
        default="as OMP_NUM_THREADS",
    ),
    Variable(
        name="OMP_WAIT_POLICY",
        topic="threads",
        use="what idle OpenMP threads do: PASSIVE lets other processes have the core, ACTIVE keeps it busy",
        default="PASSIVE, where photostyle is imported before torch",
    ),
    Variable(
        name="GOMP_SPINCOUNT",
        topic="threads",
        use="how long an idle thread of GNU OpenMP keeps its core busy before it sleeps; 0 is not at all",
        default="10000, where photostyle sets OMP_WAIT_POLICY",
    ),
    Variable(
        name="KMP_BLOCKTIME",
        topic="threads",
        use="milliseconds that an idle thread of Intel's or LLVM's OpenMP keeps its core busy before it sleeps",
        default="0, where photostyle sets OMP_WAIT_POLICY",
    ),
    Variable(
        name="SLURM_ARRAY_TASK_ID",
        topic="shards",
        use="number of this task in a Slurm array job; a batch then takes its shard of the photos",
        default="not in an array job",
    ),
    Variable(
        name="SLURM_ARRAY_TASK_MIN",
        topic="shards",
        use="smallest task number of the Slurm array job",
        default="0",
    ),
    Variable(
        name="SLURM_ARRAY_TASK_COUNT",
        topic="shards",
        use="number of tasks in the Slurm array job, which is the number of shards",
        default="the number of shards must be given",
    ),
    Variable(
        name="JOB_COMPLETION_INDEX",
        topic="shards",
        use="number of this pod in an indexed Kubernetes job; a batch then takes its shard of the photos",
        default="not in an indexed job",
    ),
)
_NAMES = frozenset(variable.name for variable in VARIABLES)


def value(name: str) -> str | None:
    """The value of a variable, or None where it is not set or empty.

    Args:
        name: one of those in `VARIABLES`.

    Raises:
        KeyError: the variable is not in the list; a variable that is read must be documented there.
    """
    if name not in _NAMES:
        raise KeyError(f"{name} is not in photostyle.environment.VARIABLES")
    return os.environ.get(name) or None
