"""The stylizer: any size in, the same size out; tiles without seams; styles that mix; a file that is known again."""

import pytest
import torch

from photostyle import FileError, OptionError
from photostyle.models import paints_any_style
from photostyle.networks import (
    FixedMoments,
    MeasuredMoments,
    StyleReading,
    Stylizer,
    StylizerShape,
    TrainedStylizer,
    load_stylizer,
    style_weights,
)
from photostyle.tensor_file import FileKind


def small(styles=1, residuals=2):
    torch.manual_seed(0)
    network = Stylizer(StylizerShape(styles, 4, residuals)).eval().requires_grad_(False)
    network.norms += 0.3 * torch.randn_like(network.norms)
    return network


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (7, 5), (8, 8), (13, 31), (64, 33)])
def test_any_size_comes_back(size):
    network = small()
    made = network(torch.rand(2, 3, *size), network.mixed([1.0]))
    assert made.shape == (2, 3, *size) and 0 <= made.min() <= made.max() <= 1


def test_what_lies_beyond_a_photo_of_an_odd_size_changes_little():
    network = small()
    whole = torch.rand(1, 3, 64, 64).cumsum(2) / 64
    cropped = network(whole[:, :, :61, :59], network.mixed([1.0]))
    assert (cropped - network(whole, network.mixed([1.0]))[:, :, :61, :59]).abs().mean() < 0.03


def test_a_tile_with_the_statistics_of_the_whole_is_the_whole_there():
    network = small()
    photo = torch.rand(1, 3, 120, 152)
    measured = MeasuredMoments()
    whole = network(photo, network.mixed([1.0]), measured)
    assert torch.allclose(whole, network(photo, network.mixed([1.0])), atol=1e-5)
    reach = network.reach
    assert reach % 4 == 0
    tile = network(photo[:, :, 40 - reach : 60 + reach, 64 - reach : 80 + reach], network.mixed([1.0]), FixedMoments(measured))
    apart = (tile[:, :, reach:-reach, reach:-reach] - whole[:, :, 40:60, 64:80]).abs().max()
    assert apart < 1e-5
    nearer = reach - 8  # less than the network sees: what lies beyond does matter
    tile = network(
        photo[:, :, 40 - nearer : 60 + nearer, 64 - nearer : 80 + nearer], network.mixed([1.0]), FixedMoments(measured)
    )
    assert (tile[:, :, nearer:-nearer, nearer:-nearer] - whole[:, :, 40:60, 64:80]).abs().max() > 1e-5


def test_styles_differ_and_mixtures_lie_between():
    network = small(styles=2)
    photo = torch.rand(1, 3, 32, 32)
    first, second = (network(photo, network.mixed(weights)) for weights in ([1.0, 0.0], [0.0, 1.0]))
    half = network(photo, network.mixed([0.5, 0.5]))
    assert (first - second).abs().mean() > 0.02
    assert max((half - first).abs().mean(), (half - second).abs().mean()) < (first - second).abs().mean()
    both = network(photo.expand(2, -1, -1, -1), network.mixed(torch.eye(2)))
    assert torch.allclose(both, torch.cat([first, second]), atol=1e-5)


def test_weights_of_styles_are_read_by_name():
    names = ("monet", "ink", "photo")
    assert style_weights("", names).tolist() == [1, 0, 0]
    assert style_weights("ink", names).tolist() == [0, 1, 0]
    assert style_weights(["monet:3", "ink"], names).tolist() == [0.75, 0.25, 0]
    with pytest.raises(OptionError, match="the network has no style 'monett'; did you mean monet"):
        style_weights("monett:0.5", names)
    with pytest.raises(OptionError, match="a style's weight must be a number from 0 up, as in monet:0.6, got 'ink:-1'"):
        style_weights("ink:-1", names)


def test_a_photo_of_another_shape_is_refused():
    with pytest.raises(OptionError, match=r"photo must have shape \(B, 3, H, W\), got \(3, 8, 8\)"):
        small()(torch.rand(3, 8, 8), small().mixed([1.0]))


def test_a_file_keeps_weights_names_and_card(tmp_path):
    network = small(styles=2)
    path = tmp_path / "two.safetensors"
    TrainedStylizer(network, ("a", "photo"), {"licence": "CC0", "seed": 3}).save(path)
    again = load_stylizer(path)
    assert again.names == ("a", "photo") and again.card == {"licence": "CC0", "seed": 3}
    assert again.network.shape == network.shape
    photo = torch.rand(1, 3, 24, 24)
    weights = network.mixed([1.0, 0.0])
    assert (again.network(photo, again.network.mixed([1.0, 0.0])) - network(photo, weights)).abs().max() < 0.01


def test_a_file_of_another_kind_or_architecture_is_one_line(tmp_path):
    path = tmp_path / "other.safetensors"
    with pytest.raises(FileError, match="no such network; train one first"):
        load_stylizer(path)
    FileKind("look", 1, "").write(path, {"x": torch.zeros(1)}, {})
    with pytest.raises(FileError, match="is no network of photostyle .its kind is 'look'.; train one"):
        load_stylizer(path)
    tensors, facts = TrainedStylizer(small(), ("a",)).stored()
    FileKind("network", 1, "").write(path, tensors, {**facts, "architecture": "unet"})
    with pytest.raises(FileError, match="its architecture is 'unet', and this version knows stylizer"):
        load_stylizer(path)
    FileKind("network", 1, "").write(path, tensors, {**facts, "shape": {"styles": 1, "width": 8, "residuals": 2}})
    with pytest.raises(FileError, match="must have shape"):
        load_stylizer(path)


def test_a_file_of_an_older_version_is_read(tmp_path):
    network = small(styles=2)
    tensors, facts = TrainedStylizer(network, ("a", "photo")).stored()
    del facts["shape"]["numbers"]  # a key that came later
    FileKind("network", 1, "").write(tmp_path / "old.safetensors", tensors, facts)
    again = load_stylizer(tmp_path / "old.safetensors")
    assert again.network.shape == network.shape and again.reading is None and not paints_any_style(tmp_path / "old.safetensors")


def test_a_network_for_any_style_says_how_it_is_read(tmp_path):
    network = Stylizer(StylizerShape(1, 4, 1, numbers=20))
    network.initialise(0)
    reading = StyleReading("compact5", "abc", 384)
    path = tmp_path / "any.safetensors"
    TrainedStylizer(network, ("photo",), {}, reading).save(path)
    again = load_stylizer(path)
    assert again.reading == reading and again.network.shape.numbers == 20 and paints_any_style(path)
    numbers = torch.randn(2, 20)
    with torch.no_grad():
        own, other = (each.predictor(numbers, torch.ones(2)) for each in (network, again.network))
    assert own.shape == (2, network.norms.shape[1]) and (own - other).abs().max() < 0.01
    tensors, facts = TrainedStylizer(network, ("photo",)).stored()
    FileKind("network", 1, "").write(path, tensors, facts)
    with pytest.raises(FileError, match="is no network of photostyle .'reading'"):
        load_stylizer(path)
