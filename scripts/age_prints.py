"""Simulate aged colour prints from photos: two sets for `photostyle train`, and held-out pairs to measure against.

    python scripts/age_prints.py ../shared/photos/images prints
    photostyle train restore.yml          # network: field, a: prints/aged, b: prints/clean

Writes prints/aged (a part of the photos, aged), prints/clean (another part, as they are), prints/held (a third part, aged) and
prints/truth (the same, as they are). No photo is in two parts, so that nobody is shown what an aged photo once was; the third
part alone has truth, and is not trained on. The same seed gives the same files.

What is simulated, in this order, and why:

1. fade, in densities: a chromogenic print is three dyes, and what a dye absorbs is its density, -log10 of reflectance. In the
   dark cyan goes first, so the print turns red; in light magenta goes first, and pale parts, which have little dye, lose the
   larger share of it (Wilhelm & Brower 1993, chapters 3 and 5). A dye that keeps a share of its density loses contrast in its
   own colour, most where the print is dark: the cast depends on density, and no single curve or tint takes it away.
2. unevenness: a part of the print lay in the light, or under a frame; the fade differs smoothly over the picture.
3. stain: what is left of the couplers turns yellow, which is density in blue and some in green, all over, so that white paper
   is cream; and now and then a water stain, brown, with a darker rim.
4. lifted blacks: dyes that fade and light scattered in the scanner; the deepest black is grey.
5. blur: of the lens, the enlarger and the scanner.
6. grain: noise of density, of clumps of dye, larger than a pixel.
7. dust and scratches: small spots and thin lines, light where the print lost its surface, dark where dirt lies on it.

Strengths are drawn for each print. A colour that all dyes have lost is not in the print any more; black-and-white prints and
tears are not simulated. Dyes are taken to absorb a third of the spectrum each, without the side absorptions of real ones.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from photostyle.colour.srgb import converted, decoded, encoded
from photostyle.photo import Photo, read_photo, write_photo

DARKEST = 2.2  # density of black paper
RED, GREEN, BLUE = range(3)  # each is what the dyes cyan, magenta and yellow absorb
PARTS = ("aged", "clean", "held")
SHARES = (0.42, 0.42, 0.16)


def aged_print(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A photo as a print of it looks decades later.

    Args:
        pixels: (H, W, 3), sRGB-encoded in [0, 1].
        random: what strengths and places are drawn from.

    Returns:
        (H, W, 3), the same.
    """
    density = -np.log10(np.maximum(converted(decoded, pixels.astype(np.float64)), 10**-DARKEST))
    density = faded(density, random)
    density = stained(density, random)
    light = 10**-density
    flare = random.uniform(0.0, 0.035)
    light = light * (1 - flare) + flare
    sigma = random.uniform(0.2, 0.9)
    light = gaussian_filter(light, (sigma, sigma, 0))
    density = grained(-np.log10(light), random)
    light = marked(10**-density, random)
    return converted(encoded, light.clip(0, 1)).clip(0, 1).astype(np.float32)


def faded(density: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Dyes that lost a share of their density, unevenly over the print."""
    by_light = random.random() < 0.4
    strength = random.uniform(0.5, 1.0)
    lost = np.array([0.22, 0.5, 0.3] if by_light else [0.5, 0.2, 0.3]) * strength * random.uniform(0.75, 1.2, 3)
    uneven = 1 + random.uniform(0.0, 0.45) * smooth_noise(density.shape[:2], random)
    left = 1 - lost * uneven[..., None]
    faded = density * left.clip(0.15, 1)
    if by_light:  # where there is little dye, a larger share of it goes
        faded -= 0.25 * strength * lost * density * np.exp(-density / 0.35)
    return faded.clip(0)


def stained(density: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Paper that turned yellow, and now and then a stain of water."""
    yellow = random.uniform(0.03, 0.22)
    over = 1 + random.uniform(0.0, 0.4) * smooth_noise(density.shape[:2], random)
    stained = density + yellow * np.array([0.08, 0.35, 1.0]) * over[..., None]
    for _ in range(random.choice(3, p=(0.7, 0.2, 0.1))):
        inside = blot(density.shape[:2], random)
        rim = 4 * inside * (1 - inside)
        brown = random.uniform(0.04, 0.16) * np.array([0.35, 0.65, 1.0])
        stained += (inside + 0.5 * rim)[..., None] * brown
    return stained


def grained(density: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Noise of clumps of dye, a part of it alike in all colours."""
    height, width = density.shape[:2]
    own = random.standard_normal((height, width, 3))
    shared = random.standard_normal((height, width, 1))
    grain = gaussian_filter(0.6 * own + 0.8 * shared, (0.6, 0.6, 0))
    return (density + random.uniform(0.005, 0.03) * grain / grain.std()).clip(0)


def marked(light: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Spots of dust and thin scratches, in linear light."""
    height, width = light.shape[:2]
    cover = np.zeros((height, width))
    tone = np.zeros((height, width))
    for _ in range(random.integers(0, 25)):
        spot = _spot((height, width), random)
        tone = np.where(spot > cover, random.choice((0.02, 0.8)), tone)
        cover = np.maximum(cover, spot)
    for _ in range(random.integers(0, 4)):
        scratch = _scratch((height, width), random)
        tone = np.where(scratch > cover, 0.8, tone)
        cover = np.maximum(cover, scratch)
    return light * (1 - cover[..., None]) + (tone * cover)[..., None]


def smooth_noise(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """(H, W) in [-1, 1]: a slope and a few hills, as broad as a third of the picture."""
    nodes = random.uniform(-1, 1, (4, 4))
    down = np.linspace(0, 3, size[0])
    across = np.linspace(0, 3, size[1])
    return map_coordinates(nodes, np.meshgrid(down, across, indexing="ij"), order=3, mode="nearest").clip(-1, 1)


def blot(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """(H, W) in [0, 1]: the inside of an uneven round spot, a tenth to a third of the picture wide."""
    down, across = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]), indexing="ij")
    middle = random.uniform(0, 1, 2)
    radius = random.uniform(0.05, 0.17)
    away = np.hypot(down - middle[0], across - middle[1]) / radius + 0.5 * smooth_noise(size, random)
    return 1 / (1 + np.exp(((away - 1) * 12).clip(-50, 50)))


def _spot(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    down, across = np.ogrid[: size[0], : size[1]]
    radius = random.uniform(0.5, 1.6)
    away = np.hypot(down - random.uniform(0, size[0]), across - random.uniform(0, size[1]))
    return (radius + 0.5 - away).clip(0, 1) * random.uniform(0.4, 1.0)


def _scratch(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """A thin line that is hardly bent, from top to bottom or less."""
    down, across = np.ogrid[: size[0], : size[1]]
    begin, length = random.uniform(-0.3, 0.8) * size[0], random.uniform(0.1, 0.9) * size[0]
    place = random.uniform(0, size[1]) + (down - begin) * random.uniform(-0.3, 0.3) + 3 * np.sin(down / random.uniform(40, 120))
    inside = (down >= begin) & (down < begin + length)
    return (random.uniform(0.4, 0.9) - np.abs(across - place) + 0.5).clip(0, 1) * inside * random.uniform(0.3, 0.9)


def part_of(name: str, seed: int) -> str:
    """Which part a photo belongs to, by its name alone: other photos beside it change nothing."""
    number = int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8]) / 2**64
    return PARTS[int(np.searchsorted(np.cumsum(SHARES)[:-1], number, side="right"))]


def drawn_for(name: str, seed: int, copy: int = 0) -> np.random.Generator:
    """The random numbers of one print."""
    return np.random.default_rng(list(hashlib.sha256(f"{seed} {copy} {name}".encode()).digest()[:16]))


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def main() -> None:
    arguments = parse()
    paths = photos_in(arguments.photos)
    for folder in ("aged", "clean", "held", "truth"):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(PARTS, 0)
    for path in paths:
        part = part_of(path.name, arguments.seed)
        if part == "held" and counts["held"] >= arguments.held:
            continue
        counts[part] += 1
        pixels = read_photo(path).pixels
        if part == "clean":
            _write(pixels, arguments.out / "clean" / f"{path.stem}.jpg")
            continue
        if part == "held":
            _write(pixels, arguments.out / "truth" / f"{path.stem}.jpg")
        for copy in range(arguments.copies if part == "aged" else 1):
            aged = aged_print(pixels, drawn_for(path.name, arguments.seed, copy))
            _write(aged, arguments.out / part / (f"{path.stem}.jpg" if copy == 0 else f"{path.stem}-{copy}.jpg"))
    print(f"{arguments.out}: " + ", ".join(f"{count} {part}" for part, count in counts.items()))


def _write(pixels: np.ndarray, path: Path) -> None:
    write_photo(Photo(pixels), path, quality=95)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photos", type=Path, help="a folder of photos")
    parser.add_argument("out", type=Path, help="the folder to write to")
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--copies", type=int, default=2, help="prints of each photo that is trained on, each aged in its own way")
    parser.add_argument("--held", type=int, default=400, help="the most photos that are held out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
