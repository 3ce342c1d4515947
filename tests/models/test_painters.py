"""The network of sixteen painters that ships: it paints, each style in its own way, and its card says what it is."""

import sys

import numpy as np
import pytest
from PIL import Image

import photostyle
from photostyle import models
from photostyle.cli import main
from photostyle.networks import PHOTO, load_stylizer


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A sky that is plain, hills with an edge, and a field of grass, (121, 163, 3)."""
    y, x = np.mgrid[0:121, 0:163] / 120
    random = np.random.default_rng(0)
    grass = 0.35 + 0.25 * random.random((121, 163))
    hills = y > 0.45 + 0.1 * np.sin(4 * x)
    sky = np.stack([0.55 + 0.1 * y, 0.7 + 0.05 * y, 0.9 + 0 * y], -1)
    land = np.stack([0.6 * grass, grass, 0.3 * grass], -1)
    return np.where(hills[..., None], land, sky).astype(np.float32)


@pytest.fixture(scope="module")
def painted(photo) -> dict[str, np.ndarray]:
    names = load_stylizer(models.find("painters")).names
    return {name: made(photo, style_name=(name,)) for name in names}


def made(photo: np.ndarray, **options: object) -> np.ndarray:
    return photostyle.transfer(photo, method="network", network="painters", **options).photo.pixels.clip(0, 1)


def test_sixteen_styles_and_the_photo_as_it_is(painted, photo):
    assert len(painted) == 17 and PHOTO in painted
    assert all(picture.shape == photo.shape for picture in painted.values())
    others = [picture for name, picture in painted.items() if name != PHOTO]
    for k, one in enumerate(others):
        assert np.abs(one - photo).mean() > 0.05
        assert all(np.abs(one - other).mean() > 0.02 for other in others[:k]), "two styles are alike"


def test_the_photo_as_it_is_keeps_the_photos_colours(painted, photo):
    """Norms lose a photo's contrast, so that it comes back with more or less of it; hues and what is shown stay."""
    alike = {name: np.corrcoef(photo.ravel(), picture.ravel())[0, 1] for name, picture in painted.items()}
    assert alike[PHOTO] > 0.8 and alike[PHOTO] == max(alike.values())


def test_what_the_photo_shows_stays(painted, photo):
    for name, picture in painted.items():
        alike = np.corrcoef(photo.mean(2).ravel(), picture.mean(2).ravel())[0, 1]
        assert alike > 0.4, f"{name}: light and dark are not where they were"


def test_styles_are_mixed_and_the_photo_among_them_is_a_strength(painted, photo):
    away = [np.abs(made(photo, style_name=(f"seurat:{share}", f"photo:{1 - share}")) - photo).mean() for share in (0.2, 0.6)]
    assert away[0] < away[1]


def test_it_is_called_by_its_name_and_says_which_styles_there_are(photo, tmp_path, monkeypatch, capsys):
    Image.fromarray((photo * 255).astype(np.uint8)).save(tmp_path / "day.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["photostyle", "paint", "day.png", "--method", "painters", "-o", "new.png"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code and "painted in monet-rocks; others, by style name: monet-garden" in " ".join(
        capsys.readouterr().err.split()
    )
    with Image.open("new.png") as picture:
        assert picture.size == (163, 121)


def test_it_is_small_and_says_what_it_is():
    assert models.find("painters").stat().st_size < 4_000_000
    card = models.card("painters")
    for word in ("Monet", "Seurat", "Cézanne", "CC0", "non-commercial", "seed", "steps", "paint"):
        assert word in card
    for name in load_stylizer(models.find("painters")).names:
        assert name in card, "each style is in the card, with the artist's name and the painting"
