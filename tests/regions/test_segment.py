"""The segmenters' door, the shipped network, and what holds for any network."""

import numpy as np
import pytest
import skimage.data
import torch
from torch import nn

from photostyle import models
from photostyle.errors import ModelError, OptionError, PhotoError
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment import Segmenter, load_segmenter
from photostyle.regions.segment.network import NetworkSegmenter, network_size
from photostyle.regions.segment.scene import load_scene, scene_network

WEIGHTS = models.find("scene")
NAMES = models.choices("segmenter")


class Brightness(nn.Module):
    """Class 0 where the left of the photo is bright, class 1 elsewhere: not symmetric under a mirror."""

    def forward(self, x):
        position = torch.linspace(1, 0, x.shape[3]).view(1, 1, 1, -1)
        bright = 8 * x.mean(1, keepdim=True) * position
        return torch.cat([bright, -bright], 1)


def brightness(**kwargs) -> NetworkSegmenter:
    zero, one = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
    return NetworkSegmenter(
        "brightness", Brightness(), ("light", "dark"), long_side=64, mean=zero, deviation=one, fingerprint="1", **kwargs
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The scene segmenter with weights of chance, saved and loaded as trained ones are."""
    from safetensors.torch import save_file

    torch.manual_seed(0)
    weights = tmp_path_factory.mktemp("scene") / "scene.safetensors"
    save_file({key: value.contiguous().half() for key, value in scene_network().state_dict().items()}, weights)
    return load_scene(weights=weights)


@pytest.fixture(scope="module")
def trained():
    if not WEIGHTS.exists():
        pytest.skip("the scene segmenter has no weights yet: scripts/train_segmenter.py makes them")
    return load_scene()


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


@pytest.mark.parametrize("size", [(48, 64), (61, 37), (1, 1), (5, 400), (640, 480)])
def test_probabilities_are_a_partition_at_any_size(size):
    probabilities = brightness().probabilities(photo(*size))
    assert probabilities.dtype == torch.float32 and probabilities.shape[0] == 2
    assert all(side % 32 == 0 and side > 0 for side in probabilities.shape[1:])
    torch.testing.assert_close(probabilities.sum(0), torch.ones(probabilities.shape[1:]), atol=1e-3, rtol=0)


def test_a_mirrored_photo_gives_the_mirrored_answer():
    pixels = photo(64, 64)
    straight = brightness().probabilities(pixels)
    mirrored = brightness().probabilities(np.ascontiguousarray(pixels[:, ::-1]))
    torch.testing.assert_close(mirrored.flip(2), straight, atol=1e-3, rtol=0)


def test_a_fold_adds_classes_up():
    fold = torch.ones(1, 2)
    folded = brightness(fold=fold).probabilities(photo(32, 32))
    torch.testing.assert_close(folded, torch.ones_like(folded))


def test_values_are_exact_in_half_precision():
    probabilities = brightness().probabilities(photo(40, 60))
    assert torch.equal(probabilities.half().float(), probabilities)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 4), (0, 8, 3)])
def test_only_colour_photos_are_segmented(shape):
    with pytest.raises(PhotoError, match=r"a segmenter expects pixels of shape \(H, W, 3\), got"):
        brightness().probabilities(np.zeros(shape, np.float32))


def test_a_thin_photo_keeps_a_side_of_32():
    assert network_size(10, 4000, 384) == (32, 384)


def test_scene_names_the_coarse_classes(scene):
    assert scene.classes == CLASSES
    assert isinstance(scene, Segmenter)
    segmentation = scene(photo(90, 120))
    assert segmentation.classes == CLASSES
    assert segmentation.probabilities.shape == (14, 288, 384)


def test_scene_embeds_each_place_by_a_direction(scene):
    embedding = scene(photo(90, 120)).embedding
    assert embedding.shape == (16, 72, 96)
    torch.testing.assert_close(embedding.norm(dim=0), torch.ones(72, 96), atol=2e-3, rtol=0)
    assert torch.equal(embedding.half().float(), embedding)


def test_a_mirrored_photo_has_the_mirrored_embedding(scene):
    pixels = photo(60, 90)
    straight, mirrored = scene(pixels).embedding, scene(np.ascontiguousarray(pixels[:, ::-1])).embedding
    torch.testing.assert_close(mirrored.flip(2), straight, atol=2e-2, rtol=0)


def test_weights_without_a_second_head_say_the_same_and_give_no_embedding(scene, tmp_path):
    from safetensors.torch import save_file

    state = {key: value for key, value in scene.network.state_dict().items() if "embedding" not in key}
    save_file({key: value.contiguous() for key, value in state.items()}, tmp_path / "scene.safetensors")
    segmentation = load_scene(weights=tmp_path / "scene.safetensors")(photo(40, 60))
    assert segmentation.embedding is None
    assert torch.equal(segmentation.probabilities, scene(photo(40, 60)).probabilities)


def test_the_shipped_weights_tell_unlike_things_apart(trained):
    people = [trained((getattr(skimage.data, name)() / 255).astype(np.float32)).embedding for name in ("astronaut", "rocket")]
    person, rocket = (torch.nn.functional.normalize(embedding.mean((1, 2)), dim=0) for embedding in people)
    assert person @ rocket < 0.7


def test_scene_sees_sky_over_grass(trained):
    rows = np.linspace(0, 1, 240, dtype=np.float32)[:, None, None]
    sky = np.array([0.45, 0.65, 0.95], np.float32) + 0.2 * rows * np.ones((240, 320, 3), np.float32)
    texture = np.random.default_rng(0).normal(0, 0.08, (240, 320, 1)).astype(np.float32)
    grass = np.array([0.3, 0.5, 0.15], np.float32) + texture
    pixels = np.where(rows < 0.5, sky, grass).clip(0, 1)
    said = trained.probabilities(pixels)
    top, bottom = said[:, :80].mean((1, 2)), said[:, -80:].mean((1, 2))
    assert CLASSES[int(top.argmax())] == "sky"
    assert bottom.argmax() != CLASSES.index("sky")


DAY, DIM = (1, 1, 1), (0.4, 0.45, 0.7)


@pytest.mark.parametrize(
    ("name", "light", "what"),
    [("astronaut", DAY, "person"), ("astronaut", DIM, "person"), ("rocket", DAY, "sky"), ("rocket", DIM, "sky")],
)
def test_scene_knows_real_photos(trained, name, light, what):
    pixels = (getattr(skimage.data, name)() / 255).astype(np.float32) * np.array(light, np.float32)
    assert CLASSES[int(trained.probabilities(pixels).mean((1, 2)).argmax())] == what


def test_scene_is_the_same_twice(scene):
    assert torch.equal(scene.probabilities(photo(50, 70)), scene.probabilities(photo(50, 70)))


def test_the_shipped_weights_are_small(trained):
    assert WEIGHTS.stat().st_size <= 12_000_000


def test_broken_weights_are_said(tmp_path):
    broken = tmp_path / "scene.safetensors"
    broken.write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot read weights from .*; train it with scripts"):
        load_scene(weights=broken)
    with pytest.raises(ModelError, match=r"no weights at .*gone; train it with scripts"):
        load_scene(weights=tmp_path / "gone")


def test_weights_of_another_network_are_said(tmp_path):
    from safetensors.torch import save_file

    save_file({"head.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match=r"other\.safetensors does not hold the scene segmenter"):
        load_scene(weights=tmp_path / "other.safetensors")


def test_names_are_known_or_said():
    with pytest.raises(OptionError, match="no segmenter is called 'fastest'; choose from auto, scene, ade20k-b0"):
        load_segmenter("fastest", cache=False)
    assert "auto" in NAMES


def test_none_sees_one_region():
    segmentation = load_segmenter("none")(photo(20, 30))
    assert segmentation.classes == ("all",)
    assert (segmentation.probabilities == 1).all()


def test_auto_is_the_best_that_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path))
    assert load_segmenter("auto").name == ("scene" if WEIGHTS.exists() else "none")


def test_a_segmenter_of_ones_own_is_taken_as_it_is():
    own = brightness()
    assert load_segmenter(own, cache=False) is own
