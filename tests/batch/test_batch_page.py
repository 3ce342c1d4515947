"""The page of a batch: what it shows, and that names from outside are text in it."""

from pathlib import Path

import pytest

from photostyle.batch import page as batch_page
from photostyle.batch.page import write_page
from photostyle.batch.plan import Job
from photostyle.batch.scheduler import Summary
from photostyle.errors import FileError

HOSTILE = "<script>alert('x')</script> &.png"


@pytest.fixture
def jobs(make_photos):
    folder = make_photos(("a.png", (40, 60), (1, 1, 1)), ("b.png", (60, 40), (1, 1, 1)))
    wide, high = str(folder / "a.png"), str(folder / "b.png")
    return [Job(wide, HOSTILE, high), Job(high, "dusk.jpg", wide)]


@pytest.fixture
def written(parsed):
    """Writes the page of some jobs and parses it."""

    def write(folder: Path, jobs, summary: Summary):
        path = folder / "made" / "page.html"
        write_page(path, jobs, summary)
        return parsed(path.read_text("utf-8"))

    return write


def test_before_and_after_and_counts(tmp_path, jobs, written):
    page = written(tmp_path, jobs, Summary(5, done=2, seconds=3.4))
    assert page.open == [] and len(page.all("figure")) == 2
    sizes = [(image["width"], image["height"]) for image in page.all("img")]
    assert sizes == [("60", "40"), ("40", "60"), ("40", "60"), ("60", "40")]
    assert "5 photos, 2 done, 3 not reached; 3 s." in page.texts
    assert f"in the light of {HOSTILE}" in page.texts and page.all("script") == []


def test_what_failed_is_told_and_not_shown(tmp_path, jobs, written):
    failures = [(HOSTILE, jobs[0].output, "not a <photo>")]
    page = written(tmp_path, jobs, Summary(2, done=1, failed=1, failures=failures))
    assert {HOSTILE, "not a <photo>", "Could not be made", "2 photos, 1 done, 1 failed; 0 s."} <= set(page.texts)
    assert len(page.all("figure")) == 1 and page.all("script") == []


def test_what_is_far_or_gone_is_not_shown(tmp_path, jobs, written):
    far = Job("s3://shoot/a.png", "dusk.jpg", "s3://shoot/out.png")
    gone = Job(str(tmp_path / "gone.png"), "dusk.jpg", jobs[0].output)
    page = written(tmp_path, [far, gone, jobs[0]], Summary(3, done=3))
    assert len(page.all("figure")) == 1 and "Before and after (1 of 3)" in page.texts


def test_of_many_some_are_shown(tmp_path, jobs, monkeypatch, written):
    monkeypatch.setattr(batch_page, "SHOWN", 3)
    page = written(tmp_path, jobs * 4, Summary(8, done=8))
    assert len(page.all("figure")) == 3 and "Before and after (3 of 8)" in page.texts


def test_a_page_that_cannot_be_written(tmp_path, written):
    (tmp_path / "made").write_text("a file")
    with pytest.raises(FileError, match="page.html: cannot be written .*; choose another place"):
        written(tmp_path, [], Summary(0))


def test_notes_are_counted_and_listed_photo_by_photo(tmp_path, jobs, written):
    notes = [
        (HOSTILE, "done", ("clips 2% of <all>", "no colour profile")),
        ("b.png", "kept", ("clips 7% of <all>",)),
    ]
    page = written(tmp_path, jobs, Summary(3, done=1, done_before=1, notes=notes))
    assert {"Notes on 2 of 3 photos", f"2 photos, such as {HOSTILE}: clips 2% of <all>", "clips 7% of <all>"} <= set(page.texts)
    assert page.open == [] and page.all("script") == [] and len(page.all("details")) == 1
