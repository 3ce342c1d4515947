"""An engine that copies photos, so that runs and ledgers are tested in milliseconds and without torch."""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from photostyle.batch.fingerprint import identify
from photostyle.batch.messages import Outcome


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes up to a minute; leave out with -m 'not slow'")


class CopyingEngine:
    """Copies contents to outputs; a content that holds "bad" fails, one that holds "deadly" kills its worker."""

    lost_together, retries = True, 1

    def __init__(self, delay: float = 0.0, deaths: int = 99):
        self.tasks, self.delay, self.deaths, self.log = [], delay, deaths, []

    def has_room(self):
        return len(self.tasks) < 2

    def submit(self, task):
        self.tasks.append(task)
        self.log.append((task.job.content, len(self.tasks)))

    def wait(self, seconds):
        task = self.tasks.pop(0)
        time.sleep(self.delay)
        job, data = task.job, Path(task.job.content).read_bytes()
        if b"bad" in data:
            return [Outcome(task.number, "failed", f"{job.content}: bad")]
        if b"deadly" in data and self.deaths > 0:
            self.deaths -= 1
            lost, self.tasks = [task, *self.tasks], []
            return [Outcome(o.number, "died", "its worker was ended by SIGKILL") for o in lost]
        Path(task.part).parent.mkdir(parents=True, exist_ok=True)
        Path(task.part).write_bytes(data[: len(data) // 2])
        time.sleep(self.delay)
        shutil.copyfile(job.content, task.part)
        inputs = {name: identify(name) for name in job.inputs}
        return [
            Outcome(task.number, "made", None, inputs, 0.1, output_bytes=len(data), output_hash=hashlib.sha256(data).hexdigest())
        ]

    def close(self):
        pass


@pytest.fixture
def copying():
    return CopyingEngine


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Twelve "photos", the third of them bad, a style, and the current folder above them."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for number in range(12):
        Path(f"in/{number:02}.jpg").write_bytes(b"bad" if number == 2 else b"photo %d " % number * 1000)
    Path("dusk.jpg").write_bytes(b"dusk")
    return tmp_path


RUN = """
import sys
sys.path.insert(0, {here!r})
from conftest import CopyingEngine
from photostyle.batch import Ledger, make_plan, run_batch
ledger = Ledger("out/.photostyle/ledger.sqlite")
plan = make_plan(["in"], "out/{{stem}}.{{ext}}", ["dusk.jpg"])
print("begun", flush=True)
def callback(event):
    if hasattr(event, "status"):
        print(event.status, event.content, flush=True)
summary = run_batch(plan, ledger, CopyingEngine({delay}), callback=callback)
ledger.close()
"""


@pytest.fixture
def process(photos):
    """Starts the same run in a process of its own; it says "begun", then a line a photo."""

    def start(delay: float) -> subprocess.Popen:
        code = RUN.format(here=str(Path(__file__).parent), delay=delay)
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=photos)

    return start
