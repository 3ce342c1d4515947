"""The autoencoder gives any photo back; its code can be moved to another's; its file says what it is."""

import pytest
import torch

from photostyle import FileError, OptionError
from photostyle.networks import Autoencoder, AutoencoderShape, Stylizer, TrainedAutoencoder, TrainedStylizer, load_autoencoder
from photostyle.networks.autoencoder import NO_EDGE, bands_of
from photostyle.networks.code_transport import CodeMap, mixed, moments_of, move_colours, moved, tones_of, whiten_and_colour


def random_network(**shape):
    """A network whose weights are all far from those it begins with."""
    network = Autoencoder(AutoencoderShape(**shape)).requires_grad_(False)
    for weight in network.parameters():
        weight.copy_(0.3 * torch.randn(weight.shape))
    return network


@pytest.mark.parametrize("size", [(1, 1), (13, 7), (32, 48), (1, 50)])
def test_a_code_gives_its_photo_back_at_any_size_whatever_the_weights(size):
    network = random_network(places=2, width=5)
    photo = torch.rand(2, 3, *size)
    code = network.encode(photo)
    assert code.shape == (2, network.shape.channels, *size)
    assert (code[:, :3] - photo).abs().max() > 0.01
    assert (network.decode(code) - photo).abs().max() < 1e-5


def test_bands_are_fine_to_broad_and_sum_to_the_colours():
    photo = 0.5 + 0.02 * torch.randn(1, 3, 40, 33)
    bands = bands_of(photo, 3)
    assert torch.allclose(sum(bands), photo, atol=1e-6)
    assert all(abs(float(band.mean())) < 0.01 for band in bands[:-1])
    assert bands[0].var() > bands[1].var() > bands[2].var()


def test_an_edge_stays_in_the_broadest_band():
    photo = torch.full((1, 3, 32, 32), 0.2)
    photo[..., 16:] = 0.9
    with_edges, without = bands_of(photo, 3), bands_of(photo, 3, NO_EDGE)
    assert sum(band.abs().mean() for band in with_edges[:-1]) < 0.3 * sum(band.abs().mean() for band in without[:-1])


def test_a_wrong_shape_is_one_line():
    with pytest.raises(OptionError, match=r"photo must have shape \(B, 3, H, W\), got \(3, 8, 8\); give RGB with a batch axis"):
        Autoencoder().encode(torch.rand(3, 8, 8))


def gaussian(covariance, mean, count=20000):
    factor = torch.linalg.cholesky(torch.tensor(covariance).double())
    return factor @ torch.randn(len(factor), count).double() + torch.tensor(mean).double()[:, None]


def test_whitening_and_colouring_gives_the_goals_moments_with_the_least_movement():
    code, goal = gaussian([[2.0, 0.5], [0.5, 1.0]], [1.0, 0.0]), gaussian([[1.0, -0.3], [-0.3, 3.0]], [0.0, 5.0])
    ones = torch.ones(code.shape[1])
    found = whiten_and_colour(*moments_of(code, ones), *moments_of(goal, ones), 1e-9)
    mean, covariance = moments_of(found(code), ones)
    goal_mean, goal_covariance = moments_of(goal, ones)
    assert torch.allclose(mean, goal_mean, atol=1e-6) and torch.allclose(covariance, goal_covariance, atol=1e-6)
    assert torch.allclose(found.linear, found.linear.T, atol=1e-9)  # Brenier: the map of least movement is a gradient
    assert torch.linalg.eigvalsh(found.linear).min() > 0


def test_its_gradient_is_that_of_differences():
    goal = torch.tensor([[1.0, 0.2], [0.2, 0.5]]).double()
    mean = torch.zeros(2).double()

    def linear(entries):
        covariance = torch.stack([torch.stack([entries[0], entries[1]]), torch.stack([entries[1], entries[2]])])
        return whiten_and_colour(mean, covariance, mean, goal, 1e-3).linear

    equal_roots = torch.tensor([1.0, 0.2, 0.5]).double().requires_grad_()
    assert torch.autograd.gradcheck(linear, (equal_roots,))
    assert torch.autograd.gradcheck(linear, (torch.tensor([0.7, -0.1, 0.4]).double().requires_grad_(),))


def test_flat_codes_and_codes_that_are_no_numbers_are_shifted_not_broken():
    flat, goal = torch.full((2, 50), 0.3), torch.rand(2, 50)
    ones = torch.ones(50)
    found = whiten_and_colour(*moments_of(flat, ones), *moments_of(goal, ones), 1e-4)
    assert torch.allclose(found(flat).mean(1), goal.mean(1), atol=1e-5) and found.linear.isfinite().all()
    mean, covariance = moments_of(flat, ones)
    broken = whiten_and_colour(mean, covariance * float("nan"), mean, covariance, 1e-4)
    assert torch.equal(broken.linear, torch.eye(2).double()) and torch.equal(broken.shift, torch.zeros(2).double())


def test_colours_are_moved_to_a_distribution_that_is_no_gaussian():
    x = torch.rand(3, 4000)
    goal = (0.2 + 0.6 * torch.rand(3, 4000)) ** 2
    tones, ones = tones_of(x), torch.ones(4000)
    made = move_colours(tones, ones, tones_of(goal), ones)(tones)
    luma = torch.tensor([[0.299, 0.587, 0.114]])
    assert torch.equal((luma @ x).argsort(1)[:, ::400], (luma @ made).argsort(1)[:, ::400])
    levels = torch.linspace(0.05, 0.95, 10)
    apart = made.quantile(levels, 1) - goal.quantile(levels, 1)
    assert apart.abs().max() < 0.03 < (x.quantile(levels, 1) - goal.quantile(levels, 1)).abs().max()


def test_maps_are_mixed_by_shares_and_given_by_masks():
    code = torch.ones(2, 4)
    still = CodeMap.of_rows(code, slice(1))
    up = CodeMap(still.linear, still.shift + 1)
    half = mixed([up, up], [0.25, 0.25], still)
    masks = torch.tensor([[1.0, 1.0, 0.5, 0.0], [0.0, 0.0, 0.5, 1.0]])
    assert torch.allclose(moved(code, masks, [half, still]), torch.tensor([[1.5, 1.5, 1.25, 1.0]]))


def test_its_file_comes_back_and_another_networks_is_refused(tmp_path):
    network = random_network(places=2, width=5)
    TrainedAutoencoder(network, {"name": "mine"}).save(tmp_path / "mine.safetensors")
    again = load_autoencoder(tmp_path / "mine.safetensors")
    photo = torch.rand(1, 3, 20, 20)
    assert again.card["name"] == "mine" and (again.network.encode(photo) - network.encode(photo)).abs().max() < 1e-2
    TrainedStylizer(Stylizer(), ("ink",)).save(tmp_path / "ink.safetensors")
    with pytest.raises(FileError, match="its architecture is 'stylizer', and the method autoencoder needs autoencoder"):
        load_autoencoder(tmp_path / "ink.safetensors")
    network.answer[0].weight.fill_(float("nan"))
    TrainedAutoencoder(network).save(tmp_path / "nan.safetensors")
    with pytest.raises(FileError, match="its weights are not numbers"):
        load_autoencoder(tmp_path / "nan.safetensors")
