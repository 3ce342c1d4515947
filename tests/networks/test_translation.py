"""Networks of unpaired translation: sizes, norms, attention, fields."""

import pytest
import torch
from torch.nn import functional as F

from photostyle.colour import luminance
from photostyle.errors import FileError, OptionError
from photostyle.networks import FixedMoments, MeasuredMoments, Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.stylizer import own_moments
from photostyle.networks.translation import (
    AttentionDiscriminator,
    AttentionGenerator,
    FieldGenerator,
    FieldShape,
    GeneratorShape,
    LightDiscriminator,
    PatchDiscriminator,
    ResidualGenerator,
    TrainedTranslators,
    Translators,
    attention_of,
    load_translators,
    translate_whole,
)
from photostyle.networks.translation.attention import FixedCode, MeasuredCode, own_code
from photostyle.networks.translation.field import after_levels, levels_of, sliced
from photostyle.networks.translation.file import built
from photostyle.networks.translation.generator import initialise
from photostyle.networks.translation.layers import instance_and_layer_norm
from photostyle.transforms.field.bilateral import BilateralField, Slicer, homogeneous

SMALL = GeneratorShape(width=4, residuals=2)
GENERATORS = (ResidualGenerator, AttentionGenerator)


@pytest.fixture
def photo() -> torch.Tensor:
    return torch.rand(1, 3, 45, 38, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("size", [(1, 1), (7, 30), (33, 20), (64, 64)])
def test_a_generator_gives_the_size_it_is_given(kind, size):
    made = kind(SMALL)(torch.rand(2, 3, *size))
    assert made.shape == (2, 3, *size)
    assert bool(((made >= 0) & (made <= 1)).all())


@pytest.mark.parametrize("call", [ResidualGenerator(SMALL), AttentionGenerator(SMALL), FieldGenerator(FieldShape()).table])
def test_a_generator_takes_nothing_but_rgb(call):
    with pytest.raises(OptionError, match=r"shape \(B, 3, H, W\), got \(1, 4, 8, 8\)"):
        call(torch.rand(1, 4, 8, 8))


@pytest.mark.parametrize("kind", GENERATORS)
def test_one_that_adds_begins_near_the_photo(kind, photo):
    network = kind(GeneratorShape(width=4, residuals=2, adds=True))
    initialise(network, 0)
    assert float((network(photo) - photo).abs().mean()) < 0.05


@pytest.mark.parametrize("kind", GENERATORS)
def test_measured_moments_give_a_batch_of_one_its_own_picture(kind, photo):
    network = kind(SMALL).eval()
    measured = MeasuredMoments()
    whole = network(photo, measured)
    assert torch.allclose(network(photo, FixedMoments(measured)), whole, atol=1e-5)


def test_a_pixel_reaches_no_further_than_it_says():
    network = ResidualGenerator(GeneratorShape(width=4, residuals=1)).eval()
    initialise(network, 1)
    photo = torch.rand(1, 3, 96, 96)
    other = photo.clone()
    other[:, :, 48, 48] = 1 - other[:, :, 48, 48]
    measured = MeasuredMoments()
    network(photo, measured)
    changed = (network(other, FixedMoments(measured)) - network(photo, FixedMoments(measured))).abs().sum((0, 1))
    rows = changed.amax(1).nonzero().flatten()
    assert int(rows.min()) >= 48 - network.reach and int(rows.max()) <= 48 + network.reach


def test_shared_norm_is_instance_norm_at_one_and_layer_norm_at_zero():
    x = torch.randn(2, 5, 6, 7) * torch.arange(1, 6)[:, None, None] + 3
    by_layer = F.layer_norm(x, x.shape[1:])
    by_channel = F.instance_norm(x)
    assert torch.allclose(instance_and_layer_norm(x, torch.zeros(5), own_moments), by_layer, atol=1e-4)
    assert torch.allclose(instance_and_layer_norm(x, torch.ones(5), own_moments), by_channel, atol=1e-4)


def test_attention_is_the_weighted_sum_and_shares_stay_in_their_range(photo):
    network = AttentionGenerator(SMALL)
    with torch.no_grad():
        network.adaptive[0].shares.fill_(1.7)
        network.enlarge[1].shares.fill_(-0.3)
    network.bound_shares()
    assert float(network.adaptive[0].shares.max()) == 1 and float(network.enlarge[1].shares.min()) == 0
    found = network.translate(photo)
    assert found.logits.shape == (1, 2)
    assert found.heat.shape == (1, 1, 12, 10)


def test_gains_depend_on_the_photo():
    """In the published light mode they do not: znxlwm/UGATIT-pytorch#28."""
    network = AttentionGenerator(GeneratorShape(width=8, residuals=2))
    initialise(network, 0)
    with torch.no_grad():
        for part in (*network.code, network.gain):
            part.weight.mul_(10)
    dark_above = torch.linspace(0, 1, 64)[None, None, :, None].expand(1, 3, 64, 64)
    numbers = []
    original = network._numbers
    network._numbers = lambda pooled: numbers.append(original(pooled)) or numbers[-1]
    for picture in (dark_above, dark_above.flip(2)):
        network(picture)
    first, second = (gain for gain, _ in numbers)
    assert float((first - second).abs().mean()) > 0.1 * float(first.abs().mean())


@pytest.mark.parametrize("judge", [PatchDiscriminator(4), AttentionDiscriminator(4, 5), AttentionDiscriminator(4, 7)])
def test_discriminators_judge_patches(judge):
    verdict = judge(torch.rand(2, 3, 128, 128))
    assert verdict.patches.shape[:2] == (2, 1) and min(verdict.patches.shape[2:]) >= 2
    assert (verdict.logits is None) == isinstance(judge, PatchDiscriminator)


def test_light_is_judged_and_grain_is_not(photo):
    torch.manual_seed(0)
    judge = LightDiscriminator(8)
    picture = F.interpolate(photo, (64, 64), mode="bilinear")
    checked = torch.ones(64, 64)
    checked[::2] *= -1
    checked[:, ::2] *= -1
    plain = judge(picture).patches
    assert torch.allclose(judge(picture + 0.2 * checked).patches, plain, atol=1e-5)
    assert float((judge(picture + 0.05).patches - plain).abs().mean()) > 1e-3


def test_a_field_generator_lets_the_photo_through(photo):
    """With weights of 0.02, as generators with norms have, all photos would get one field."""
    network = FieldGenerator(FieldShape(width=4))
    network.initialise(0)
    one, other = network.table(photo), network.table(photo.flip(2) ** 2)
    assert float((one - other).abs().mean()) > 0.1 * float(one.abs().mean())


def test_a_patch_is_judged_from_70_pixels():
    judge = PatchDiscriminator(4)
    picture = torch.rand(1, 3, 128, 128, requires_grad=True)
    middle = judge(picture).patches
    # The norms see the whole picture, so the reach is that of the convolutions alone.
    with torch.no_grad():
        for part in judge.inner:
            part.weight.fill_(0.01)
    x = judge.first(picture)
    for part in judge.inner:
        x = part(x)
    x = judge.last(x)
    assert x.shape == middle.shape
    x[0, 0, x.shape[2] // 2, x.shape[3] // 2].backward()
    rows = picture.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    assert int(rows.max() - rows.min()) + 1 == 70


def test_a_batch_is_sliced_as_a_field_is(photo):
    random = torch.Generator().manual_seed(5)
    table = 0.3 * torch.randn(1, 4, 3, 5, 3, 4, generator=random)
    guide = luminance(photo[0])[None]
    made = sliced(table, photo, guide)
    field = BilateralField(table, ("all",))
    slicer = Slicer(homogeneous(photo[0]), guide[0], torch.ones(1, *photo.shape[2:]), field.grid)
    change = slicer(table.transpose(4, 5)).T.reshape(3, *photo.shape[2:])
    assert torch.allclose(made[0], photo[0] + change, atol=1e-5)


def test_a_field_generator_begins_near_the_photo_and_has_any_size(photo):
    network = FieldGenerator(FieldShape(width=4))
    network.initialise(0)
    assert float((network(photo, luminance(photo[0])[None]) - photo).abs().mean()) < 0.05
    assert network.eval()(torch.rand(1, 3, 9, 300), torch.rand(1, 9, 300)).shape == (1, 3, 9, 300)


def test_levels_and_a_field_after_them_are_one_field():
    random = torch.Generator().manual_seed(1)
    photo = 0.2 + 0.3 * torch.rand(2, 3, 20, 24, generator=random)
    guide = photo.mean(1)
    network = FieldGenerator(FieldShape(width=4, rows=3, cols=3, depth=2, levels=True))
    network.initialise(0)
    gain, offset = levels_of(photo)
    stretched = gain[:, :, None, None] * photo + offset[:, :, None, None]
    assert stretched.flatten(2).amin(2).max() < 0.05 and stretched.flatten(2).amax(2).min() > 0.95
    plain = 0.1 * torch.randn(2, 2, 3, 3, 3, 4, generator=random)
    both = sliced(after_levels(plain, gain, offset), photo, guide)
    assert torch.allclose(both, sliced(plain, stretched, guide), atol=1e-5)
    made = network.train()(photo, guide)
    assert float((made - stretched).detach().abs().mean()) < float((made - photo).detach().abs().mean())


def test_slicing_wants_one_batch(photo):
    with pytest.raises(OptionError, match="give one batch"):
        sliced(torch.zeros(2, 1, 1, 1, 3, 4), photo, luminance(photo[0])[None])


@pytest.mark.parametrize("kind", GENERATORS)
def test_tiles_meet_without_a_seam(kind):
    network = kind(GeneratorShape(width=4, residuals=1)).eval()
    initialise(network, 2)
    photo = torch.rand(3, 300, 260, generator=torch.Generator().manual_seed(1))
    large = translate_whole(network, photo, whole=1, tile=1024)
    tiled = translate_whole(network, photo, whole=1, tile=64)
    assert torch.allclose(tiled, large, atol=1e-4)
    assert not torch.equal(large, translate_whole(network, photo))  # statistics of windows, not of all pixels


def test_windows_over_all_of_a_photo_give_its_own_code():
    x = torch.rand(1, 3, 32, 48)
    parts = torch.cat([x[:, :, a : a + 8, b : b + 12] for a in range(0, 32, 8) for b in range(0, 48, 12)])
    measured = MeasuredCode(4, 4)
    assert torch.allclose(measured(parts), own_code(x), atol=1e-6)
    assert torch.equal(FixedCode(measured)(x), measured.found)


@pytest.mark.parametrize("kind", ["cyclegan", "ugatit", "field"])
def test_files_give_the_networks_back(kind, tmp_path, photo):
    shape = {"width": 4, "rows": 2, "cols": 2, "depth": 2} if kind == "field" else {"width": 4, "residuals": 1, "adds": True}
    networks = Translators(built(kind, shape), built(kind, shape))
    for number, part in enumerate(networks.children()):
        initialise(part, number)
    TrainedTranslators(networks, kind, ("day", "dusk"), {"name": "x"}).save(tmp_path / "x.safetensors")
    again = load_translators(tmp_path / "x.safetensors")
    assert again.kind == kind and again.sets == ("day", "dusk") and again.card == {"name": "x"}
    for one, other in zip(networks.parameters(), again.networks.parameters(), strict=True):
        assert torch.equal(one.half().float(), other)


def test_a_stylizer_is_no_translator(tmp_path):
    TrainedStylizer(Stylizer(StylizerShape(1, 4, 0)), ("a",)).save(tmp_path / "x.safetensors")
    with pytest.raises(FileError, match="this method needs translator"):
        load_translators(tmp_path / "x.safetensors")


def test_attention_is_shown_from_least_to_most(photo):
    shown = attention_of(AttentionGenerator(SMALL).eval(), photo[0])
    assert float(shown.min()) == 0 and float(shown.max()) == 1


def test_a_generator_begins_as_a_stylizer():
    stylizer = Stylizer(StylizerShape(styles=2, width=4, residuals=2))
    stylizer.initialise(0)
    random = torch.Generator().manual_seed(1)
    stylizer.norms.data.add_(0.3 * torch.randn(stylizer.norms.shape, generator=random))
    generator = ResidualGenerator(GeneratorShape(width=4, residuals=2, affine=True)).eval()
    generator.begin_with(stylizer, stylizer.norms[1])
    photo = torch.rand(1, 3, 21, 30, generator=random)
    with torch.no_grad():
        assert torch.allclose(generator(photo), stylizer(photo, stylizer.norms[1:]), atol=1e-5)


@pytest.mark.parametrize(
    "shape", [GeneratorShape(4, 2), GeneratorShape(4, 2, adds=True, affine=True), GeneratorShape(4, 3, affine=True)]
)
def test_a_generator_of_another_kind_cannot_begin_as_a_stylizer(shape):
    stylizer = Stylizer(StylizerShape(width=4, residuals=2))
    with pytest.raises(OptionError, match="cannot begin with a stylizer"):
        ResidualGenerator(shape).begin_with(stylizer, stylizer.norms[0])
