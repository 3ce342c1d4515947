"""Encoders by name: where weights are looked for, what is refused, and in what words."""

import pytest
import torch
from safetensors.torch import save_file

from photostyle.encoders import Compact, Compact5, Vgg16, Vgg19, computes_bfloat16, load_encoder
from photostyle.errors import DeviceError, ModelError, OptionError


@pytest.fixture(autouse=True)
def empty_caches(tmp_path, monkeypatch):
    """No weights but the shipped ones, whatever this machine has."""
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture(scope="module")
def vgg16_weights():
    """A state dict as torchvision names it, with random numbers, and the encoder it came from."""
    torch.manual_seed(0)
    encoder = Vgg16()
    weights = {}
    for index, step in enumerate(encoder.steps):
        for parameter, value in step.module.named_parameters():
            weights[f"features.{index}.{parameter}"] = value.detach()
    weights["classifier.6.bias"] = torch.zeros(3)
    return weights, encoder


def put(folder, name, weights):
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(weights, folder / name)
    return folder / name


def test_compact_is_shipped_small_and_is_what_auto_falls_back_on():
    from photostyle.models import find

    assert find("compact").stat().st_size < 2_000_000
    encoder = load_encoder()
    assert isinstance(encoder, Compact) and not encoder.training
    assert not any(p.requires_grad for p in encoder.parameters())


def test_compact5_is_shipped_within_3_mb_and_is_taken_only_by_name():
    from photostyle.models import find

    assert find("compact5").stat().st_size <= 3_000_000
    encoder = load_encoder("compact5")
    assert isinstance(encoder, Compact5) and all(p.dtype == torch.float32 for p in encoder.parameters())
    assert encoder.style_layers == ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def test_torchvision_has_its_features_where_we_look_for_them():
    torchvision = pytest.importorskip("torchvision")
    with torch.device("meta"):
        for ours, theirs in ((Vgg19, torchvision.models.vgg19), (Vgg16, torchvision.models.vgg16)):
            convolutions = {k: v.shape for k, v in theirs(weights=None).features.state_dict().items()}
            own = {k[6:].replace(".module", ""): v.shape for k, v in ours().state_dict().items()}
            assert own == convolutions


@pytest.mark.parametrize("place", ["home/models", "torch/hub/checkpoints"])
def test_vgg_is_found_in_either_cache(tmp_path, vgg16_weights, place):
    weights, source = vgg16_weights
    put(tmp_path / place, "vgg16-397923af.pth", weights)
    x = torch.rand(1, 3, 16, 24)
    found = load_encoder("vgg16")
    torch.testing.assert_close(found(x)["relu5_1"], source(x)["relu5_1"])


def test_a_given_path_comes_first_and_may_be_safetensors(tmp_path, vgg16_weights):
    weights, source = vgg16_weights
    save_file({k: v.contiguous() for k, v in weights.items()}, tmp_path / "mine.safetensors")
    x = torch.rand(1, 3, 16, 16)
    found = load_encoder("vgg16", weights=tmp_path / "mine.safetensors")
    torch.testing.assert_close(found(x, ["relu2_1"])["relu2_1"], source(x)["relu2_1"])


def test_vgg_prepares_photos_as_torchvision_does():
    from torchvision.models import VGG19_Weights
    from torchvision.transforms.functional import normalize

    transform = VGG19_Weights.IMAGENET1K_V1.transforms()
    x = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(Vgg16().prepare(x), normalize(x, transform.mean, transform.std))


def test_missing_weights_name_the_command_that_gets_them():
    with pytest.raises(ModelError) as caught:
        load_encoder("vgg19")
    assert str(caught.value) == ("the weights of vgg19 are not on this machine; get them with: photostyle models pull vgg19")


def test_a_given_path_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="expected the weights of vgg19 at .*nowhere.pth, found no file there"):
        load_encoder("vgg19", weights=tmp_path / "nowhere.pth")


def test_weights_of_another_network_are_refused(tmp_path, vgg16_weights):
    path = put(tmp_path, "other.pth", vgg16_weights[0])
    for name in ("vgg19", "compact", "compact5"):
        with pytest.raises(ModelError, match=f"does not hold the weights of {name} .*; give another file") as caught:
            load_encoder(name, weights=path)
        assert "\n" not in str(caught.value)


class Trap:
    def __reduce__(self):
        return (print, ("code ran while loading",))


def test_a_file_that_would_run_code_is_refused(tmp_path, capsys):
    with pytest.raises(ModelError, match="cannot read weights from") as caught:
        load_encoder("vgg19", weights=put(tmp_path, "trap.pth", {"features.0.weight": Trap()}))
    assert "code ran" not in capsys.readouterr().out and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["broken.pth", "broken.safetensors"])
def test_broken_files_are_refused_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"not weights at all")
    with pytest.raises(ModelError, match="cannot read weights from") as caught:
        load_encoder("vgg16", weights=tmp_path / name)
    assert "\n" not in str(caught.value)


def test_unknown_names_and_devices():
    with pytest.raises(OptionError, match="encoder must be one of auto, compact, compact5, vgg19, vgg16, got 'vgg11'"):
        load_encoder("vgg11")
    with pytest.raises(OptionError, match="precision must be one of float32, bfloat16, got 'float64'"):
        load_encoder("compact", precision="float64")
    with pytest.raises(DeviceError, match="device nonsense cannot be used"):
        load_encoder("compact", device="nonsense")


def test_bfloat16_features_are_those_of_float32_but_for_rounding():
    x = torch.rand(1, 3, 40, 48)
    full, half = load_encoder("compact"), load_encoder("compact", precision="bfloat16")
    assert isinstance(computes_bfloat16(), bool)
    for name, f in full(x).items():
        other = half(x)[name]
        assert other.dtype == torch.bfloat16
        assert (other.float() - f).norm() / f.norm() < 0.02
