"""Distils the five-level encoder `compact5` that ships with photostyle from VGG-19's features.

    python scripts/distill_compact5.py --out photostyle/assets/compact5.safetensors [--shared ../shared] [--minutes 82]

Teachers, of ../shared/teachers: VGG-19's own relu1_1, relu2_1 and relu3_1; at relu4_1 and relu5_1 what a network
distilled from VGG-19 by others holds for its features. The student starts from random weights and sees features only.
What it learns of a level are the principal components of the teacher's channels; `export` turns them back so that
distances between Gram matrices are the teacher's. Parts of the student are trained one after the other, each on what
those before it give, so that a step costs a tenth of one of the whole; a second round goes over them again.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from distill_encoder import Average, gram, rate_at, relative
from distill_features import LEVELS, Level, Teacher, crops, read_pictures
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.encoders.compact5 import CHANNELS, Compact5

LEAST_STEPS = 20  # of a stage, however little time it has


# ---------------------------------------------------------------------------------------------------- stages


@dataclass(frozen=True)
class Stage:
    """A part of the student that is trained by itself, on what the parts before it give.

    Attributes:
        links: of the student, in order.
        levels: places of the levels that come out, counted from 0.
        size: side of its crops in px.
        batch: crops of a step.
        pool: crops to begin with.
        shares: of the time of the first round, and of the second.
    """

    links: tuple[str, ...]
    levels: tuple[int, ...]
    size: int
    batch: int
    pool: int
    shares: tuple[float, float]

    def __call__(self, student: Compact5, x: Tensor) -> list[Tensor]:
        """The stage's levels from its input."""
        found = []
        for key in self.links:
            x = student.links[key](x)
            if key.startswith("level"):
                found.append(x)
        return found


STAGES = (
    Stage(("conv1_1", "level1"), (0,), 32, 16, 500, (0.08, 0.02)),
    Stage(("halve2", "conv2_1", "level2"), (1,), 64, 8, 400, (0.22, 0.18)),
    Stage(("conv2_2", "conv3_1", "level3"), (2,), 96, 8, 250, (0.3, 0.38)),
    Stage(
        ("halve4", "block4_1", "block4_2", "level4", "halve5", "block5_1", "block5_2", "level5"),
        (3, 4),
        128,
        6,
        300,
        (0.4, 0.42),
    ),
)


class Pool:
    """Crops as a stage sees them, with the teacher's features; both cost more than a step, so each crop is used often."""

    def __init__(self, pictures: dict[str, list[Tensor]], teacher: Teacher, levels: list[Level], stage: Stage, student: Compact5):
        self.pictures, self.teacher, self.levels, self.stage = pictures, teacher, levels, stage
        keys = list(student.links)
        self.before = [student.links[key] for key in keys[: keys.index(stage.links[0])]]
        self.entries: list[list[Tensor]] = []

    @torch.no_grad()
    def add(self, count: int) -> None:
        x = crops(self.pictures, self.stage.size, count)
        known = self.teacher(x, self.stage.levels)
        maps = [self.levels[k].project(f) for k, f in zip(self.stage.levels, known, strict=True)]
        x = centre(x).contiguous(memory_format=torch.channels_last)
        for link in self.before:
            x = link(x)
        maps = [m.contiguous(memory_format=torch.channels_last).half() for m in (x, *maps)]
        self.entries += [[m[k : k + 1].clone() for m in maps] for k in range(count)]

    def draw(self, count: int) -> tuple[Tensor, list[Tensor]]:
        """(input, wanted levels) of some crops."""
        chosen = [self.entries[int(k)] for k in torch.randint(0, len(self.entries), (count,))]
        x, *wanted = [torch.cat(maps).float() for maps in zip(*chosen, strict=True)]
        return x, wanted


# ---------------------------------------------------------------------------------------------------- training


def distance(student: list[Tensor], teacher: list[Tensor], levels: list[Level]) -> tuple[Tensor, list[list[float]]]:
    """Errors of features, of their means over 4 x 4 cells and of Gram matrices, as shares of what differs, over levels."""
    total, values = 0.0, []
    for level, learnt, t in zip(levels, student, teacher, strict=True):
        s = level.restore(learnt)
        feature = (s - t).pow(2).sum(1).mean() / level.variance
        cell = min(4, t.shape[-1])
        local = (F.avg_pool2d(s, cell) - F.avg_pool2d(t, cell)).pow(2).sum(1).mean() / level.variance
        grams = relative(gram(s), gram(t), 0.03).mean() / level.gram_spread
        total = total + feature + local + grams
        values.append([round(float(v.detach()), 4) for v in (feature, local, grams)])
    return total, values


class Muon:
    """Momentum whose steps have all singular values alike (Jordan et al. 2024); biases by the sign of theirs, damped (Adam).

    Neighbouring pixels are so alike that in a plain descent a filter's differences would be learnt last.
    """

    def __init__(self, network: nn.Module):
        self.parameters = list(network.parameters())
        self.momenta = [torch.zeros_like(p) for p in self.parameters]
        self.squares = [torch.zeros_like(p) for p in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, rate: float) -> None:
        self.steps += 1
        for p, momentum, square in zip(self.parameters, self.momenta, self.squares, strict=True):
            momentum.lerp_(p.grad, 0.05)
            if p.ndim == 4:
                ahead = torch.lerp(p.grad, momentum, 0.95).flatten(1)
                p.sub_((rate * max(1.0, len(ahead) / ahead.shape[1]) ** 0.5 * orthogonal(ahead)).view_as(p))
            else:
                square.lerp_(p.grad.square(), 0.01)
                corrected = (square / (1 - 0.99**self.steps)).sqrt() + 1e-8
                p.sub_(0.1 * rate * momentum / (1 - 0.95**self.steps) / corrected)
            p.grad = None


def orthogonal(g: Tensor) -> Tensor:
    """U V^T of a matrix U S V^T, nearly: five Newton-Schulz steps, carried out on its smaller square."""
    x = g if len(g) <= g.shape[1] else g.T
    x = x / (x.norm() + 1e-12)
    square = x @ x.T
    one = torch.eye(len(x))
    product = one
    for _ in range(5):
        factor = 3.4445 * one - 4.7750 * square + 2.0315 * square @ square
        product = factor @ product
        square = factor @ square @ factor
    x = product @ x
    return x if len(g) <= g.shape[1] else x.T


@torch.no_grad()
def begin(student: Compact5, stage: Stage, pool: Pool) -> None:
    """Starts convolutions with outputs of mean 0 and deviation 1 (Mishkin & Matas 2016), blocks with less, and levels
    with the least squares of what is wanted on what comes in."""
    x, wanted = pool.draw(min(48, len(pool.entries)))
    answers = dict(zip((key for key in stage.links if key.startswith("level")), wanted, strict=True))
    places = dict(zip(answers, stage.levels, strict=True))
    for key in stage.links:
        link = student.links[key]
        if key in answers:
            level = pool.levels[places[key]]
            t = ((answers[key] - level.mean) / level.deviation).permute(0, 2, 3, 1).flatten(0, 2)
            h = x.permute(0, 2, 3, 1).flatten(0, 2)
            h = torch.cat([h, torch.ones_like(h[:, :1])], 1)
            square = h.T @ h / len(h)
            solved = torch.linalg.solve(square + 1e-3 * square.diagonal().mean() * torch.eye(len(square)), h.T @ t / len(h))
            link.weight.copy_(solved[:-1].T[:, :, None, None])
            link.bias.copy_(solved[-1])
        else:
            link.weight.copy_(nn.init.orthogonal_(torch.empty(link.weight.shape)))
            link.bias.zero_()
            out = link.convolve(x)
            scale = (0.5 if key.startswith("block") else 1.0) / out.std((0, 2, 3)).clamp_min(1e-6)
            link.weight.mul_(scale[:, None, None, None])
            link.bias.copy_(-out.mean((0, 2, 3)) * scale)
        x = link(x)


def centre(x: Tensor) -> Tensor:
    """What the student trains on; folded into its first convolution when it is saved."""
    return 4 * (x - 0.5)


# ---------------------------------------------------------------------------------------------------- saving


@torch.no_grad()
def export(weights: dict[str, Tensor], levels: list[Level], path: Path) -> None:
    """Safetensors in half precision of the links, without `centre` and with levels as the teacher has them, turned.

    A level comes out as Q (mean + deviation z), scaled: z is what the student learnt, Q is orthogonal and carries the
    mean to a vector of ones. The convolution that reads a level is given the inverse.
    """
    tensors = {k.removeprefix("links."): v.detach().clone() for k, v in weights.items() if k.startswith("links.")}
    tensors["conv1_1.bias"] -= 2 * tensors["conv1_1.weight"].sum((1, 2, 3))
    tensors["conv1_1.weight"] *= 4
    readers = ("halve2", "conv2_2", "halve4", "halve5", None)
    for k, (level, reader) in enumerate(zip(levels, readers, strict=True), start=1):
        mean, deviation = level.mean.flatten(), level.deviation.flatten()
        turn = turned_to_ones(mean, seed=k) * (len(mean) ** 0.5 / mean.norm())
        weight, bias = tensors[f"level{k}.weight"].flatten(1), tensors[f"level{k}.bias"]
        tensors[f"level{k}.weight"] = (turn @ (deviation[:, None] * weight))[:, :, None, None]
        tensors[f"level{k}.bias"] = turn @ (mean + deviation * bias)
        if reader is not None:
            w = tensors[f"{reader}.weight"]
            back = torch.linalg.inv(turn) / deviation[:, None]
            tensors[f"{reader}.weight"] = torch.einsum("oihw,ij->ojhw", w, back)
            tensors[f"{reader}.bias"] -= w.sum((2, 3)) @ (mean / deviation)
    part = path.with_suffix(".part")
    save_file({k: v.half().contiguous() for k, v in tensors.items()}, part)
    part.replace(path)


def turned_to_ones(mean: Tensor, seed: int) -> Tensor:
    """An orthogonal matrix that carries a mean to equal components, and mixes what is across it by chance."""
    count = len(mean)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, count - 1, generator=generator, dtype=torch.double)
    own = torch.linalg.qr(torch.cat([mean.double()[:, None], noise], 1)).Q
    ones = torch.linalg.qr(torch.cat([torch.ones(count, 1, dtype=torch.double), noise.flip(0)], 1)).Q
    turn = ones @ own.T
    return (turn * torch.sign((turn @ mean.double()).sum())).float()


@torch.no_grad()
def validate(student: Compact5, teacher: Teacher, levels: list[Level], pictures: list[Tensor]) -> list[list[float]]:
    """Over whole held-out pictures, per level: explained variance of all of the teacher's channels, of those in view,
    and root mean square Gram error as a share of what differs from picture to picture."""
    sums, before = np.zeros((5, len(LEVELS))), None
    for picture in pictures:
        x = picture[None].float() / 255
        grams = []
        for k, (level, s, f) in enumerate(zip(levels, student(centre(x)).values(), teacher(x), strict=True)):
            t, s = level.project(f), level.restore(s)
            error, outside = float((s - t).pow(2).sum(1).mean()), float((f.pow(2).sum(1) - t.pow(2).sum(1)).mean())
            sums[:3, k] += error, outside, level.variance
            grams.append(gram(t))
            if before is not None:
                sums[3:, k] += float(relative(gram(s), grams[k], 0)), float(relative(before[k], grams[k], 0))
        before = grams
    error, outside, whole = sums[:3]
    return [v.round(3).tolist() for v in (1 - (error + outside) / whole, 1 - error / whole, np.sqrt(sums[3] / sums[4]))]


def train_stage(student: Compact5, stage: Stage, pool: Pool, minutes: float, rate: float, fresh: int, anew: bool) -> None:
    """Trains the stage's links for some minutes, making crops included; leaves their running average."""
    end = time.monotonic() + 60 * minutes
    while len(pool.entries) < stage.pool:
        pool.add(10)
    if anew:
        begin(student, stage, pool)
    part = nn.ModuleDict({key: student.links[key] for key in stage.links})
    levels = [pool.levels[k] for k in stage.levels]
    average, optimiser = Average(part), Muon(part)
    begun, step, seen = time.monotonic(), 0, []
    while step < LEAST_STEPS or time.monotonic() < end:
        done = min(1.0, (time.monotonic() - begun) / max(1.0, end - begun))
        x, wanted = pool.draw(stage.batch)
        loss, values = distance(stage(student, x), wanted, levels)
        loss.backward()
        optimiser.step(rate_at(done, rate))
        average.update(part)
        step += 1
        seen.append(values)
        if step % fresh == 0:
            pool.add(1)
        if step % 50 == 0:
            print(f"  {done:.2f}, step {step}", np.mean(seen, 0).round(3).tolist(), flush=True)
            seen.clear()
    part.load_state_dict(average.values)
    print(f"{stage.links[-1]}: {step} steps of {stage.batch} crops, {len(pool.entries)} crops known", flush=True)


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    start = time.monotonic()
    training, held_out = read_pictures(args.shared)
    judged = held_out["photos"][::8] + held_out["paintings"]
    teacher = Teacher(args.shared)
    samples = [teacher(crops(training, 96, 8)) for _ in range(args.sample // 8)]
    levels = [Level.of(torch.cat(maps), k) for maps, k in zip(zip(*samples, strict=True), CHANNELS.values(), strict=True)]
    del samples
    student = Compact5()
    print(f"{sum(p.numel() for p in student.parameters())} parameters", flush=True)
    for number, until in enumerate((args.first, args.minutes)):
        minutes = until - (time.monotonic() - start) / 60
        for stage in STAGES:
            pool = Pool(training, teacher, levels, stage, student)
            rate = args.rate / (1 + number)
            train_stage(student, stage, pool, minutes * stage.shares[number], rate, args.fresh, anew=number == 0)
        path = args.out.with_suffix(f".{number + 1}.safetensors")
        save(path, student, levels)
        print("held out: explained, of what is in view, Gram error", validate(student, teacher, levels, judged), flush=True)
    export(student.state_dict(), levels, args.out)


def save(out: Path, student: Compact5, levels: list[Level]) -> None:
    torch.save({"weights": student.state_dict(), "levels": [vars(level) for level in levels]}, out.with_suffix(".pt"))
    export(student.state_dict(), levels, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write; checkpoints go beside it")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--minutes", type=float, default=82, help="time for all")
    parser.add_argument("--first", type=float, default=22, help="of these, till the end of a first round over all stages")
    parser.add_argument("--sample", type=int, default=160, help="crops that principal components are found on")
    parser.add_argument("--fresh", type=int, default=3, help="steps to the next new crop")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
