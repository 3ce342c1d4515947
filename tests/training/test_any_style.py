"""A network for any style: it tells paintings apart, keeps the photo where it is asked to, and more styles are added."""

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import FileError, OptionError, PhotoError
from photostyle.encoders import load_encoder
from photostyle.look import look_of
from photostyle.methods.network.any_style import numbers_of
from photostyle.networks import load_stylizer
from photostyle.networks.predictor import StylePredictor
from photostyle.prepared import prepare_whole
from photostyle.training import job
from photostyle.training.any_style import AnyStyle
from photostyle.training.checkpoint import checkpoint_path, restore, write_checkpoint
from photostyle.training.loop import Training
from photostyle.training.named_styles import NamedStyles
from photostyle.training.painting_config import painting_config
from photostyle.training.photos import read_training_photos

TINY = {"size": 32, "style_size": 64, "batch": 2, "width": 4, "residuals": 1, "encoder": "compact", "device": "cpu"}
TINTS = ((1.0, 0.6, 0.3), (0.2, 0.9, 0.4), (0.3, 0.4, 1.0), (0.9, 0.3, 0.8))


def wave(period, tint, height=48, width=64):
    y, x = np.mgrid[0:height, 0:width]
    grey = 0.5 + 0.4 * np.sin((x + 2 * y) / period)[..., None]
    return Image.fromarray((255 * grey * np.array(tint)).astype(np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    for name in ("photos", "paintings"):
        (folder / name).mkdir()
    for number in range(10):
        wave(2 + number, (0.7, 0.8, 1.0)).save(folder / "photos" / f"{number:02d}.png")
    for number in range(17):
        wave(1.5 + number / 4, TINTS[number % 4]).save(folder / "paintings" / f"{number:02d}.png")
    (folder / "paintings" / "broken.png").write_bytes(b"none")
    return folder


def config(folder, out, **values):
    return painting_config({"paintings": "paintings", "photos": "photos", "out": str(out), **TINY, **values}, folder)


def begun(wanted):
    photos = read_training_photos(wanted.photos, wanted.size)
    task = AnyStyle.of(wanted, load_encoder("compact"), photos, torch.device("cpu"))
    return task, Training.begun(task.network, wanted.seed)


def test_a_network_for_any_style_learns_and_its_file_says_how_a_style_is_read(folder, tmp_path):
    said = []
    wanted = config(folder, tmp_path / "any.safetensors", steps=60, rate=0.01, weights={"content": 0.4, "shift": 0})
    task, _ = begun(wanted)
    made = job.TrainingJob(wanted, say=said.append).run()
    assert any("15 paintings to train on, 2 held out" in line for line in said) and any("broken.png" in line for line in said)
    again = load_stylizer(made.path)
    assert again.names == ("photo",) and again.reading.encoder == "compact" and again.reading.size == 64
    assert len(again.card["held out"]) == 2 and again.card["paintings"] == "15 from the folder paintings"
    assert set(again.card["paintings held out"]) == {"content", "style", "colour", "variation"}
    pieces = task.photos.middles()[:4].float() / 255
    with torch.no_grad():
        untrained = task.held_out(task.network, pieces)["paintings trained on"]
        trained = task.held_out(again.network, pieces)["paintings trained on"]
        warm, green = (task._predicted(again.network, task._numbers(task._view(k, 0)), torch.ones(1)) for k in (0, 1))
        apart = (again.network(pieces, warm) - again.network(pieces, green)).mean((0, 2, 3))
    assert trained["style"] < 0.85 * untrained["style"] and trained["colour"] < 0.7 * untrained["colour"]
    assert apart[0] - apart[1] > 0.03  # redder
    assert made.page.read_text().count("data:image/jpeg") == 3


def test_what_a_step_is_given_is_the_same_again_and_of_all_kinds(folder, tmp_path):
    task, _ = begun(config(folder, tmp_path / "a.safetensors"))
    first = task.draw(64, torch.Generator().manual_seed(3))
    second = task.draw(64, torch.Generator().manual_seed(3))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    _, painted, content, numbers, *parts = first
    assert 0 < (1 - painted).sum() < 32 and 0.25 <= content.min() < 0.5 < 2 < content.max() <= 4 and (content == 1).any()
    assert len({row.numpy().tobytes() for row in parts[0]}) > 20 and len(set(numbers[:, 0].tolist())) > 20
    terms = task.terms(task.draw(2, torch.Generator().manual_seed(0)))
    assert set(terms) == {"content", "style", "colour", "variation", "same", "shift"}


def test_more_content_is_asked_for_by_its_weight(folder, tmp_path):
    task, _ = begun(config(folder, tmp_path / "a.safetensors"))
    pieces, _, _, *rest = task.draw(2, torch.Generator().manual_seed(0))
    ones = torch.ones(2)
    usual, more = (task.terms((pieces, ones, weight * ones, *rest)) for weight in (1.0, 2.0))
    as_photo = task.terms((pieces, 0 * ones, 4 * ones, *rest))
    assert as_photo["style"] == as_photo["colour"] == 0 < as_photo["same"] and usual["same"] == 0
    assert more["content"] > 1.5 * usual["content"]


def test_numbers_beyond_what_was_trained_on_are_held(folder, tmp_path):
    task, _ = begun(config(folder, tmp_path / "a.safetensors"))
    predictor = task.network.predictor
    centre, spread = predictor.centre[None], predictor.spread[None]
    with torch.no_grad():
        far = predictor(centre + 4 * spread, torch.ones(1))
        assert torch.allclose(far, predictor(centre + 400 * spread, torch.ones(1)), atol=1e-4)
        assert not torch.allclose(far, predictor(centre, torch.ones(1)), atol=1e-4)
        assert not torch.allclose(predictor(centre, torch.ones(1)), predictor(centre, 4 * torch.ones(1)), atol=1e-6)
    assert isinstance(predictor, StylePredictor) and bool((predictor.spread > 0).all())


def test_a_training_that_was_stopped_keeps_its_usual_numbers(folder, tmp_path):
    wanted = config(folder, tmp_path / "a.safetensors", steps=4)
    task, training = begun(wanted)
    path = checkpoint_path(wanted)
    task.network.predictor.centre += 1
    write_checkpoint(path, training, wanted)
    again, resumed = begun(wanted)
    restore(path, resumed, wanted)
    assert torch.equal(again.network.predictor.centre, task.network.predictor.centre)
    named = painting_config({"styles": "paintings/00.png", "photos": "photos", "out": str(wanted.out), **TINY}, folder)
    with pytest.raises(FileError, match="is of a training with another styles"):
        restore(path, Training.begun(torch.nn.Linear(2, 2), 0), named)
    with pytest.raises(FileError, match="is of a network of another architecture; name another out, or train afresh"):
        restore(path, Training.begun(torch.nn.Linear(2, 2), 0), wanted)


def test_a_folder_that_has_no_paintings_is_one_line(folder, tmp_path):
    with pytest.raises(PhotoError, match="none: no such folder; name a folder of paintings"):
        job.TrainingJob(config(folder, tmp_path / "a.safetensors", paintings="none", steps=1)).run()


def named(folder, out, **values):
    return painting_config(
        {"photos": "photos", "out": str(out), "styles": {"warm": "paintings/00.png"}, **TINY, **values}, folder
    )


@pytest.fixture(scope="module")
def warm(folder, tmp_path_factory):
    """The file of a network of one style, and of the photo as it is."""
    out = tmp_path_factory.mktemp("warm") / "warm.safetensors"
    styles = {"warm": "paintings/00.png", "photo": "photo"}
    return (
        job.TrainingJob(named(folder, out, styles=styles, steps=40, rate=0.02, licence="CC0", weights={"content": 4})).run().path
    )


def test_a_style_is_added_and_nothing_else_changes(folder, warm, tmp_path):
    before = load_stylizer(warm)
    wanted = {name: value for name, value in TINY.items() if name not in ("width", "residuals")}
    values = {"styles": {"green": "paintings/01.png"}, "add_to": str(warm), "photos": "photos", "steps": 40, "rate": 0.02}
    values["weights"] = {"content": 0.2}
    added = painting_config({**wanted, **values, "out": str(tmp_path / "two.safetensors")}, folder)
    after = load_stylizer(job.TrainingJob(added).run().path)
    assert after.names == ("warm", "photo", "green") and after.card["added to"]["licence"] == "CC0"
    for name, weight in before.network.state_dict().items():
        other = after.network.state_dict()[name]
        assert torch.equal(other[:2] if name == "norms" else other, weight)
    photos, held = read_training_photos(folder / "photos", 32).without(2)
    task = NamedStyles.of(added, load_encoder("compact"), photos, torch.device("cpu"))
    with torch.no_grad():
        untrained = task.held_out(task.network, held.middles().float() / 255)["held-out photos"]
    trained = after.card["held-out photos"]
    assert trained["colour"] < 0.9 * untrained["colour"] and trained["style"] < 0.97 * untrained["style"]
    again = job.TrainingJob(added)
    assert again.run() and any("goes on from" in note for note in again.notes)


def test_a_style_that_cannot_be_added_is_one_line(folder, warm, tmp_path):
    wanted = {name: value for name, value in TINY.items() if name not in ("width", "residuals")}
    values = {**wanted, "photos": "photos", "steps": 1, "out": str(tmp_path / "x.safetensors")}
    same = painting_config({**values, "styles": {"warm": "paintings/01.png"}, "add_to": str(warm)}, folder)
    with pytest.raises(OptionError, match="has a style called warm already; give the new one another name"):
        job.TrainingJob(same).run()
    any_style = job.TrainingJob(config(folder, tmp_path / "any.safetensors", steps=1)).run().path
    with pytest.raises(OptionError, match="paints in any style already; give it the picture when you paint"):
        job.TrainingJob(painting_config({**values, "styles": "paintings/01.png", "add_to": str(any_style)}, folder)).run()
    with pytest.raises(FileError, match="no such network"):
        job.TrainingJob(painting_config({**values, "styles": "paintings/01.png", "add_to": "gone.safetensors"}, folder)).run()


def test_the_predictor_takes_shorter_steps(folder, tmp_path):
    task, training = begun(config(folder, tmp_path / "a.safetensors"))
    paces = dict(zip((name for name, _ in task.network.named_parameters()), training.adam.paces, strict=True))
    assert paces["predictor.read.weight"] == StylePredictor.pace < paces["stem.weight"] == paces["norms"] == 1


def test_a_style_is_read_in_use_as_it_was_in_training(folder, tmp_path):
    task, _ = begun(config(folder, tmp_path / "a.safetensors"))
    path = folder / "paintings" / task.paintings.names[3]
    look = look_of(prepare_whole(path), task.encoder, 64)
    own, in_use = task._numbers(task._view(3, 0)), numbers_of(look, task.encoder)[-1:]
    predictor = task.network.predictor
    assert ((own - in_use) / predictor.spread).abs().mean() < 0.05
    other = task._numbers(task._view(4, 0))
    assert ((own - other) / predictor.spread).abs().mean() > 0.3
