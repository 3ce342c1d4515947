"""What is to be said of the photos of a run: kept in the summary, counted on screen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from photostyle.batch import Ledger, Summary, make_plan, run_batch
from photostyle.batch.notes import counted
from photostyle.cli import batch_progress


def test_notes_that_differ_in_numbers_alone_are_counted_as_one():
    noted = [("a.jpg", ("sky: takes all", "clips 2.1% here")), ("b.jpg", ("clips 10% here",)), ("c.jpg", ("sky: takes all",))]
    noted += [("d.jpg", ("clips 1% here",)), ("d.jpg", ("clips 3% here",))]
    assert [str(note) for note in counted(noted)] == [
        "3 photos, such as a.jpg: clips 2.1% here",
        "2 photos, such as a.jpg: sky: takes all",
    ]
    assert counted([]) == []


@pytest.fixture
def noting(copying, monkeypatch):
    """An engine that copies, and says something of every photo whose name holds a 1."""

    class Noting(copying):
        def wait(self, seconds):
            task = self.tasks[0]
            outcomes = super().wait(seconds)
            if "1" in task.job.content:
                outcomes = [replace(outcome, notes=("holds 3 frames",)) for outcome in outcomes]
            return outcomes

    return Noting


def test_a_run_gathers_the_notes_of_photos_made_now_and_before(photos, noting):
    plan = make_plan(["in"], "out", ["dusk.jpg"])
    events = []
    for status in ("done", "kept"):
        ledger = Ledger("out/.photostyle/ledger.sqlite")
        summary = run_batch(plan, ledger, noting(), callback=events.append)
        ledger.close()
        assert [(content, how) for content, how, _ in summary.notes] == [(f"in/{n}.jpg", status) for n in ("01", "10", "11")]
        assert summary.as_record()["noted"] == 3
    told = [event.content for event in events if getattr(event, "notes", ()) == ("holds 3 frames",)]
    assert len(told) == 6


def test_the_screen_counts_the_notes_of_this_run(photos, capsys):
    ledger = Ledger("ledger.sqlite")
    notes = [(f"{n}.jpg", "done", (f"holds {n} frames",)) for n in range(5)] + [("old.jpg", "kept", ("is grey",))]
    batch_progress.show_summary(Summary(6, done=5, done_before=1, notes=notes), ledger, False, False)
    said = capsys.readouterr().err
    assert "notes on 5 of 5 photos:\n  5 photos, such as 0.jpg: holds 0 frames\n" in said and "is grey" not in said
    many = [("a.jpg", "done", tuple(f"note {chr(97 + n)}" for n in range(20)))]
    batch_progress.show_summary(Summary(1, done=1, notes=many), ledger, False, False)
    assert "and 8 other notes; --report and the ledger have them all" in capsys.readouterr().err
    batch_progress.show_summary(Summary(1, done=1, notes=many), ledger, True, False)
    assert json.loads(capsys.readouterr().out)["summary"]["noted"] == 1
    ledger.close()


@pytest.mark.parametrize(
    ("output", "made"),
    [
        ("relit", "relit/00.jpg"),
        ("relit/", "relit/00.jpg"),
        ("there.d", "there.d/00.jpg"),
        ("new.d/", "new.d/00.jpg"),
        ("a/b", "a/b/00.jpg"),
        (".", "00.jpg"),
        ("relit/{style}/", "relit/dusk/00.jpg"),
        ("relit/{stem}-x.{ext}", "relit/00-x.jpg"),
        ("one.png", "one.png"),
    ],
)
def test_a_folder_is_where_photos_go(photos, output, made):
    Path("there.d").mkdir()
    plan = make_plan(["in/00.jpg"], output, ["dusk.jpg"])
    assert plan[0].output == made


def test_a_folder_in_a_manifest(photos):
    Path("rows.csv").write_text("content,output\nin/00.jpg,relit/\nin/01.jpg,one.png\n")
    plan = make_plan(["rows.csv"], None, ["dusk.jpg"])
    assert [job.output for job in plan] == ["relit/00.jpg", "one.png"]


def test_a_folder_at_a_url(photos):
    pytest.importorskip("fsspec")
    plan = make_plan(["in/00.jpg", "in/01.jpg"], "memory://relit/", ["dusk.jpg"])
    assert [job.output for job in plan] == ["memory://relit/00.jpg", "memory://relit/01.jpg"]
