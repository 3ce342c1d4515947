"""Folders of benchmark pairs: a content, a style, their masks, and results that others published for them."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import typer
from PIL import Image

from photostyle.regions import read_mask_pair


@dataclass(frozen=True)
class BenchmarkPair:
    """The files of one pair; masks may be missing. `published` names results of others."""

    name: str
    content_path: Path
    style_path: Path
    content_mask: Path | None
    style_mask: Path | None
    published: dict[str, Path] = field(default_factory=dict)

    @cached_property
    def content(self) -> np.ndarray:
        """(H, W, 3) float64 in [0, 1]."""
        return read_rgb(self.content_path)

    @cached_property
    def style(self) -> np.ndarray:
        return read_rgb(self.style_path)

    @cached_property
    def masks(self) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """Hard masks (R, H, W) of both photos, row by row those of one paint; (None, None) where there are none."""
        if self.content_mask is None or self.style_mask is None:
            return None, None
        sizes = [photo.shape[1::-1] for photo in (self.content, self.style)]
        ours, theirs = read_mask_pair(self.content_mask, self.style_mask, *sizes, hard=True)
        empty = np.zeros(self.style.shape[:2], np.float32)
        partners = [theirs.masks[theirs.index(n)].numpy() if n in theirs.names else empty for n in ours.names]
        return ours.masks.numpy(), np.stack(partners)


def read_rgb(path: Path, size: tuple[int, int] | None = None) -> np.ndarray:
    """(H, W, 3) float64 in [0, 1]; in another (width, height) if asked, by bicubic interpolation."""
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
        if size is not None and picture.size != size:
            picture = picture.resize(size, Image.Resampling.BICUBIC)
        return np.asarray(picture, np.float64) / 255


def read_pairs(folder: Path, only: str | None = None) -> list[BenchmarkPair]:
    """The pairs of a folder, in order.

    Args:
        folder: either N/content.png, style.png, content_mask.png, style_mask.png, and any other NAME.png there as a
            published result; or the paper's own layout: input/inN.png, style/tarN.png, segmentation/, final_results/.
        only: numbers to keep, such as "3,6,9-21".

    Raises:
        typer.BadParameter: when there is no pair.
    """
    read = _paper_pair if (folder / "input").is_dir() else _folder_pair
    found = sorted(folder.glob("input/in*.png")) if read is _paper_pair else [f for f in folder.glob("*") if f.is_dir()]
    numbered = {int(re.sub(r"\D", "", path.name)): path for path in found if re.search(r"\d", path.name)}
    wanted = numbered.keys() if only is None else _numbers(only)
    pairs = [read(folder, numbered[k], k) for k in sorted(numbered) if k in wanted]
    if not pairs:
        raise typer.BadParameter(f"{folder}: no pairs here; give a folder of N/content.png or the paper's examples/")
    return pairs


def _folder_pair(folder: Path, at: Path, number: int) -> BenchmarkPair:
    own = [at / f"{name}.png" for name in ("content", "style", "content_mask", "style_mask")]
    published = {f.stem: f for f in sorted(at.glob("*.png")) if f not in own}
    return BenchmarkPair(str(number), own[0], own[1], _present(own[2]), _present(own[3]), published)


def _paper_pair(folder: Path, at: Path, number: int) -> BenchmarkPair:
    masks = [_present(folder / "segmentation" / f"{kind}{number}.png") for kind in ("in", "tar")]
    results = {
        "luan2017": folder / "final_results" / f"best{number}_t_1000.png",
        "luan2017 stage 1": folder / "tmp_results" / f"out{number}_t_1000.png",
    }
    published = {name: path for name, path in results.items() if path.exists()}
    return BenchmarkPair(str(number), at, folder / "style" / f"tar{number}.png", *masks, published)


def _present(path: Path) -> Path | None:
    return path if path.exists() else None


def _numbers(text: str) -> set[int]:
    ends = [part.partition("-") for part in text.split(",")]
    return {k for low, _, high in ends for k in range(int(low), int(high or low) + 1)}
