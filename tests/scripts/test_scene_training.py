"""What the scene segmenter is trained with: light, packed photos, a teacher's cache, crops, and a few steps of all of it."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
SKY, GRASS, UNKNOWN = 0, 2, 255

# Networks that take what is bright for sky (ADE20K's third class) and all else for grass (its tenth), and see no things.
GRAPH = """
import torch

class Graph(torch.nn.Module):
    def __init__(self, stem):
        super().__init__()
        self.ade = stem.endswith("ade20k_mnv2plus")
        self.mean = torch.nn.Conv2d(3, 1, 1, bias=False).half()  # as files of networks are
        torch.nn.init.constant_(self.mean.weight, 1 / 3)

    def forward(self, x, full):
        assert all(side % 8 == 1 for side in x.shape[2:]) and not full
        logits = torch.zeros(len(x), 151 if self.ade else 21, *x.shape[2:])
        if self.ade:
            light = self.mean(x)[:, 0]
            logits[:, 3], logits[:, 10] = 20 * light, -20 * light
        else:
            logits[:, 0] = 20
        return logits
"""


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module


@pytest.fixture
def shared(tmp_path):
    """A folder as `../shared`: two labelled photos, sky over grass, one of them held out, and one without labels."""
    rows = np.linspace(230, 40, 96, dtype=np.uint8)[:, None, None]
    photo = np.broadcast_to(rows, (96, 128, 3)).copy()
    labels = np.where(rows[..., 0] > 135, SKY, GRASS).astype(np.uint8) * np.ones((1, 128), np.uint8)
    labels[:10] = UNKNOWN
    for folder in ("scenes/images", "scenes/labels", "photos/images"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("a", "b"):
        Image.fromarray(photo).save(tmp_path / f"scenes/images/{name}.jpg")
        Image.fromarray(labels).save(tmp_path / f"scenes/labels/{name}.png")
    Image.fromarray(photo[:, ::-1]).save(tmp_path / "photos/images/c.jpg")
    (tmp_path / "scenes/index.csv").write_text("name,source,split\na,bsds,train\nb,bsds,val\n")
    (tmp_path / "photos/index.csv").write_text("file,source\nc.jpg,skyseg\nd.jpg,bsds500\n")
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher/graph.py").write_text(GRAPH)
    return tmp_path


def test_day_changes_nothing_and_other_lights_stay_in_range(scripts):
    light = scripts("scene_light")
    photos = torch.rand(4, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    labels = torch.zeros(4, 32, 48, dtype=torch.long)
    labels[:, 16:] = UNKNOWN
    lit = light.relight(photos, labels, list(light.LIGHTS), light.Dice(3))
    assert torch.equal(lit[0], photos[0])
    assert all((each - photo).abs().mean() > 0.01 for each, photo in zip(lit[1:], photos[1:], strict=True))
    assert lit.isfinite().all() and lit.min() >= 0 and lit.max() <= 1
    jittered = light.jitter(lit, light.Dice(4, 4))
    assert jittered.isfinite().all() and jittered.min() >= 0 and jittered.max() <= 1


def test_what_is_unknown_keeps_its_light_among_regions(scripts):
    light = scripts("scene_light")
    photos = torch.full((1, 3, 32, 32), 0.5)
    labels = torch.full((1, 32, 32), UNKNOWN)
    torch.testing.assert_close(light.relight(photos, labels, ["regions"], light.Dice(0)), photos)


def test_packed_photos_are_the_same_bytes_twice_and_leave_out_what_is_held_out(scripts, shared):
    data = scripts("scene_data")
    scenes = data.training_photos(shared)
    assert [scene.name for scene in scenes] == ["a", "c.jpg"]
    for name in ("one.zip", "two.zip"):
        data.write_packed(shared / name, scenes, quality=62)
    assert (shared / "one.zip").read_bytes() == (shared / "two.zip").read_bytes()
    again = data.training_photos(shared / "one.zip")
    assert [(scene.name, scene.source) for scene in again] == [("a", "bsds"), ("c.jpg", "skyseg")]
    assert np.array_equal(again[0].labels, scenes[0].labels) and (again[1].labels == UNKNOWN).all()
    assert np.abs(again[0].photo.astype(int) - scenes[0].photo).mean() < 8


def test_a_file_that_cannot_be_small_enough_is_said(scripts, shared, monkeypatch):
    pack = scripts("pack_scenes")
    monkeypatch.setattr(sys, "argv", ["pack", str(shared / "p.zip"), "--shared", str(shared), "--megabytes", "0.0001"])
    with pytest.raises(SystemExit, match=r"the photos need more than 0.0001 MB"):
        pack.main()
    assert not (shared / "p.zip").exists()


def test_coded_probabilities_come_back(scripts):
    teacher = scripts("scene_teacher")
    probabilities = torch.rand(170, 3, 4, generator=torch.Generator().manual_seed(0)).softmax(0)
    torch.testing.assert_close(teacher.decoded(teacher.coded(probabilities)), probabilities, atol=1e-3, rtol=0)


def test_the_teacher_is_asked_once_and_tells_sky_from_grass(scripts, shared):
    teacher, data = scripts("scene_teacher"), scripts("scene_data")
    photos = [scene.photo for scene in data.training_photos(shared)]
    teacher.teach(shared / "teacher", shared / "cache", photos)
    before = {path: path.stat().st_mtime_ns for path in (shared / "cache").iterdir()}
    teacher.teach(shared / "gone", shared / "cache", photos)
    assert {path: path.stat().st_mtime_ns for path in (shared / "cache").iterdir()} == before
    kinds = teacher.cached(shared / "cache", photos[0])
    assert kinds.shape == (170, 12, 16)
    torch.testing.assert_close(kinds.sum(0), torch.ones(12, 16))
    assert kinds[:, 1].argmax(0).tolist() == [2] * 16
    classes = teacher.classes_of(kinds)
    assert classes[:, 1].argmax(0).tolist() == [SKY] * 16 and classes[:, -2].argmax(0).tolist() == [GRASS] * 16
    assert teacher.cached(shared / "cache", photos[0][:-1]) is None


def test_a_folder_that_is_no_teacher_is_said(scripts, shared):
    with pytest.raises(SystemExit, match=r"graph\.py is missing; --teacher takes a folder with graph\.py"):
        scripts("scene_teacher").Teacher(shared)


@pytest.mark.parametrize(("beside", "said"), [("floor", "indoor_surface"), ("sky", "building")])
def test_a_wall_is_of_a_room_or_of_a_house_by_what_else_the_photo_shows(scripts, beside, said):
    teacher = scripts("scene_teacher")
    names = [name for name, _ in teacher.ADE20K]
    kinds = torch.zeros(170, 2, 4)
    kinds[names.index("wall"), 0] = 1
    kinds[names.index(beside), 1] = 1
    classes = teacher.classes_of(kinds)
    assert [teacher.CLASSES[place] for place in classes[:, 0].argmax(0)] == [said] * 4
    torch.testing.assert_close(classes.sum(0), torch.ones(2, 4))


def test_every_kind_has_a_class(scripts):
    teacher = scripts("scene_teacher")
    walls = [teacher.ADE20K[number][0] for number in (teacher._fold().sum(1) == 0).nonzero().flatten()]
    assert sorted(walls) == sorted(teacher.WALLS)


def test_products_of_embeddings_follow_those_of_the_kinds(scripts, shared, monkeypatch):
    embedding = scripts("scene_embedding")
    generator = torch.Generator().manual_seed(0)
    kinds = (30 * torch.rand(170, 8, 8, generator=generator)).softmax(0)
    monkeypatch.setattr(embedding, "cached", lambda cache, photo: kinds)
    axes = embedding.axes_of(scripts("scene_data").training_photos(shared), shared / "cache")
    assert axes.shape == (16, 170)
    roots, said = (each.flatten(1) for each in (kinds.sqrt(), embedding.embedded(kinds, axes)))
    assert said.norm(dim=0).max() <= 1 + 1e-5
    products = torch.stack([(roots.T @ roots).flatten(), (said.T @ said).flatten()])
    assert torch.corrcoef(products)[0, 1] > 0.7


def test_a_few_steps_of_training_write_weights_that_serve(scripts, shared, monkeypatch):
    from photostyle.regions.segment.scene import load_scene

    training = scripts("train_segmenter")
    out = shared / "scene.safetensors"
    options = f"--shared {shared} --teacher {shared / 'teacher'} --cache {shared / 'cache'} --start none --out {out}".split()
    options += f"--checkpoint {shared / 'c.pt'} --side 64 --batch 4 --minutes 0.005 --tell 1".split()
    monkeypatch.setattr(sys, "argv", ["train", *options])
    training.main()
    monkeypatch.setattr(sys, "argv", ["train", *options, "--resume"])
    training.main()
    said = load_scene(weights=out)(np.random.default_rng(0).random((40, 60, 3), dtype=np.float32))
    assert said.embedding.isfinite().all() and said.probabilities.isfinite().all()


def test_the_second_head_is_solved_and_all_else_stays(scripts, shared, monkeypatch):
    weights, solving, crops = scripts("scene_weights"), scripts("solve_embedding"), scripts("scene_crops")
    torch.manual_seed(0)
    start, out = shared / "start.safetensors", shared / "out.safetensors"
    weights.write_weights(start, weights.read_network(None).state_dict())
    options = f"--shared {shared} --teacher {shared / 'teacher'} --cache {shared / 'cache'} --start {start} --out {out}"
    monkeypatch.setattr(sys, "argv", ["solve", *options.split(), *"--batches 2 --batch 6 --side 96".split()])
    solving.main()
    before, after = load_file(start), load_file(out)
    others = [name for name in before if not name.startswith("embedding_head")]
    assert set(before) == set(after) and all(torch.equal(before[name], after[name]) for name in others)

    scenes = scripts("scene_data").training_photos(shared)
    axes = scripts("scene_embedding").axes_of(scenes, shared / "cache")
    batch = crops.crops(crops.album_of(scenes, shared / "cache", axes, "cpu"), 96, scripts("scene_light").Dice(0, 6))
    with torch.inference_mode():
        _, said = weights.read_network(out).eval().both_heads(batch.photos * 2 - 1)
    assert (said * batch.embedding).sum(1)[batch.taught].mean() > 0.8


def test_targets_are_peoples_labels_then_the_teachers(scripts):
    crops, training = scripts("scene_crops"), scripts("train_segmenter")
    labels = torch.tensor([[[SKY, UNKNOWN, UNKNOWN]]])
    classes = torch.zeros(1, 14, 1, 3)
    classes[:, GRASS] = 1
    taught = torch.tensor([[[True, True, False]]])
    target = training.targets(crops.Batch(torch.zeros(1, 3, 4, 12), labels, classes, torch.zeros(1, 16, 1, 3), taught))[0, :, 0]
    assert target[:, 0][[SKY, GRASS]].tolist() == pytest.approx([1 - training.TRUST, training.TRUST])
    assert target[GRASS, 1] == 1 and target[:, 2].sum() == 0
