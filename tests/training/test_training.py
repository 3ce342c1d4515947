"""A tiny training: it learns, it goes on where it was killed, it survives what is no number, and its file paints."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import FileError, PhotoError
from photostyle.encoders import load_encoder
from photostyle.networks import load_stylizer
from photostyle.training import job, loop
from photostyle.training.checkpoint import FILES, checkpoint_path, restore, write_checkpoint
from photostyle.training.loop import Loop, Training
from photostyle.training.named_styles import NamedStyles
from photostyle.training.painting_config import painting_config
from photostyle.training.photos import TrainingPhotos, read_training_photos

TINY = {"size": 32, "style_size": 48, "batch": 2, "width": 4, "residuals": 1, "encoder": "compact", "device": "cpu"}


def wave(period, tint, height=40, width=48):
    y, x = np.mgrid[0:height, 0:width]
    grey = 0.5 + 0.3 * np.sin((x + 2 * y) / period)[..., None]
    return (255 * grey * np.array(tint)).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photos, a broken one among them, and two styles."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "photos").mkdir()
    for number in range(12):
        Image.fromarray(wave(2 + number, (0.6, 0.8, 1.0))).save(folder / "photos" / f"{number:02d}.png")
    (folder / "photos" / "broken.jpg").write_bytes(b"\xff\xd8 not a photo")
    Image.fromarray(wave(1.5, (1.0, 0.7, 0.3))).save(folder / "warm.png")
    Image.fromarray(wave(4.5, (0.2, 0.9, 0.4))).save(folder / "green.png")
    return folder


def config(folder, out, **values):
    return painting_config({"styles": "warm.png", "photos": "photos", "out": str(out), **TINY, **values}, folder)


def begun(folder, wanted):
    """A task, and its training at the beginning."""
    photos = read_training_photos(wanted.photos, wanted.size)
    task = NamedStyles.of(wanted, load_encoder("compact"), photos, torch.device("cpu"))
    return task, Training.begun(task.network, wanted.seed)


def test_photos_are_read_once_and_broken_ones_are_named(folder):
    photos = read_training_photos(folder / "photos", 32)
    assert len(photos.pictures) == 12 and all(min(each.shape[:2]) == 40 for each in photos.pictures)
    assert "1 of 13 photos cannot be read and were skipped" in photos.notes[0] and "broken.jpg" in photos.notes[0]
    random = torch.Generator().manual_seed(1)
    pieces = photos.pieces(5, random)
    assert pieces.shape == (5, 3, 32, 32) and pieces.dtype == torch.uint8
    assert torch.equal(pieces, photos.pieces(5, torch.Generator().manual_seed(1)))
    assert not torch.equal(pieces, photos.pieces(5, random))
    kept, held = photos.without(3)
    assert len(kept.pictures) == 9 and held.middles().shape == (3, 3, 32, 32)


def test_too_few_photos_or_none_are_one_line(folder, tmp_path):
    with pytest.raises(PhotoError, match="no such folder; name a folder of photos"):
        read_training_photos(tmp_path / "none", 32)
    (tmp_path / "few").mkdir()
    with pytest.raises(PhotoError, match="no photos there"):
        read_training_photos(tmp_path / "few", 32)
    Image.fromarray(wave(3, (1, 1, 1))).save(tmp_path / "few" / "one.png")
    with pytest.raises(PhotoError, match="holds 1 photos that can be read, and 8 are the least; add photos"):
        read_training_photos(tmp_path / "few", 32)


def test_the_losses_are_least_where_they_should_be(folder, tmp_path):
    wanted = config(folder, tmp_path / "x.safetensors", styles={"warm": "warm.png", "photo": "photo"})
    task, _ = begun(folder, wanted)
    pieces = task.photos.middles()[:2].float() / 255
    first, second = torch.zeros(2, dtype=torch.long), torch.ones(2, dtype=torch.long)
    same = task._scored(pieces, pieces, first)
    assert same["content"] == 0 and same["same"] == 0
    style = torch.from_numpy(wave(1.5, (1.0, 0.7, 0.3), 32, 32) / 255).float().permute(2, 0, 1)[None].expand(2, -1, -1, -1)
    painted = task._scored(style, pieces, first)
    assert painted["style"] < 0.3 * same["style"] and painted["colour"] < 0.3 * same["colour"]
    kept = task._scored(style, pieces, second)
    assert kept["style"] == kept["colour"] == kept["variation"] == 0 < kept["same"]


def test_a_training_learns_and_its_file_paints(folder, tmp_path):
    said = []
    wanted = config(folder, tmp_path / "warm.safetensors", steps=60, rate=0.02, weights={"content": 0.1})
    made = job.TrainingJob(wanted, say=said.append).run()
    assert any("9 photos to train on, 3 held out" in line for line in said)
    assert any("are few: expect marks" in line for line in said)
    again = load_stylizer(made.path)
    assert again.names == ("warm",) and again.card["encoder"] == "compact" and "not stated" in again.card["licence"]
    task, _ = begun(folder, wanted)
    pieces = task.photos.middles().float() / 255
    with torch.no_grad():
        untrained = task.held_out(task.network, pieces)["held-out photos"]
        trained = task.held_out(again.network, pieces)["held-out photos"]
    assert trained["style"] < 0.85 * untrained["style"] and trained["colour"] < 0.85 * untrained["colour"]
    page = made.page.read_text()
    assert (
        "The training has ended: 60 steps" in page and page.count("data:image/jpeg") == 3 and 'http-equiv="refresh"' not in page
    )


def test_a_training_goes_on_where_it_was_stopped(folder, tmp_path):
    wanted = config(folder, tmp_path / "a.safetensors", steps=8)
    task, whole = begun(folder, wanted)
    Loop(whole, task, wanted).run()

    task, stopped = begun(folder, wanted)
    path = checkpoint_path(wanted)

    def interrupt(progress):
        if progress.step == 5:
            raise KeyboardInterrupt

    keep = lambda training: write_checkpoint(path, training, wanted)
    with pytest.raises(KeyboardInterrupt):
        Loop(stopped, task, wanted, keep=keep, tell=interrupt).run()
    task, resumed = begun(folder, wanted)
    restore(path, resumed, wanted)
    assert resumed.step == 5
    Loop(resumed, task, wanted).run()
    assert resumed.step == whole.step == 8
    for own, other in zip(resumed.tensors(), whole.tensors(), strict=True):
        assert torch.allclose(own, other, atol=1e-6)


def test_what_is_no_number_is_stepped_back_from(folder, tmp_path):
    wanted = config(folder, tmp_path / "b.safetensors", steps=12)
    task, training = begun(folder, wanted)
    terms, calls, said = task.terms, [], []

    def wild(given):
        calls.append(1)
        found = terms(given)
        if len(calls) == 6:
            found["style"] = found["style"] * float("nan")
        return found

    task.terms = wild
    Loop(training, task, wanted, say=said.append).run()
    assert training.step == 12 and training.steps_back == 1 and training.slower == loop.LOWER
    assert any("diverged at step 6: back to step 0, and on at 0.25 of the rate" in line for line in said)
    assert all(tensor.isfinite().all() for tensor in training.tensors())


def test_a_budget_of_time_ends_a_training(folder, tmp_path):
    wanted = config(folder, tmp_path / "c.safetensors", minutes=0.01)
    task, training = begun(folder, wanted)
    Loop(training, task, wanted).run()
    assert training.step > 0 and training.seconds >= 0.6


def test_a_checkpoint_of_another_training_is_one_line(folder, tmp_path):
    wanted = config(folder, tmp_path / "d.safetensors", steps=8)
    path = checkpoint_path(wanted)
    write_checkpoint(path, begun(folder, wanted)[1], wanted)
    wider = dataclasses.replace(wanted, width=8)
    with pytest.raises(FileError, match="another width .4.; set it back, name another out, or train afresh"):
        restore(path, begun(folder, wider)[1], wider)
    restore(path, begun(folder, wanted)[1], dataclasses.replace(wanted, steps=99))  # a longer budget is the same training
    elsewhere = {name: folder / "moved" / path.name for name, path in wanted.styles.items()}
    restore(path, begun(folder, wanted)[1], dataclasses.replace(wanted, styles=elsewhere))
    path.write_bytes(b"nothing")
    with pytest.raises(FileError, match="is no checkpoint of photostyle"):
        restore(path, begun(folder, wanted)[1], wanted)


def test_a_place_that_cannot_be_written_is_known_before_the_work(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    wanted = config(folder, tmp_path / "file" / "net.safetensors", steps=2)
    with pytest.raises(FileError, match="cannot be made"):
        job.TrainingJob(wanted).run()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("photostyle.tensor_file.write_whole", full)
    wanted = config(folder, tmp_path / "net.safetensors", steps=2)
    with pytest.raises(FileError, match="checkpoint cannot be written .No space left on device"):
        job.TrainingJob(wanted).run()


def test_a_disk_that_is_full_for_a_while_does_not_end_a_training(folder, tmp_path):
    wanted = config(folder, tmp_path / "f.safetensors", steps=6)
    task, training = begun(folder, wanted)
    said, kept = [], []

    def keep(training):
        if training.step in (2, 3, 5):
            raise FileError("f.checkpoint: cannot be written (No space left on device); choose another place")
        kept.append(training.step)

    trained = Loop(training, task, wanted, keep=keep, say=said.append)
    trained.keep_every = -1.0
    trained.run()
    assert kept == [1, 4, 6, 6]
    assert sum("the training goes on, and tries again" in line for line in said) == 2


def test_a_style_that_is_not_there_is_one_line(folder, tmp_path):
    with pytest.raises(PhotoError, match="none.png: no such file; check the path of the style none"):
        job.TrainingJob(config(folder, tmp_path / "e.safetensors", styles="none.png", steps=2)).run()


def test_a_sample_of_pieces_covers_the_photo():
    photos = TrainingPhotos([np.arange(6 * 9 * 3, dtype=np.uint8).reshape(6, 9, 3)], 4)
    random = torch.Generator().manual_seed(0)
    corners = {int(piece[0, 0, 0]) for piece in photos.pieces(200, random)}
    assert 0 in corners and len(corners) > 12


def test_a_checkpoint_of_an_older_version_is_read(folder, tmp_path):
    wanted = config(folder, tmp_path / "old.safetensors", steps=8)
    _, training = begun(folder, wanted)
    training.average[0] += 1
    path = checkpoint_path(wanted)
    write_checkpoint(path, training, wanted)
    facts, tensors = FILES.read(path)
    for key in ("paintings", "add_to"):  # the keys that came later
        facts["config"].pop(key, None)
    FILES.write(path, tensors, {**facts, "shape": {"styles": 1, "width": 4, "residuals": 1}})
    _, resumed = begun(folder, wanted)
    restore(path, resumed, wanted)
    assert all(torch.equal(own, other) for own, other in zip(resumed.tensors(), training.tensors(), strict=True))
    by_default = dataclasses.replace(wanted, encoder="compact5")
    facts["config"]["encoder"] = "auto"
    FILES.write(path, tensors, facts)
    with pytest.raises(FileError, match="is of a training with another encoder .auto.; set it back"):
        restore(path, begun(folder, wanted)[1], by_default)
