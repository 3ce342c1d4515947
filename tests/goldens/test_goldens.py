"""Whole transfers, compared with pictures that were made before: nothing changes by accident.

Each golden lies beside this file as a PNG, and holds as its text `results` the version of the results that it shows.
Where pictures are to change, raise that version (`RESULTS`, see `results_version`), for it also tells batches to make their
photos again; then renew the goldens with `pytest tests/goldens --renew-goldens`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from photostyle import transfer

HERE = Path(__file__).parent
MOST_BYTES = 1_000_000  # of all goldens together

# The networks that ship with photostyle, whatever other weights this machine has.
SHIPPED = {"encoder": "compact", "segmenter": "scene", "device": "cpu", "cache": False}

# How a case is solved: "fast" and "full" as users do by default, and a few steps of the paper's method.
SOLVED = {"fast": {"fast": True}, "full": {}, "pixel": {"solver": "pixel", "size": 96, "steps": 12}}
CASES = [
    "sample-masks-full", "sample-masks-fast", "sample-found-full", "sample-found-fast",
    "hills-masks-full", "hills-masks-fast", "hills-found-full", "hills-found-fast",
    "table-masks-full", "table-masks-fast", "table-found-full", "table-found-fast",
    "table-masks-pixel",
]  # fmt: skip

SHARE = 99.9  # per cent of the values


@dataclass(frozen=True)
class Tolerance:
    """How far a picture may be from its golden, in levels of 255: on average, for `SHARE` of the values, and for any."""

    mean: float
    share: float
    most: float


# The steps of the solver amplify rounding. With one thread and with two, and with AVX-512 and SSE4, the pictures of the
# sample were apart by a mean of 0.11 to 0.32, a share of 1 to 2, and 10 at most; those of the small pairs by up to 0.91, 12
# and 16. A weight of the objective that is a tenth larger changes the sample by a mean of 0.5 to 1.1, a small pair by 0.8
# to 1.6: the sample sees such changes, the small pairs see what went to the wrong place.
TOLERANCES = {"sample": Tolerance(0.6, 6, 20), "hills": Tolerance(1.8, 18, 32), "table": Tolerance(1.8, 18, 32)}

# Of the sample with masks, noise of 1e-7 in the photo is enough for a fast solve to end 1 to 2 levels away in the mean. On the
# machine where this was found last (AVX-512 with bfloat16; the same code as before) the pictures were apart by 2.4, 10 and 14
# (fast) and by 0.56, 9 and 21 (full), without AVX-512 by 2.1 and 8 (fast). So these two see less than those with found regions.
OF_CASES = {"sample-masks-fast": Tolerance(3.5, 14, 24), "sample-masks-full": Tolerance(1.0, 12, 28)}


def results_version() -> int:
    """The version of what a transfer makes, which the fingerprints of batches hold too."""
    from photostyle.batch.fingerprint import RESULTS

    return RESULTS


def solved(case: str, pairs: dict[str, dict]) -> np.ndarray:
    """The picture of a case, (H, W, 3) uint8."""
    pair, regions, way = case.split("-")
    arguments = dict(pairs[pair])
    if regions == "found":
        del arguments["content_mask"], arguments["style_mask"]
    pixels = transfer(**arguments, **SHIPPED, **SOLVED[way]).photo.pixels
    levels = np.clip(np.asarray(pixels, np.float64), 0, 1) * 255
    if pair == "sample":
        levels = overview(levels)
    return levels.round().astype(np.uint8)


def overview(photo: np.ndarray) -> np.ndarray:
    """(1200, 800) -> (200, 150): the whole at an eighth, above a part at full size with the house, trees and the shore."""
    height, width, _ = photo.shape
    whole = photo.reshape(height // 8, 8, width // 8, 8, 3).mean((1, 3))
    return np.concatenate([whole, photo[380:480, 800:950]])


def difference(made: np.ndarray, golden: np.ndarray, allowed: Tolerance) -> tuple[str, bool]:
    """How far a picture is from its golden, in words, and whether that is within the tolerance."""
    if made.shape != golden.shape:
        return f"its shape is {made.shape}, the golden's is {golden.shape}", False
    apart = np.abs(made.astype(np.float64) - golden)
    found = Tolerance(float(apart.mean()), float(np.percentile(apart, SHARE)), float(apart.max()))
    words = (
        f"levels apart: mean {found.mean:.3f} (at most {allowed.mean:g}), {SHARE} % within {found.share:.1f} "
        f"(at most {allowed.share:g}), largest {found.most:.0f} (at most {allowed.most:g})"
    )
    return words, found.mean <= allowed.mean and found.share <= allowed.share and found.most <= allowed.most


def read_golden(path: Path) -> tuple[np.ndarray, int]:
    """The picture, and the version of the results that it shows."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")), int(image.text["results"])


def write_golden(path: Path, picture: np.ndarray, version: int) -> None:
    text = PngInfo()
    text.add_text("results", str(version))
    Image.fromarray(picture).save(path, optimize=True, pnginfo=text)


def renew(path: Path, made: np.ndarray, version: int, allowed: Tolerance) -> None:
    """Write a golden anew, unless it changed while the version of the results did not; what did not change is kept."""
    if path.exists():
        golden, known = read_golden(path)
        words, within = difference(made, golden, allowed)
        if known == version and not within:
            pytest.fail(
                f"{path.name} changed while the results' version is {version} as before; {words}. "
                "If the change is meant, raise RESULTS first and renew again."
            )
        if known == version:
            return
    write_golden(path, made, version)


def check(path: Path, made: np.ndarray, version: int, allowed: Tolerance, seen: Path) -> None:
    """Compare a picture with its golden; where it differs it is written to `seen`, to be looked at."""
    if not path.exists():
        pytest.fail(f"there is no golden {path.name}; make it with: pytest tests/goldens --renew-goldens")
    golden, known = read_golden(path)
    if known != version:
        pytest.fail(
            f"{path.name} shows version {known} of the results, but RESULTS is {version}; "
            "look at what changed and renew the goldens: pytest tests/goldens --renew-goldens"
        )
    words, within = difference(made, golden, allowed)
    if not within:
        Image.fromarray(made).save(seen)
        pytest.fail(
            f"{path.name} changed; {words}; the new picture is {seen}. If the change is meant, raise RESULTS, "
            "so that batches make their photos again, and renew the goldens: pytest tests/goldens --renew-goldens"
        )


@pytest.mark.parametrize("case", CASES)
def test_a_transfer_is_as_it_was(case, pairs, pytestconfig, tmp_path):
    made, path = solved(case, pairs), HERE / f"{case}.png"
    version, allowed = results_version(), OF_CASES.get(case, TOLERANCES[case.split("-")[0]])
    if pytestconfig.getoption("--renew-goldens"):
        renew(path, made, version, allowed)
    check(path, made, version, allowed, tmp_path / path.name)


def test_the_goldens_are_those_of_the_cases_and_small():
    goldens = list(HERE.glob("*.png"))
    assert sorted(path.stem for path in goldens) == sorted(CASES)
    assert sum(path.stat().st_size for path in goldens) < MOST_BYTES


LITTLE = Tolerance(0.5, 2, 5)


@pytest.fixture
def picture():
    return np.full((20, 30, 3), 100, np.uint8)


def test_a_change_is_seen_and_rounding_is_not(picture, tmp_path):
    path, seen = tmp_path / "golden.png", tmp_path / "seen.png"
    write_golden(path, picture, 3)
    rounded = picture.copy()
    rounded[0, 0] += 1
    check(path, rounded, 3, LITTLE, seen)
    assert not seen.exists()
    with pytest.raises(pytest.fail.Exception, match="changed; levels apart: mean 1.000 .* raise RESULTS"):
        check(path, picture + 1, 3, LITTLE, seen)
    assert np.array_equal(np.asarray(Image.open(seen)), picture + 1)
    with pytest.raises(pytest.fail.Exception, match="its shape is"):
        check(path, picture[1:], 3, LITTLE, seen)


def test_a_golden_of_another_version_or_none_is_refused(picture, tmp_path):
    path = tmp_path / "golden.png"
    with pytest.raises(pytest.fail.Exception, match="there is no golden golden.png; make it with"):
        check(path, picture, 3, LITTLE, tmp_path / "seen.png")
    write_golden(path, picture, 3)
    with pytest.raises(pytest.fail.Exception, match="shows version 3 of the results, but RESULTS is 4; .* renew"):
        check(path, picture, 4, LITTLE, tmp_path / "seen.png")


def test_a_changed_golden_is_renewed_only_with_a_new_version(picture, tmp_path):
    path = tmp_path / "golden.png"
    renew(path, picture, 3, LITTLE)
    with pytest.raises(pytest.fail.Exception, match="changed while the results' version is 3 as before.* raise RESULTS first"):
        renew(path, picture + 9, 3, LITTLE)
    assert np.array_equal(read_golden(path)[0], picture)
    renew(path, picture + 9, 4, LITTLE)
    golden, version = read_golden(path)
    assert np.array_equal(golden, picture + 9) and version == 4
