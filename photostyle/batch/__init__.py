"""Sets of photos: which photo takes which look and goes where, who does it, and what has been done already.

What is to be done:

    plan.py          one `Job` (job.py) an output; whatever cannot work is refused here
    inputs.py        the photos that files, folders, globs and URLs stand for
    manifest.py      CSV files that say it row by row
    style_choice.py  which style each photo takes
    output_names.py  names from templates; output_checks.py: names that cannot be
    watch.py         photos that appear while a run watches
    shards.py        a part of a plan for each of several machines

What is done:

    ledger.py        what has been done, in SQLite (ledger_rows.py), so that a run can be killed at any time and started again
    ledger_files.py  several ledgers
    outputs.py       the files where outputs go
    fingerprint.py   what a result depends on

Who does it:

    scheduler.py     the run: claims photos, keeps an engine busy within the memory budget (budget.py), records outcomes
    progress.py      its events, and the summary at its end
    messages.py      what passes between the scheduler and an engine
    local_engine.py  the engine of this machine; worker_process.py: its processes; ray_engine.py: that of a Ray cluster
    worker.py        one photo in a worker: read, relight, write; styles.py: each style measured once
    sets/            one transform for a whole set; consistency.py: how alike its photos come out

Nothing here loads torch but `worker`, `styles`, `page` and what lies in `sets`, which are imported when there is work.
"""

from importlib import import_module
from typing import TYPE_CHECKING

# Loaded on first use, so that commands which only ask whether a name is a URL (remote.py) load none of the rest.
_LAZY = {
    "Job": "job",
    "Ledger": "ledger",
    "make_plan": "plan",
    "PhotoBegun": "progress",
    "PhotoDone": "progress",
    "Summary": "progress",
    "run_batch": "scheduler",
}

if TYPE_CHECKING:
    from photostyle.batch.job import Job
    from photostyle.batch.ledger import Ledger
    from photostyle.batch.plan import make_plan
    from photostyle.batch.progress import PhotoBegun, PhotoDone, Summary
    from photostyle.batch.scheduler import run_batch

__all__ = ["Job", "Ledger", "PhotoBegun", "PhotoDone", "Summary", "make_plan", "run_batch"]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'photostyle.batch' has no attribute {name!r}")
    value = getattr(import_module(f"photostyle.batch.{_LAZY[name]}"), name)
    globals()[name] = value
    return value
