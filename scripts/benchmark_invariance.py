"""`benchmark.py invariance`: what should not change the look, and how far it does, in CIE delta E 2000."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from benchmark_pairs import BenchmarkPair, read_pairs
from benchmark_record import RECORDS, ROOT, print_table, provenance, summary, write_record
from PIL import Image
from rich.progress import track
from skimage.color import deltaE_ciede2000, rgb2lab

import photostyle
from photostyle.colour import luminance_of_pixels
from photostyle.metrics import light_order, newly_clipped
from photostyle.photo import resample

COMPARED = 350  # long side at which results are compared
SHIFT = 4  # pixels that masks are moved by
GIVEN = Path | np.ndarray


def invariance(
    pairs: Annotated[Path, typer.Option(help="A folder of pairs, as for quality.")] = ROOT.parent / "shared/benchmark/pairs",
    only: Annotated[str, typer.Option(help="Pairs to take, such as 3,6,9-21.")] = "3,6,33",
    full: Annotated[bool, typer.Option("--full", help="Also at 6000 px.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
) -> None:
    """The same photo at other sizes, other seeds and precision, moved masks, and styles that hold next to nothing."""
    about, chosen = provenance(), read_pairs(pairs, only)
    sizes = (350, 1400, 6000) if full else (350, 1400)
    found: dict[str, dict[str, dict[str, float]]] = {"delta E": {}, "sane": {}}
    for pair in track(chosen, "pairs"):
        with tempfile.TemporaryDirectory() as folder:
            same, sane = _Relit(pair, Path(folder)), {}
            deltas = {f"at {size} px": same.delta(content=resized(pair.content, size)) for size in sizes}
            deltas |= same.small_changes()
            sane = same.poor_styles()
        for kind, cases in (("delta E", deltas), ("sane", sane)):
            for case, values in cases.items():
                found[kind].setdefault(case, {})[pair.name] = values
    summed = {k: {case: _summed(v) for case, v in cases.items()} for k, cases in found.items()}
    write_record({**about, "sizes_from_enlarged_photos": True, "per_pair": found, **summed}, "invariance", out)
    for kind, cases in summed.items():
        header = ["", *next(iter(cases.values()))]
        print_table(
            f"{kind}, mean over {len(chosen)} pairs", header, [[c, *(v["mean"] for v in n.values())] for c, n in cases.items()]
        )


class _Relit:
    """A pair relit at 700 px, and how far the result moves when something about it changes."""

    def __init__(self, pair: BenchmarkPair, folder: Path):
        self.pair, self.folder = pair, folder
        self.content = resized(pair.content, 700)
        self.base = self.relit()

    def relit(self, content: np.ndarray | None = None, **changes: Any) -> np.ndarray:
        """(h, w, 3) the result at the size where results are compared."""
        given = {"content_mask": self.pair.content_mask, "style_mask": self.pair.style_mask, **changes}
        style = given.pop("style", self.pair.style.astype(np.float32))
        content = self.content if content is None else content
        return resized(photostyle.transfer(content, style, **given).photo.pixels, COMPARED)

    def delta(self, **changes: Any) -> dict[str, float]:
        return _delta(self.base, self.relit(**changes))

    def small_changes(self) -> dict[str, dict[str, float]]:
        """Another seed, precision, masks; and the content as its own style, against the content."""
        mask = self.pair.content_mask
        found = {"seed 1": self.delta(seed=1), "bfloat16": self.delta(encoder="auto", precision="bfloat16")}
        if mask is not None:
            found[f"masks moved by {SHIFT} px"] = self.delta(
                content_mask=self._painted(mask, lambda m: np.roll(m, SHIFT, (0, 1)))
            )
            found["one region wrong"] = self.delta(content_mask=self._painted(mask, _corner_repainted))
        own = self.relit(style=self.content, style_mask=mask)
        return found | {"content = style": _delta(resized(self.content, COMPARED), own)}

    def poor_styles(self) -> dict[str, dict[str, float]]:
        """Styles that hold next to nothing: is the result finite, in order, and not clipped?"""
        flat = {"black": 0.0, "white": 1.0, "grey": 0.5}
        styles = {f"{name} style": np.full((96, 128, 3), level, np.float32) for name, level in flat.items()}
        styles["style of 16 px"] = resample(self.pair.style.astype(np.float32), (16, 16))
        found = {}
        before = resized(self.content, COMPARED)
        for name, style in styles.items():
            after = self.relit(style=style, content_mask=None, style_mask=None, segmenter="none")
            order, inverted = light_order(luminance_of_pixels(before), luminance_of_pixels(after))
            clipped = newly_clipped(before, after.clip(0, 1))
            found[name] = {
                "finite": float(np.isfinite(after).all()), "order": order, "inverted": inverted, "clipped": clipped,
                "light before": float(luminance_of_pixels(before).mean()),
                "light after": float(luminance_of_pixels(after).mean()),
            }  # fmt: skip
        return found

    def _painted(self, mask: Path, change: Callable[[np.ndarray], np.ndarray]) -> Path:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.png"
        with Image.open(mask) as picture:
            Image.fromarray(change(np.asarray(picture.convert("RGB")))).save(path)
        return path


def _corner_repainted(mask: np.ndarray) -> np.ndarray:
    """The mask with its lower left sixteenth painted as its upper right corner is."""
    changed, (height, width) = mask.copy(), mask.shape[:2]
    changed[-height // 4 :, : width // 4] = mask[0, -1]
    return changed


def _delta(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Median and 95th percentile of CIE delta E 2000 between two pictures; of the first's size."""
    if one.shape != other.shape:
        other = resample(other, one.shape[1::-1])
    found = deltaE_ciede2000(*(rgb2lab(v.clip(0, 1)) for v in (one, other)))
    return {"median": float(np.median(found)), "95 %": float(np.percentile(found, 95))}


def _summed(of_pairs: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    rows = list(of_pairs.values())
    return {name: summary(row[name] for row in rows) for name in rows[0]}


def resized(pixels: np.ndarray, long_side: int) -> np.ndarray:
    """(h, w, 3) float32 with the long side as asked."""
    scale = long_side / max(pixels.shape[:2])
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    return resample(np.ascontiguousarray(pixels, np.float32), size)
