"""A style is measured once for all photos and workers, a look stands for it, and results keep to how they are asked for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle import Options, story
from photostyle.batch import Ledger, fingerprint, make_plan, run_batch, styles
from photostyle.batch.fingerprint import job_fingerprint
from photostyle.batch.job import Job
from photostyle.batch.messages import Task
from photostyle.batch.worker import Worker
from photostyle.errors import OptionError
from photostyle.look import save_look
from photostyle.transforms import load_transform

QUICK = Options(size=64, steps=1, device="cpu", encoder="compact", cache=False, segmenter="none")


@pytest.fixture
def shoot(tmp_path, monkeypatch):
    """Two photos and a style; jobs for them."""
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("a.png", "b.png", "dusk.png")):
        ramp = np.linspace(40, 220 - 50 * seed, 40)[:, None, None] + np.random.default_rng(seed).normal(0, 8, (40, 60, 3))
        Image.fromarray(ramp.clip(0, 255).astype(np.uint8)).save(name)
    return [Job(f"{name}.png", "dusk.png", f"out/{name}.png", options=QUICK) for name in "ab"]


@pytest.fixture
def measured(monkeypatch):
    """How often a style was measured by the batch."""
    times, measure = [], story.measure
    monkeypatch.setattr(styles, "measure", lambda *a, **k: times.append(1) or measure(*a, **k))
    return times


def carry_out(worker, job, number=1):
    return worker.write(worker.relight(worker.read(Task(number, job, f"part-{number}.png"))))


def test_one_measurement_serves_all_photos_and_workers(shoot, measured, tmp_path):
    alone = [story.transfer(job.content, job.style, options=QUICK).photo for job in shoot]
    for number in (1, 2):  # two workers that share a folder
        worker = Worker(looks_folder=tmp_path)
        outcomes = [carry_out(worker, job, number) for job in shoot]
        assert [o.status for o in outcomes] == ["made"] * 2, outcomes
        worker.close()
    assert len(measured) == 1 and [p.suffix for p in tmp_path.glob("look-*")] == [".look"]
    made = np.asarray(Image.open("part-2.png"))
    assert np.abs(made / 255 - alone[1].pixels.clip(0, 1)).max() < 0.01
    next(tmp_path.glob("look-*")).write_text("broken")  # is measured again, and so is another size
    worker = Worker(looks_folder=tmp_path)
    assert carry_out(worker, shoot[0]).status == "made" and len(measured) == 2
    assert carry_out(worker, replace(shoot[0], options=replace(QUICK, size=80))).status == "made" and len(measured) == 3
    worker.close()


def test_a_look_file_is_a_style(shoot, measured):
    save_look(story.measure("dusk.png", options=QUICK), "dusk.look")
    plan = make_plan(["a.png"], "out/{stem}-{style}.{ext}", ["dusk.look"], options=QUICK)
    assert [job.output for job in plan] == ["out/a-dusk.png"]
    worker = Worker()
    for number, job in enumerate((plan[0], shoot[0])):
        assert carry_out(worker, job, number).status == "made"
    assert np.array_equal(np.asarray(Image.open("part-0.png")), np.asarray(Image.open("part-1.png"))) and len(measured) == 1
    other = carry_out(worker, replace(plan[0], options=replace(QUICK, size=80)))
    assert other.status == "failed" and "leave size out" in other.error
    worker.close()
    with pytest.raises(OptionError, match="takes no method pixels"):
        make_plan(["a.png"], "out/{stem}.{ext}", ["dusk.look"], options=replace(QUICK, solver="pixel"))
    with pytest.raises(OptionError, match=r"takes no style mask b\.png"):
        make_plan(["a.png"], "out/{stem}.{ext}", ["dusk.look"], style_mask="b.png", options=QUICK)


def test_a_set_takes_a_look_file(shoot):
    from photostyle.batch.sets.solving import solve_set

    save_look(story.measure("dusk.png", options=QUICK), "dusk.look")
    for style, name in (("dusk.png", "photo"), ("dusk.look", "look")):
        solve_set([replace(job, style=style) for job in shoot], Path(f"{name}.safetensors"))
    assert load_transform("photo.safetensors").table.equal(load_transform("look.safetensors").table)


def test_results_are_written_as_asked(shoot):
    worker = Worker()
    outcome = carry_out(worker, replace(shoot[0], writing={"depth": 16, "quality": "keep", "metadata": "strip"}))
    worker.close()
    assert outcome.status == "made"
    assert Path("part-1.png").read_bytes()[24] == 16  # IHDR's bit depth


def test_another_way_of_writing_and_a_new_version_of_results_are_done_again(photos, copying, monkeypatch):
    def run(**more):
        plan = make_plan(["in/00.jpg", "in/01.jpg"], "out/{stem}.{ext}", ["dusk.jpg"], **more)
        ledger = Ledger("out/ledger.sqlite")
        summary = run_batch(plan, ledger, copying())
        ledger.close()
        return summary.done, summary.done_before

    assert (run(), run(writing={"depth": "keep", "quality": "keep"})) == ((2, 0), (0, 2))
    assert (run(writing={"quality": 80}), run(writing={"quality": 80})) == ((2, 0), (0, 2))
    monkeypatch.setattr(fingerprint, "RESULTS", fingerprint.RESULTS + 1)
    assert run(writing={"quality": 80}) == (2, 0)


def test_a_fingerprint_knows_writing_and_options_but_no_place():
    job = Job("a", "b", "c")
    same = (replace(job, options=Options(device="cpu", cache=False)), replace(job, writing={"metadata": "keep"}))
    assert {job_fingerprint(each) for each in same} == {job_fingerprint(job)}
    others = [replace(job, options=Options(strength=0.5)), replace(job, writing={"metadata": "strip"})]
    assert len({job_fingerprint(each) for each in (job, *others)}) == 3
