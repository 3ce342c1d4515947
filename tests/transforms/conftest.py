"""A photo, and a transform of each kind as if it was found for it."""

import numpy as np
import pytest
import torch

from photostyle.photo import resample
from photostyle.prepared import Prepared, prepare_whole
from photostyle.regions import Pair, Regions
from photostyle.transforms import FieldTransform, PictureTransform, Provenance, SharedTransform
from photostyle.transforms.field import BilateralField

NAMES = ("left", "right")


def photo(height=150, width=210, seed=0):
    """A smooth picture with some grain, as photos are."""
    random = np.random.default_rng(seed)
    shapes = resample(random.random((5, 7, 3)).astype(np.float32), (width, height))
    return (0.7 * shapes + 0.15 + random.normal(0, 0.02, (height, width, 3))).clip(0, 1).astype(np.float32)


def halves(pixels) -> Prepared:
    """A prepared photo whose left and right halves are regions."""
    whole = prepare_whole(pixels)
    width, height = whole.copy.photo.size
    masks = torch.zeros(2, height, width)
    masks[0, :, : width // 2] = 1
    masks[1, :, width // 2 :] = 1
    return Prepared(whole.photo, whole.copy, Regions(NAMES, masks, ((255, 0, 0), (0, 0, 255))))


def made(kind: str, content: Prepared):
    random = torch.Generator().manual_seed(1)
    pairs = tuple(Pair(name, name, "same name") for name in NAMES)
    provenance = Provenance.of(content, "test", pairs, style="dusk.jpg", encoder="compact")
    if kind == "field":
        table = 0.15 * torch.randn(2, 4, 3, 3, 3, 4, generator=random)
        return FieldTransform(BilateralField(table, NAMES), content.regions, provenance)
    if kind == "picture":
        picture = content.at_working_size(64) * torch.tensor([1.0, 0.7, 0.5])[:, None, None]
        return PictureTransform(picture, content.regions, provenance)
    table = 0.15 * torch.randn(3, 4, 1, 1, 3, 4, generator=random)
    return SharedTransform(table, NAMES, Provenance("test"))


@pytest.fixture
def a_photo():
    """`a_photo(height, width, seed)` -> (height, width, 3)."""
    return photo


@pytest.fixture
def prepared_halves():
    """`prepared_halves(pixels)` -> the photo, its left and right halves its regions."""
    return halves


@pytest.fixture
def transform_for():
    """`transform_for(kind, content)` -> a transform of that kind."""
    return made


@pytest.fixture
def content():
    return halves(photo())


@pytest.fixture(params=["field", "picture", "shared"])
def transform(request, content):
    return made(request.param, content)


@pytest.fixture(params=["field", "picture"])
def transform_of_one_photo(request, content):
    return made(request.param, content)
