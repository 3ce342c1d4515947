"""How far an encoder's masked Gram distances rank outputs as the teacher's do, and their gradients point the same way.

    python scripts/judge_encoder.py [--weights FILE] [--shared ../shared] [--size 320]

For each of the benchmark's pairs, many candidate outputs (the content, the style, the published result, closed-form
colour transfers per region and global at several strengths, plain changes of light) are ranked by their distance from
the style: Gram matrices per level and region, relative, weighted by area. Only judges; nothing is trained here.
"""

import argparse
import ast
import importlib.util
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import load_encoder
from photostyle.models import find

MASK_COLOURS = (
    torch.tensor(
        [
            [0, 0, 255],
            [0, 255, 0],
            [0, 0, 0],
            [255, 255, 255],
            [255, 0, 0],
            [255, 255, 0],
            [128] * 3,
            [0, 255, 255],
            [255, 0, 255],
        ]
    )
    / 255
)
LEAST_SHARE = 1e-3


def read(path: Path, size: tuple[int, int], how=Image.LANCZOS) -> Tensor:
    with Image.open(path) as image:
        rgb = image.convert("RGB").resize(size, how)
    return torch.from_numpy(np.asarray(rgb).copy()).permute(2, 0, 1)[None].float() / 255


def fitted(path: Path, side: int) -> tuple[int, int]:
    with Image.open(path) as image:
        scale = side / max(image.size)
        return round(image.width * scale), round(image.height * scale)


def read_masks(path: Path, size: tuple[int, int]) -> Tensor:
    rgb = read(path, size, Image.NEAREST)[0]
    labels = (rgb[None] - MASK_COLOURS[:, :, None, None]).pow(2).sum(1).argmin(0)
    return F.one_hot(labels, len(MASK_COLOURS)).permute(2, 0, 1)[None].float()


def monge_kantorovich(x: Tensor, s: Tensor) -> Tensor:
    """Colours x (N, 3) moved linearly onto the mean and covariance of s (Pitie & Kokaram 2007, eq. 12)."""
    power = lambda m, p: (lambda e, q: (q * e.clamp_min(1e-8) ** p) @ q.T)(*torch.linalg.eigh(m))
    cov = lambda v: torch.cov(v.double().T) + 1e-4 * torch.eye(3, dtype=torch.double)
    half, inverse = power(cov(x), 0.5), power(cov(x), -0.5)
    return ((x - x.mean(0)).double() @ (inverse @ power(half @ cov(s) @ half, 0.5) @ inverse)).float() + s.mean(0)


def moments_only(x: Tensor, s: Tensor) -> Tensor:
    return (x - x.mean(0)) / (x.std(0) + 0.02) * (s.std(0) + 0.02) + s.mean(0)


def quantiles(x: Tensor, s: Tensor) -> Tensor:
    out = torch.empty_like(x)
    for c in range(3):
        order, values = x[:, c].argsort(), s[:, c].sort().values
        out[order, c] = values[torch.linspace(0, len(values) - 1, len(x)).round().long()]
    return out


def transferred(x: Tensor, s: Tensor, masks_x: Tensor, masks_s: Tensor, how) -> Tensor:
    """Each region's colours moved by `how` onto its partner's."""
    out = x[0].flatten(1).T.clone()
    flat = s[0].flatten(1).T
    for mx, ms in zip(masks_x[0].flatten(1) > 0.5, masks_s[0].flatten(1) > 0.5, strict=True):
        if mx.sum() > 8 and ms.sum() > 8:
            out[mx] = how(out[mx], flat[ms])
    return out.T.reshape(x.shape)


def candidates(x: Tensor, s: Tensor, mx: Tensor, ms: Tensor, published: Tensor) -> list[Tensor]:
    """Outputs to rank, good and bad, each (1, 3, H, W) in [0, 1]."""
    all_x, all_s = torch.ones_like(mx[:, :1]), torch.ones_like(ms[:, :1])
    found = [x, F.interpolate(s, x.shape[2:], mode="bilinear", antialias=True), published, (x + published) / 2]
    for how in (monge_kantorovich, moments_only, quantiles):
        for masks in ((mx, ms), (all_x, all_s)):
            full = transferred(x, s, *masks, how)
            found += [x + strength * (full - x) for strength in (0.25, 0.5, 0.75, 1.0, 1.3)]
    mkl = transferred(x, s, mx, ms, monge_kantorovich)
    blurred = F.avg_pool2d(F.pad(mkl, (2,) * 4, mode="reflect"), 5, 1)
    found += [blurred, 2 * mkl - blurred, mkl.clamp_min(0) ** 0.7, mkl.clamp_min(0) ** 1.4, mkl.roll(1, 1)]
    found += [mkl * torch.tensor([1.15, 1.0, 0.85])[:, None, None], mkl.mean(1, keepdim=True).expand_as(mkl)]
    found += [x.clamp_min(0) ** 0.6, x.clamp_min(0) ** 1.8, 1 - x, mkl + 0.05 * torch.randn_like(mkl)]
    return [f.clamp(0, 1) for f in found]


def grams(features: list[Tensor], masks: Tensor) -> list[Tensor]:
    found = []
    for f in features:
        m = F.adaptive_avg_pool2d(masks, f.shape[2:])[0].flatten(1)
        f = f[0].flatten(1)
        found.append(torch.stack([(f * w) @ f.T / (w.sum() + 1e-6) for w in m]))
    return found


def distances(features: list[Tensor], masks: Tensor, wanted: list[Tensor], weights: Tensor, power: int = 1) -> Tensor:
    """Per level, the regions' relative Gram distances, weighted by area as ../shared/benchmark/score.py does."""
    norm = lambda g: g.flatten(1).norm(dim=1)
    pairs = zip(grams(features, masks), wanted, strict=True)
    return torch.stack([(weights * (norm(g - t) / norm(t)) ** power).sum() for g, t in pairs])


class Judge:
    """One pair, with the style's Gram matrices of each encoder."""

    def __init__(self, folder: Path, size: int, encoders: dict):
        size_x, size_s = fitted(folder / "content.png", size), fitted(folder / "style.png", size)
        self.x, self.s = read(folder / "content.png", size_x), read(folder / "style.png", size_s)
        self.published = read(folder / "luan2017.png", size_x)
        mx, ms = read_masks(folder / "content_mask.png", size_x), read_masks(folder / "style_mask.png", size_s)
        keep = (mx.mean((0, 2, 3)) >= LEAST_SHARE) & (ms.mean((0, 2, 3)) >= LEAST_SHARE)
        self.mx, self.ms = mx[:, keep], ms[:, keep]
        self.weights = self.mx.mean((0, 2, 3)) / self.mx.mean((0, 2, 3)).sum()
        self.encoders = encoders
        with torch.no_grad():
            self.wanted = {name: grams(encoder(self.s), self.ms) for name, encoder in encoders.items()}

    def distances(self, name: str, x: Tensor, power: int = 1) -> Tensor:
        return distances(self.encoders[name](x), self.mx, self.wanted[name], self.weights, power)

    @torch.no_grad()
    def table(self) -> dict[str, np.ndarray]:
        """Of each encoder, (candidates, levels) distances."""
        torch.manual_seed(0)
        found = candidates(self.x, self.s, self.mx, self.ms, self.published)
        return {name: torch.stack([self.distances(name, c) for c in found]).numpy() for name in self.encoders}

    def gradients(self, x: Tensor) -> dict[str, Tensor]:
        """Gradient of the squared distance with respect to the photo."""
        found = {}
        for name in self.encoders:
            leaf = x.clone().requires_grad_(True)
            self.distances(name, leaf, 2).mean().backward()
            found[name] = leaf.grad
        return found


def cosine(a: Tensor, b: Tensor) -> float:
    return float(F.cosine_similarity(a.flatten(), b.flatten(), dim=0))


def smooth(g: Tensor, cell: int = 16) -> Tensor:
    """What a coarse field of colour transforms sees of a gradient."""
    return F.avg_pool2d(g, cell, ceil_mode=True)


def teacher_of(shared: Path):
    spec = importlib.util.spec_from_file_location("teacher", shared / "teacher" / "teacher.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TeacherEncoder().eval()


def feature_errors(encoder, teacher, weights: Path, shared: Path) -> list[float]:
    """|student - teacher| / |teacher| of each level over the benchmark's photos, dead channels aside."""
    from safetensors import safe_open

    with safe_open(weights, "pt") as handle:
        note = handle.metadata()
    live, scales = ast.literal_eval(note["live"]), ast.literal_eval(note["scales"])
    sums = np.zeros((2, len(live)))
    with torch.no_grad():
        for path in sorted((shared / "benchmark" / "pairs").glob("*/[cs]*t*e*.png")):
            if "mask" in path.name:
                continue
            x = read(path, fitted(path, 320))
            for k, (s, t) in enumerate(zip(encoder(x), teacher(x), strict=True)):
                t = t[:, live[k]] * scales[k]
                sums[:, k] += float((s - t).pow(2).mean()), float(t.pow(2).mean())
    return np.sqrt(sums[0] / sums[1]).round(4).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weights", type=Path, help="compact weights to judge; the shipped ones by default")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--size", type=int, default=320, help="long side in px")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    compact = load_encoder("compact", weights=args.weights, precision=args.precision)
    encoders = {"teacher": teacher_of(args.shared), "compact": lambda x: [f.float() for f in compact(x).values()]}
    errors = feature_errors(encoders["compact"], encoders["teacher"], find("compact", args.weights), args.shared)
    print("relative feature error per level on the benchmark's photos:", errors)
    ranks, tables, raw, coarse = [], {name: [] for name in encoders}, [], []
    for folder in sorted((args.shared / "benchmark" / "pairs").iterdir(), key=lambda f: int(f.name)):
        judge = Judge(folder, args.size, encoders)
        found = judge.table()
        ranks.append(spearmanr(found["teacher"].mean(1), found["compact"].mean(1)).statistic)
        for name, values in found.items():
            tables[name].append(values.clip(1e-6))
        start = transferred(judge.x, judge.s, judge.mx, judge.ms, monge_kantorovich).clamp(0, 1)
        for x in (judge.x, start):
            g = judge.gradients(x)
            raw.append(cosine(g["teacher"], g["compact"]))
            coarse.append(cosine(smooth(g["teacher"]), smooth(g["compact"])))
        print(
            f"pair {folder.name}: rank correlation {ranks[-1]:.4f}, gradient cosine at content and start "
            f"{raw[-2]:.3f} {raw[-1]:.3f}, in 16 px cells {coarse[-2]:.3f} {coarse[-1]:.3f}",
            flush=True,
        )
    report(np.array(ranks), tables, np.array(raw), np.array(coarse))


def report(ranks: np.ndarray, tables: dict[str, list[np.ndarray]], raw: np.ndarray, coarse: np.ndarray) -> None:
    teacher, own = (np.concatenate(tables[name]) for name in ("teacher", "compact"))
    rank = lambda a, b: spearmanr(a, b).statistic
    print(
        f"rank correlation within pairs: mean {ranks.mean():.4f}, least {ranks.min():.4f}; over all {len(own)} "
        f"outputs {rank(teacher.mean(1), own.mean(1)):.4f}"
    )
    for k in range(teacher.shape[1]):
        within = [rank(t[:, k], c[:, k]) for t, c in zip(tables["teacher"], tables["compact"], strict=True)]
        print(
            f"  level {k + 1}: within pairs mean {np.mean(within):.4f}, least {np.min(within):.4f}; over all "
            f"{rank(teacher[:, k], own[:, k]):.4f}; distance over the teacher's, median "
            f"{np.median(own[:, k] / teacher[:, k]):.3f}"
        )
    for name, g in (("at the content", slice(0, None, 2)), ("at the closed-form start", slice(1, None, 2))):
        print(
            f"gradient cosine {name}: mean {raw[g].mean():.3f}, least {raw[g].min():.3f}; in 16 px cells: mean "
            f"{coarse[g].mean():.3f}, least {coarse[g].min():.3f}"
        )


if __name__ == "__main__":
    main()
