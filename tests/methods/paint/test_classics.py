"""The classics against their sources: a file by torchvision's names gives the losses that the sources' own formulas give.

The weights are random, without biases, so that a network's features are in proportion to what goes in.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from photostyle.encoders import load_encoder
from photostyle.methods.paint import PaintOptions
from photostyle.methods.paint.objective import FRAME, PaintObjective, StyleAtScale
from photostyle.methods.paint.presets import PRESETS

SIDE = 48
DEVIATION = 0.226  # of ImageNet's photos: what torchvision's inputs are over and the sources' are not
# Places in torchvision's `features`, from 0: of content, and of style. Those of fast-neural-style, 4, 9, 16 and 23, count from 1.
PLACES = {
    "gatys2016": ("E", [22], [1, 6, 11, 20, 29]),
    "tutorial": ("E", [31], [1, 6, 11, 20, 29]),
    "johnson-layers": ("D", [15], [3, 8, 15, 22]),
}


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Kind of VGG -> torchvision's own layers, and a file of their weights as torchvision writes it."""
    vgg = pytest.importorskip("torchvision").models.vgg
    found = {}
    for kind in ("E", "D"):
        generator = torch.Generator().manual_seed(0)
        with torch.device("meta"):
            layers = vgg.make_layers(vgg.cfgs[kind], batch_norm=False)
        layers = layers.to_empty(device="cpu").requires_grad_(False)
        for layer in layers:
            if hasattr(layer, "weight"):
                layer.weight.uniform_(-1, 1, generator=generator).mul_((6 / (9 * layer.in_channels)) ** 0.5)
                layer.bias.zero_()
        path = tmp_path_factory.mktemp("vgg") / f"{kind}.pth"
        weights = {f"features.{name}": value for name, value in layers.state_dict().items()}
        torch.save(weights | {"classifier.6.bias": torch.zeros(1000)}, path)
        found[kind] = layers, path
    return found


def pictures():
    """Content, style and what is judged: (3, SIDE, SIDE)."""
    return torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)).unbind()


def in_the_sources_units(layers, picture, places):
    """Features (C, pixels) at places, for an input less its mean, in 0 to 255; beyond its edge the picture is mirrored."""
    mean, deviation = (torch.tensor(v)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    x = F.pad((picture - mean)[None] / deviation * (255 * DEVIATION), (FRAME,) * 4, mode="reflect")
    found = {}
    for place, layer in enumerate(layers[: max(places) + 1]):
        x = layer(x).clone()
        if place in places:
            edge = FRAME * x.shape[2] // (SIDE + 2 * FRAME)
            found[place] = x[0, :, edge:-edge, edge:-edge].flatten(1)
    return [found[place] for place in places]


def by_gatys(content, style, picture):
    """Gatys et al. 2016, eq. 1 and 3 to 7; alpha / beta is 1e-3, and w_l one over the number of layers."""
    shown = sum(0.5 * (f - p).pow(2).sum() for f, p in zip(picture[0], content, strict=True))
    hand = 0
    for f, a in zip(picture[1], style, strict=True):
        n, m = f.shape
        hand += (f @ f.T - a @ a.T).pow(2).sum() / (4 * n**2 * m**2) / len(style)
    return 1e-3 * shown, hand


def by_tensorflow(content, style, picture):
    """TensorFlow's tutorial: `style_content_loss`, with its weights 1e4 and 1e-2."""
    shown = sum((f - p).pow(2).mean() for f, p in zip(picture[0], content, strict=True)) / len(content)
    grams = [(f @ f.T / f.shape[1], a @ a.T / a.shape[1]) for f, a in zip(picture[1], style, strict=True)]
    return 1e4 * shown, 1e-2 * sum((f - a).pow(2).mean() for f, a in grams) / len(style)


def by_johnson(content, style, picture):
    """fast-neural-style: means of squares, Gram matrices over C H W, weights 1 and 5 a layer."""
    shown = sum((f - p).pow(2).mean() for f, p in zip(picture[0], content, strict=True))
    grams = [(f @ f.T / f.numel(), a @ a.T / a.numel()) for f, a in zip(picture[1], style, strict=True)]
    return shown, sum(5 * (f - a).pow(2).mean() for f, a in grams)


@pytest.mark.parametrize(
    ("preset", "losses"), [("gatys2016", by_gatys), ("tutorial", by_tensorflow), ("johnson-layers", by_johnson)]
)
def test_a_classic_has_the_losses_of_its_source(networks, preset, losses):
    kind, shows, hands = PLACES[preset]
    layers, path = networks[kind]
    content, style, picture = pictures()
    seen = {place: in_the_sources_units(layers, picture, place) for place in (tuple(shows), tuple(hands))}
    wanted = losses(
        in_the_sources_units(layers, content, shows), in_the_sources_units(layers, style, hands), tuple(seen.values())
    )
    settings = PaintOptions(**PRESETS[preset])
    encoder = load_encoder(settings.encoder, weights=path)
    whole, everything = torch.ones(1, SIDE, SIDE), torch.ones(1)
    objective = PaintObjective(content, whole, [StyleAtScale(style, whole, everything)], encoder, settings)
    terms, _ = objective(picture)
    assert (terms["content"], terms["style"]) == pytest.approx([float(each) for each in wanted], rel=1e-3)
    assert "colour" not in terms


def test_a_classic_has_the_variation_of_its_source():
    content, style, picture = pictures()
    whole, everything = torch.ones(1, SIDE, SIDE), torch.ones(1)
    pixels = picture.numpy().astype(np.float64)
    steps = np.concatenate([np.diff(pixels, axis=axis).ravel() for axis in (1, 2)])
    for preset, wanted in (
        ("gatys2016", 0.0),
        ("tutorial", 30 * np.abs(steps).sum()),
        ("johnson-layers", 1e-6 * 0.5 * np.square(255 * steps).sum()),
    ):
        settings = PaintOptions(**(PRESETS[preset] | {"encoder": "compact", "style_layers": (), "content_layers": ()}))
        styled = [StyleAtScale(style, whole, everything)]
        terms, _ = PaintObjective(content, whole, styled, load_encoder("compact"), settings)(picture)
        assert terms["variation"] == pytest.approx(wanted, rel=1e-4)
