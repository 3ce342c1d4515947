"""How near the encoders that ship are to VGG-19, level by level: features, and what their Gram matrices say of a style.

    python scripts/judge_compact5.py [--weights FILE] [--shared ../shared] [--size 256]

On pictures that were kept out of the training. Features: the share of the variance of the teacher's channels that an
affine map of the encoder's explains, fitted on half of the pictures and measured on the other half. Gram distances: for
each painting, whether many versions of a photo (other light, colours carried over, blurred, noisy) and other pictures
are ranked as the teacher ranks them, and whether the distance's gradient to the photo points the same way.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from distill_encoder import gram
from distill_features import Teacher, read_pictures
from judge_encoder import candidates, cosine
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn import functional as F

from photostyle.encoders import load_encoder
from photostyle.models import find

Features = Callable[[Tensor], list[Tensor]]


def fitted(picture: Tensor, side: int) -> Tensor:
    """(1, 3, h, w) in [0, 1] with a long side of `side` at most."""
    x = picture[None].float() / 255
    scale = min(1.0, side / max(x.shape[2:]))
    size = [round(n * scale) for n in x.shape[2:]]
    return F.interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)


class AffineFit:
    """Least squares of the teacher's channels on the encoder's, level by level, from sums over pictures."""

    def __init__(self) -> None:
        self.sums: dict[int, list[Tensor]] = {}

    def add(self, level: int, s: Tensor, t: Tensor) -> None:
        s = torch.cat([s, torch.ones_like(s[:, :1])], 1)[0].flatten(1).double()
        t = t[0].flatten(1).double()
        products = [s @ s.T / s.shape[1], s @ t.T / s.shape[1], t @ t.T / t.shape[1], t.mean(1)]
        kept = self.sums.setdefault(level, [torch.zeros_like(p) for p in products] + [torch.zeros(())])
        for total, new in zip(kept, [*products, torch.ones(())], strict=True):
            total += new

    def explained(self, level: int, other: "AffineFit") -> float:
        """The share of the variance here that the map fitted on `other` explains."""
        ss, st, *_ = other.sums[level]
        ridge = 1e-6 * ss.trace() / len(ss) * torch.eye(len(ss), dtype=torch.double)
        a = torch.linalg.solve(ss + ridge, st)
        ss, st, tt, mean, count = self.sums[level]
        error = tt.trace() - 2 * (a * st).sum() + (a * (ss @ a)).sum()
        return float(1 - error / (tt.trace() - mean.square().sum() / count))


@torch.no_grad()
def explained(encoder: Features, teacher: Features, pictures: list[Tensor]) -> list[float]:
    halves = AffineFit(), AffineFit()
    for k, x in enumerate(pictures):
        for level, (s, t) in enumerate(zip(encoder(x), teacher(x), strict=False)):
            halves[k % 2].add(level, s, t)
    return [(halves[0].explained(k, halves[1]) + halves[1].explained(k, halves[0])) / 2 for k in halves[0].sums]


@torch.no_grad()
def live(encoder: Features, pictures: list[Tensor]) -> list[int]:
    """Channels of each level whose deviation is over a hundredth of the level's."""
    moments = [[torch.stack([f.mean((0, 2, 3)), f.square().mean((0, 2, 3))]) for f in encoder(x)] for x in pictures]
    counts = []
    for level in zip(*moments, strict=True):
        mean, square = torch.stack(level).mean(0)
        variance = square - mean.square()
        counts.append(int((variance > 1e-4 * variance.mean()).sum()))
    return counts


def distances(grams: list[list[Tensor]], wanted: list[Tensor]) -> Tensor:
    """(pictures, levels) relative distances of Gram matrices."""
    return torch.stack([torch.stack([(g - t).norm() / t.norm() for g, t in zip(own, wanted, strict=True)]) for own in grams])


def grams_of(encoder: Features, x: Tensor) -> list[Tensor]:
    return [gram(f) for f in encoder(x)]


def gradients(encoder: Features, x: Tensor, s: Tensor) -> list[Tensor]:
    """Of each level's squared distance, with respect to the photo."""
    with torch.no_grad():
        wanted = grams_of(encoder, s)
    x = x.clone().requires_grad_(True)
    found = []
    for g, t in zip(grams_of(encoder, x), wanted, strict=True):
        found.append(torch.autograd.grad(((g - t).norm() / t.norm()).square(), x, retain_graph=True)[0])
    return found


def timed(encoder: Features, x: Tensor) -> float:
    """Seconds of processor time of a pass there and back, the least of some."""
    x = x.clone().requires_grad_(True)
    taken = []
    for _ in range(8):
        start = time.process_time()
        sum(f.square().mean() for f in encoder(x)).backward()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weights", type=Path, help="compact5 weights to judge; the shipped ones by default")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--size", type=int, default=192, help="long side in px")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    networks = {"compact": load_encoder("compact"), "compact5": load_encoder("compact5", weights=args.weights)}
    encoders: dict[str, Features] = {n: lambda x, e=e: [f.float() for f in e(x).values()] for n, e in networks.items()}
    _, held_out = read_pictures(args.shared)
    photos = [fitted(p, args.size) for p in held_out["photos"][::2]]
    paintings = [fitted(p, args.size) for p in held_out["paintings"]]
    teacher = Teacher(args.shared, gradients=True)
    for name, encoder in encoders.items():
        weights = find(name, args.weights if name == "compact5" else None)
        print(f"{name}: {weights.stat().st_size / 1e6:.2f} MB, channels {list(networks[name].channels.values())}")
        print(f"  channels alive: {live(encoder, photos + paintings)}")
        print(f"  a pass there and back at {tuple(photos[0].shape[2:])}: {1e3 * timed(encoder, photos[0]):.0f} ms of one core")
        for kind, pictures in (("photos", photos), ("paintings", paintings)):
            print(f"  explained of {kind}: {[round(v, 3) for v in explained(encoder, teacher, pictures)]}", flush=True)
    judge_styles(encoders | {"teacher": teacher}, photos, paintings[::2])


def judge_styles(encoders: dict[str, Features], photos: list[Tensor], paintings: list[Tensor]) -> None:
    others = photos[::3] + paintings
    with torch.no_grad():
        known = {name: [grams_of(encoder, x) for x in others] for name, encoder in encoders.items()}
    ranks: dict[tuple[str, str], list[list[float]]] = {}
    for k, s in enumerate(paintings):
        x = photos[(3 * k) % len(photos)]
        ones = [torch.ones_like(p[:, :1]) for p in (x, s)]
        versions = candidates(x, s, *ones, x)[4:]
        found, turned = {}, {}
        for name, encoder in encoders.items():
            with torch.no_grad():
                wanted = grams_of(encoder, s)
                own = [grams_of(encoder, v) for v in versions]
            found[name] = distances(own, wanted), distances(known[name], wanted)
            turned[name] = gradients(encoder, x, s)
        for name in encoders:
            if name == "teacher":
                continue
            for what, mine, theirs in zip(("versions", "pictures"), found[name], found["teacher"], strict=True):
                levels = range(mine.shape[1])
                rank = [spearmanr(mine[:, level], theirs[:, level]).statistic for level in levels]
                ranks.setdefault((name, what), []).append(rank)
            pairs = zip(turned[name], turned["teacher"], strict=False)
            ranks.setdefault((name, "gradient"), []).append([cosine(a, b) for a, b in pairs])
        print(f"painting {k + 1} of {len(paintings)}", flush=True)
    for (name, what), values in ranks.items():
        table = torch.tensor(values)
        mean, least = table.mean(0), table.min(0).values
        print(f"{name}, {what}: mean {[round(float(v), 3) for v in mean]}, least {[round(float(v), 3) for v in least]}")


if __name__ == "__main__":
    main()
