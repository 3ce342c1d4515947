"""The network for any style that ships: it takes the colours of pictures that it never saw, and its card says what it is."""

import sys

import numpy as np
import pytest
from PIL import Image

import photostyle
from photostyle import models
from photostyle.cli import main


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """Hills under a sky, (96, 128, 3)."""
    y, x = np.mgrid[0:96, 0:128] / 96
    grain = 0.1 * np.random.default_rng(0).random((96, 128))
    hills = y > 0.45 + 0.1 * np.sin(4 * x)
    sky = np.stack([0.5 + 0.1 * y, 0.65 + 0.05 * y, 0.85 + 0 * y], -1)
    land = np.stack([0.2 + grain, 0.35 + grain, 0.15 + grain], -1)
    return np.where(hills[..., None], land, sky).astype(np.float32)


def strokes(seed: int, colours: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """A picture of short strokes in a few colours, (160, 200, 3)."""
    random = np.random.default_rng(seed)
    picture = np.zeros((160, 200, 3), np.float32) + colours[0]
    for _ in range(900):
        top, left = random.integers(0, 150), random.integers(0, 180)
        picture[top : top + 4, left : left + 18] = colours[random.integers(len(colours))] + 0.05 * random.standard_normal(3)
    return picture.clip(0, 1)


STYLES = {
    "warm": strokes(1, ((0.9, 0.6, 0.2), (0.7, 0.3, 0.1), (0.95, 0.85, 0.5))),
    "cold": strokes(2, ((0.2, 0.3, 0.6), (0.5, 0.6, 0.8), (0.1, 0.15, 0.3))),
}


def painted(photo: np.ndarray, style: str, **options: object) -> np.ndarray:
    made = photostyle.transfer(photo, STYLES[style], method="network", network="any", **options)
    return made.photo.pixels.clip(0, 1)


def test_each_style_gives_its_own_colours(photo):
    made = {style: painted(photo, style) for style in STYLES}
    for style, picture in made.items():
        assert picture.shape == photo.shape
        away = {name: np.abs(picture.mean((0, 1)) - other.mean((0, 1))).sum() for name, other in STYLES.items()}
        assert away[style] == min(away.values()), f"{style}: its colours are nearer to another style's"
        assert np.corrcoef(photo.mean(2).ravel(), picture.mean(2).ravel())[0, 1] > 0.4, "what is light stays light"


def test_strength_and_content_weight_keep_more_of_the_photo(photo):
    whole = np.abs(painted(photo, "warm") - photo).mean()
    assert np.abs(painted(photo, "warm", strength=0.5) - photo).mean() < whole
    kept, usual = (np.abs(painted(photo, "warm", content_weight=weight) - photo).mean() for weight in (4.0, 0.25))
    assert kept != usual


def test_it_is_called_by_its_name(photo, tmp_path, monkeypatch):
    for name, pixels in (("day", photo), ("warm", STYLES["warm"])):
        Image.fromarray((pixels * 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["photostyle", "paint", "day.png", "warm.png", "--method", "any", "-o", "new.png", "-q"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    with Image.open("new.png") as picture:
        assert picture.size == (128, 96)


def test_it_is_small_and_says_what_it_is():
    assert models.find("any").stat().st_size < 4_000_000
    card = models.card("any")
    for word in ("CC0", "non-commercial", "seed", "steps", "held out", "painters", "247"):
        assert word in card
