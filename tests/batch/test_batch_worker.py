"""One photo in a worker: what is loaded once, and what its failures say."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import Options
from photostyle.batch.job import Job
from photostyle.batch.messages import Task
from photostyle.batch.worker import Worker
from photostyle.regions.segment import Segmentation

QUICK = {"size": 64, "steps": 1, "device": "cpu", "encoder": "compact", "cache": False}


class Halves:
    """A segmenter that says that the upper half is sky and the lower one is grass."""

    name, fingerprint, options = "halves", None, {}

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        upper = torch.zeros(2, *pixels.shape[:2])
        upper[0, : len(pixels) // 2], upper[1, len(pixels) // 2 :] = 1, 1
        return Segmentation(("sky", "grass"), upper)


@pytest.fixture
def job(tmp_path):
    for name in ("day", "dusk"):
        ramp = np.linspace(20, 190, 40)[:, None, None] * np.ones((40, 60, 3))
        Image.fromarray(ramp.astype(np.uint8)).save(tmp_path / f"{name}.png")
    return lambda **options: Job(
        str(tmp_path / "day.png"), str(tmp_path / "dusk.png"), str(tmp_path / "out/day.png"), options=Options(**QUICK, **options)
    )


def carry_out(worker, job, number=1):
    return worker.write(worker.relight(worker.read(Task(number, job, job.output.replace("day", f"part{number}")))))


def test_models_are_loaded_once(job, monkeypatch):
    from photostyle import session
    from photostyle.regions import segment

    counts = {"encoder": 0, "segmenter": 0}
    load_encoder, load_segmenter = session.load_encoder, segment._load

    def counted(kind, load):
        def loaded(*args, **more):
            counts[kind] += not (kind == "segmenter" and not isinstance(args[0], str))
            return load(*args, **more)

        return loaded

    monkeypatch.setattr(session, "load_encoder", counted("encoder", load_encoder))
    monkeypatch.setattr(
        segment, "_load", counted("segmenter", lambda name, device: Halves() if name == "auto" else load_segmenter(name, device))
    )
    worker, stages = Worker(on_stage=lambda number, stage: stages.append(stage)), []
    outcomes = [carry_out(worker, job(), number) for number in (1, 2, 3)]
    assert [o.status for o in outcomes] == ["made"] * 3, outcomes[0].error
    assert counts == {"encoder": 1, "segmenter": 1} and stages == ["read", "solve", "write"] * 3
    assert outcomes[0].output_hash == outcomes[2].output_hash and outcomes[0].size == (60, 40)
    worker.close()


def test_what_goes_wrong_is_one_line_and_the_next_photo_is_made(job, monkeypatch):
    worker, good = Worker(), job(segmenter="none")
    Path(good.content).write_bytes(b"no picture")
    assert "not a photo" in carry_out(worker, good).error
    Path(good.content).write_bytes(Path(good.style).read_bytes())
    monkeypatch.setattr("photostyle.batch.worker.transfer", lambda *a, **k: (_ for _ in ()).throw(MemoryError()))
    assert carry_out(worker, good).error == f"{good.content}: not enough memory; give fewer jobs, or a smaller photo"
    monkeypatch.undo()
    outcome = carry_out(worker, good)
    assert outcome.status == "made" and set(outcome.inputs) == {good.content, good.style}
    worker.close()


def test_a_photo_without_the_region_that_an_option_names_is_made(job, monkeypatch):
    monkeypatch.setattr("photostyle.regions.segment._load", lambda name, device: Halves())
    worker = Worker()
    outcome = carry_out(worker, job(protect=("person",), strength={"*": 0.9, "water": 0.5}))
    assert outcome.status == "made", outcome.error
    assert "there is no person here: protect person changes nothing" in outcome.notes
    assert "there is no water here: strength water changes nothing" in outcome.notes
    made = carry_out(worker, job(ignore=("vehicle",)))
    assert "there is no vehicle here: ignore vehicle changes nothing" in made.notes
    failed = carry_out(worker, job(protect=("persn",)))
    assert failed.error.startswith(f"{job().content}: protect persn: the content has no such region")
    worker.close()
