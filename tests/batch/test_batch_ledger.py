"""Killed, repeated, shared, changed: what the ledger promises."""

import os
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from photostyle import Options
from photostyle.batch import Ledger, make_plan, run_batch
from photostyle.batch.ledger_files import merge_ledgers, outputs_in_folder
from photostyle.batch.progress import PhotoDone
from photostyle.errors import FileError, OptionError

LEDGER = "out/.photostyle/ledger.sqlite"


def batch(engine, options=Options(), ledger=LEDGER, contents=("in",), **more):  # noqa: B008
    """-> (summary, contents by status)"""
    statuses, book = {}, Ledger(ledger)
    plan = make_plan(list(contents), "out/{stem}.{ext}", ["dusk.jpg"], options=options)

    def callback(event):
        if isinstance(event, PhotoDone):
            statuses.setdefault(event.status, []).append(Path(event.content).stem)

    try:
        summary = run_batch(plan, book, engine, callback=callback, **more)
    finally:
        book.close()
    return summary, statuses


def test_done_once_and_the_bad_one_named(photos, copying):
    summary, _ = batch(copying())
    assert (summary.done, summary.failed, summary.left) == (11, 1, 0)
    assert summary.failures == [("in/02.jpg", "out/02.jpg", "in/02.jpg: bad")]
    assert all(Path(f"out/{n:02}.jpg").read_bytes() == Path(f"in/{n:02}.jpg").read_bytes() for n in range(12) if n != 2)
    again, statuses = batch(copying())
    assert (again.done, again.done_before, again.failed) == (0, 11, 1) and statuses["failed"] == ["02"]


def test_what_changes_is_redone_and_nothing_else(photos, copying):
    batch(copying())
    Path("in/02.jpg").write_bytes(b"good now")
    Path("in/03.jpg").write_bytes(b"another photo")
    os.utime("in/04.jpg", (1, 1))  # touched, not changed
    Path("out/05.jpg").write_bytes(b"cut")
    Path("out/06.jpg").unlink()
    os.utime("out/07.jpg", (1, 1))
    assert batch(copying())[1]["done"] == ["02", "03", "05", "06"]
    assert batch(copying())[0].done_before == 12
    assert batch(copying(), Options(strength=0.5))[0].done == 12
    assert batch(copying(), Options(strength=0.5, device="cpu", cache=False))[0].done_before == 12
    Path("dusk.jpg").write_bytes(b"later")
    assert batch(copying(), Options(strength=0.5))[0].done == 12


def test_interrupted_while_a_result_is_made_again(photos, copying):
    batch(copying())

    class Interrupted(copying):
        def wait(self, seconds):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch(Interrupted(), Options(strength=0.5))
    summary, _ = batch(copying(), Options(strength=0.5))  # the older result is no stranger
    assert (summary.done, summary.done_before) == (11, 0)


def test_stop_at_the_first_error_and_go_on_later(photos, copying):
    summary, _ = batch(copying(), on_error="stop")
    assert summary.failed == 1 and summary.left >= 8
    Path("in/02.jpg").write_bytes(b"good now")
    assert batch(copying())[0].failed == 0


def test_files_of_others_are_not_replaced(photos, copying):
    Path("out").mkdir()
    Path("out/03.jpg").write_bytes(b"mine")
    with pytest.raises(OptionError, match="out/03.jpg: exists already and is not in"):
        batch(copying())
    assert Path("out/03.jpg").read_bytes() == b"mine" and not Path("out/00.jpg").exists()
    assert batch(copying(), overwrite=True)[0].done == 11


def test_a_photo_that_kills_its_worker_is_tried_again_alone(photos, copying):
    Path("in/05.jpg").write_bytes(b"deadly")
    engine = copying()
    summary, _ = batch(engine)
    assert summary.done == 10 and summary.failures[1][2].endswith("was ended by SIGKILL, and so it was when tried again alone")
    assert [alone for content, alone in engine.log if content == "in/05.jpg"][1:] == [1]
    Path("in/06.jpg").write_bytes(b"deadly once")
    Path("in/05.jpg").write_bytes(b"harmless")
    assert batch(copying(deaths=1))[0].done == 2


def test_the_memory_budget_is_kept(photos, copying, monkeypatch):
    monkeypatch.setattr("photostyle.batch.scheduler.photo_bytes", lambda name: 300 if "/07" in name else 60)
    engine = copying()
    summary, _ = batch(engine, memory=100, photo_memory=250)
    assert {busy for _, busy in engine.log} == {1}
    assert "in/07.jpg: takes about" in summary.failures[1][2] and summary.done == 10
    engine = copying()
    batch(engine, Options(strength=0.1), memory=120)
    assert dict(engine.log)["in/07.jpg"] == 1 and 2 in dict(engine.log).values()  # a large one goes alone


def test_killed_at_random_moments(photos, process):
    random.seed(3)
    done = Counter()
    for _ in range(4):
        run = process(0.02)
        assert run.stdout.readline() == "begun\n"
        time.sleep(random.random() * 0.25)
        run.kill()
        done.update(line.split()[1] for line in run.stdout.read().splitlines() if line.startswith("done"))
        run.wait()
        for made in Path("out").glob("[0-9]*.jpg"):  # whole or absent, at every moment
            assert made.read_bytes() == (Path("in") / made.name).read_bytes()
    last = process(0).communicate()[0].split("\n")
    done.update(line.split()[1] for line in last if line.startswith("done"))
    assert "failed in/02.jpg" in last and len(list(Path("out").glob("[0-9]*.jpg"))) == 11
    assert max(done.values()) == 1
    assert [p.name for p in Path("out").iterdir() if p.name.startswith(".")] == [".photostyle"]


@pytest.mark.parametrize("moment", ["before the rename", "after the rename"])
def test_killed_between_the_writing_and_the_ledger(photos, copying, monkeypatch, moment):
    """A result that lay whole under its temporary name is finished, not made again."""

    def die(part, output):
        if moment == "after the rename":
            os.replace(part, output)
        raise SystemExit

    monkeypatch.setattr("photostyle.batch.outputs.publish", die)
    monkeypatch.setattr(Ledger, "close", lambda self: self._db.execute("UPDATE runs SET heartbeat = 0"))
    with pytest.raises(SystemExit):
        batch(copying())
    monkeypatch.undo()
    os.chdir(photos)
    summary, statuses = batch(copying())
    assert "00" in statuses["kept"] and summary.done == 10
    assert not list(Path("out").glob(".photostyle-*"))


def test_two_processes_share_the_work(photos, process):
    runs = [process(0.02) for _ in range(2)]
    lines = [line.split() for run in runs for line in run.communicate()[0].splitlines() if " " in line]
    done = Counter(name for status, name in lines if status == "done")
    assert set(done.values()) == {1} and len(done) == 11
    assert all(run.returncode == 0 for run in runs)
    known = Counter(status for status, _ in lines)
    assert known["elsewhere"] + known["kept"] == 11  # each knows of what the other did


def test_a_run_that_begins_waits_for_another_that_is_just_opening_the_ledger(photos, monkeypatch):
    other = sqlite3.connect("ledger.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # SQLite refuses a change of journal at once beside this lock, whatever the timeout
    asleep = threading.Event()
    monkeypatch.setattr("photostyle.batch.ledger.time.sleep", lambda seconds: (asleep.set(), other.execute("COMMIT")))
    ledger = Ledger("ledger.sqlite")
    assert asleep.is_set() and ledger.rows() == []
    ledger.close()
    other.close()


def test_a_ledger_that_stays_locked_is_named(photos, monkeypatch):
    monkeypatch.setattr("photostyle.batch.ledger.PATIENCE", 0.1)
    other = sqlite3.connect("ledger.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(FileError, match="ledger.sqlite: cannot be used as a ledger .*locked"):
        Ledger("ledger.sqlite")
    other.close()


def test_names_that_are_no_unicode(photos, copying):
    """As old cameras and archives have them; Python shows their bytes as surrogates."""
    os.rename("in/03.jpg", b"in/caf\xe9.jpg")
    summary, statuses = batch(copying())
    assert summary.done == 11 and "caf\udce9" in statuses["done"] and os.path.exists(b"out/caf\xe9.jpg")
    again, _ = batch(copying())
    assert (again.done, again.done_before) == (0, 11)
    assert "out/caf\udce9.jpg" in outputs_in_folder(Path(LEDGER).parent)


def test_a_run_whose_photo_was_taken_over_leaves_it(photos, copying):
    """It had seemed dead, and another run has made the photo meanwhile."""
    other = Ledger(LEDGER)

    class Slow(copying):
        def wait(self, seconds):
            job = self.tasks[0].job
            if job.output == "out/00.jpg" and other.row(job.output).run != other.run:
                other._db.execute("UPDATE photos SET run = ? WHERE output = ?", (other.run, job.output))
                shutil.copyfile(job.content, job.output)
                self.taken = self.tasks[0].part
            events = super().wait(seconds)
            if job.output == "out/00.jpg":
                done = {"inputs": events[0].inputs, "output_bytes": events[0].output_bytes, "output_hash": events[0].output_hash}
                other._update(job.output, status="made", part=None, finished=time.time(), **done)
                other.mark_done(job.output, str(os.stat(job.output).st_mtime_ns))
            return events

    engine = Slow()
    summary, statuses = batch(engine)
    assert statuses["elsewhere"] == ["00"] and summary.done == 10 and not os.path.exists(engine.taken)
    other.close()


def test_a_process_of_another_container_is_judged_by_its_heart(photos, monkeypatch):
    here = Ledger(LEDGER)
    here._db.execute("UPDATE runs SET pid = 999999")  # of no process here
    monkeypatch.setattr("photostyle.batch.ledger.machine_name", lambda: "the same host, another container")
    there = Ledger(LEDGER)
    assert there.is_alive(here.run)
    monkeypatch.undo()
    assert not there.is_alive(here.run)
    here.close()
    there.close()


def test_what_a_dead_run_had_claimed_is_taken_over(photos, process, copying):
    run = process(5)
    run.stdout.readline()
    while not Path(LEDGER).exists() or not Ledger(LEDGER).rows():
        time.sleep(0.02)
    run.kill()
    run.wait()
    assert batch(copying())[0].done == 11


def test_ledgers_of_shards_are_merged(photos, copying):
    batch(copying(), ledger="a.sqlite", contents=["in/00.jpg", "in/01.jpg", "in/02.jpg"])
    batch(copying(), ledger="b.sqlite", contents=["in/02.jpg", "in/03.jpg"])
    assert merge_ledgers("all.sqlite", ["a.sqlite", "b.sqlite"]) == 4
    assert merge_ledgers("all.sqlite", ["b.sqlite", "a.sqlite"]) == 4
    assert batch(copying(), ledger="all.sqlite", contents=["in/00.jpg", "in/03.jpg"])[0].done_before == 2
    Path("text.sqlite").write_text("no database at all, but a text" * 50)
    with pytest.raises(FileError, match="text.sqlite"):
        merge_ledgers("all.sqlite", ["text.sqlite"])
    with pytest.raises(FileError, match="no such ledger"):
        merge_ledgers("all.sqlite", ["gone.sqlite"])
    with pytest.raises(FileError, match="cannot be used as a ledger"):
        Ledger("text.sqlite")


def test_a_photo_that_fails_before_anything_is_written_is_not_searched_for(photos, copying, monkeypatch):
    """The search reads the whole folder of results: for each of thousands of failures it took longer than all else."""
    from photostyle.batch import outputs

    searched = []
    monkeypatch.setattr(outputs, "remove_parts", lambda folder, beginning: searched.append(folder))
    summary, _ = batch(copying())
    assert summary.failed == 1 and searched == []
