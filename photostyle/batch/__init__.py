"""Sets of photos: which photo takes which look and goes where, who does it, and what has been done already.

    plan.py        what is to be done: one `Job` an output; whatever cannot work is refused here
    inputs.py      files, folders, globs and URLs; manifest.py: CSV files
    ledger.py      what has been done, in SQLite, so that a run can be killed at any time and started again
    scheduler.py   the run: claims photos, keeps an engine busy within the memory budget, settles outcomes
    local.py       the engine of this machine: worker processes; ray_engine.py: those of a Ray cluster
    stages.py      one photo in a worker: read, relight, write; styles.py: each style measured once
    sets.py        one transform for a whole set; consistency.py: how alike its photos come out

Nothing here loads torch but `stages`, `styles`, `sets` and `consistency`.
"""

from photostyle.batch.ledger import Ledger
from photostyle.batch.plan import Job, make_plan
from photostyle.batch.scheduler import PhotoDone, Summary, run_batch

__all__ = ["Job", "Ledger", "PhotoDone", "Summary", "make_plan", "run_batch"]
