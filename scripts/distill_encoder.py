"""Distils the compact encoder that ships with photostyle from a larger one.

    python scripts/distill_encoder.py --out photostyle/assets/compact.safetensors [--shared ../shared] [--minutes 60]
    python scripts/distill_encoder.py --teacher vgg19 --out vgg_compact.safetensors

The student starts from random weights and sees the teacher's features only, never its weights. Teachers: `pcakd`, the
four-level encoder beside the checkout (../shared/teacher), whose dead channels are left out; `vgg19`, torchvision's,
where its weights have been pulled, of each level the channels that hold most energy.
Photos: ../shared/photos, every 20th kept for validation; the benchmark's pairs are never seen.
"""

import argparse
import csv
import importlib.util
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.encoders.compact import LEVELS, Compact, Widths

HELD_OUT_EVERY = 20


# ---------------------------------------------------------------------------------------------------- photos


def read_photos(shared: Path) -> tuple[list[Tensor], list[Tensor]]:
    """(training, held-out) photos, each uint8 (3, H, W)."""
    with open(shared / "photos" / "index.csv", newline="") as handle:
        names = sorted(row["file"] for row in csv.DictReader(handle))
    photos = []
    for name in names:
        with Image.open(shared / "photos" / "images" / name) as image:
            photos.append(torch.from_numpy(np.asarray(image.convert("RGB")).copy()).permute(2, 0, 1))
    held_out = photos[::HELD_OUT_EVERY]
    return [p for k, p in enumerate(photos) if k % HELD_OUT_EVERY], held_out


def random_crop(photo: Tensor, size: int) -> Tensor:
    """A float crop, at a random scale between 1 and what the photo allows, mirrored half of the time."""
    height, width = photo.shape[1:]
    side = int(torch.randint(size, max(size, min(height, width, 2 * size)) + 1, ()))
    if torch.rand(()) < 0.5 or min(height, width) < size:
        side = size
    top = int(torch.randint(0, max(1, height - side + 1), ()))
    left = int(torch.randint(0, max(1, width - side + 1), ()))
    crop = photo[:, top : top + side, left : left + side].float()[None] / 255
    if crop.shape[2:] != (size, size):
        crop = F.interpolate(crop, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return crop[0].flip(2) if torch.rand(()) < 0.5 else crop[0]


def uniform(low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape)


def change_light(x: Tensor) -> Tensor:
    """Another light and colour for a crop (3, H, W): what an optimiser may come by, and worse."""
    if torch.rand(()) < 0.3:
        return x
    if torch.rand(()) < 0.5:
        x = x.clamp(0, 1) ** torch.exp(uniform(-1.0, 1.2, 1))
    if torch.rand(()) < 0.4:
        x = x * torch.exp(uniform(-2.0, 0.5, 1))
    if torch.rand(()) < 0.4:
        x = (x - x.mean()) * uniform(0.2, 2.0, 1) + x.mean()
    if torch.rand(()) < 0.5:
        x = x * torch.exp(uniform(-0.7, 0.5, 3, 1, 1)) + uniform(-0.1, 0.1, 3, 1, 1)
    if torch.rand(()) < 0.4:
        grey = x.mean(0, keepdim=True)
        x = grey + (x - grey) * uniform(0.0, 3.0, 1)
    if torch.rand(()) < 0.3:
        x = torch.einsum("ij,jhw->ihw", torch.eye(3) + 0.3 * torch.randn(3, 3), x)
    return x.clamp(-0.1, 1.1) if torch.rand(()) < 0.2 else x.clamp(0, 1)


def add_disturbance(x: Tensor) -> Tensor:
    """Noise over the crop, or a patch of pure colour or of a gradient in it."""
    chance = torch.rand(())
    if chance < 0.1:
        return x + torch.randn_like(x) * uniform(0.0, 0.1, 1)
    if chance < 0.2:
        top, left = (int(torch.randint(0, x.shape[k] // 2, ())) for k in (1, 2))
        bottom = top + int(torch.randint(8, x.shape[1] // 2, ()))
        right = left + int(torch.randint(8, x.shape[2] // 2, ()))
        ramp = torch.linspace(0, 1, right - left)[None, None] if torch.rand(()) < 0.5 else 0.0
        x = x.clone()
        x[:, top:bottom, left:right] = torch.rand(3, 1, 1) * (1 - ramp) + torch.rand(3, 1, 1) * ramp
    return x


def batches(photos: list[Tensor], size: int, count: int):
    while True:
        chosen = torch.randint(0, len(photos), (count,)).tolist()
        yield torch.stack([add_disturbance(change_light(random_crop(photos[k], size))) for k in chosen])


# ---------------------------------------------------------------------------------------------------- teachers


class PcaKdTeacher(nn.Module):
    """The encoder of Chiu & Gurari (CVPR 2022) beside the checkout, each level in its own channels."""

    def __init__(self, shared: Path):
        super().__init__()
        spec = importlib.util.spec_from_file_location("teacher", shared / "teacher" / "teacher.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.encoder = module.TeacherEncoder().to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.encoder(x.contiguous(memory_format=torch.channels_last))


class VggTeacher(nn.Module):
    """torchvision's VGG-19, of each level the `keep` channels with most energy."""

    def __init__(self, keep: tuple[int, ...] = (10, 16, 40, 48)):
        super().__init__()
        from photostyle.encoders import load_encoder

        self.encoder, self.keep = load_encoder("vgg19"), keep

    def forward(self, x: Tensor) -> list[Tensor]:
        return list(self.encoder(x, LEVELS).values())


class Target(nn.Module):
    """A teacher's live channels, each level scaled to a mean energy of 1 a channel.

    Dead channels add nothing to a Gram matrix, and one factor for a whole level leaves relative distances as they are.

    Attributes:
        means, deviations: of each level's channels.
        spreads: share of each level's energy that is not its channels' means.
        gram_spreads: mean squared relative distance between the Gram matrices of two photos, of each level.
    """

    @torch.no_grad()
    def __init__(self, teacher: nn.Module, sample: Tensor, most: tuple[int, ...] = (64, 64, 64, 64)):
        super().__init__()
        self.teacher = teacher
        energies = [f.pow(2).mean((0, 2, 3)) for f in teacher(sample)]
        self.live, self.scales = [], []
        for energy, limit in zip(energies, most, strict=True):
            live = torch.nonzero(energy > 1e-4 * energy.sum()).flatten()
            live = live[energy[live].argsort(descending=True)[:limit]].sort().values
            self.live.append(live)
            self.scales.append(float(energy[live].mean().rsqrt()))
        features = self(sample)
        self.means = [f.mean((0, 2, 3)) for f in features]
        self.deviations = [f.std((0, 2, 3)) for f in features]
        self.spreads = [float(f.var((0, 2, 3)).sum() / f.pow(2).mean((0, 2, 3)).sum()) for f in features]
        self.gram_spreads = [float(relative(m, m.roll(1, 0), 0.03).mean()) for m in map(gram, features)]

    @torch.no_grad()
    def forward(self, x: Tensor) -> list[Tensor]:
        features = self.teacher(x)
        return [f[:, live] * s for f, live, s in zip(features, self.live, self.scales, strict=True)]


# ---------------------------------------------------------------------------------------------------- loss


def gram(f: Tensor) -> Tensor:
    """Gram matrix of each sample's features (B, C, H, W), per pixel."""
    pixels = f.permute(0, 2, 3, 1).flatten(1, 2)
    return pixels.mT @ pixels / pixels.shape[1]


def relative(a: Tensor, b: Tensor, floor: float) -> Tensor:
    """Per sample |a - b|^2 / |b|^2, the denominator kept from vanishing where a photo shows a level almost nothing."""
    dims = tuple(range(1, a.ndim))
    energy = b.pow(2).sum(dims)
    return (a - b).pow(2).sum(dims) / (energy + floor * energy.mean() + 1e-8)


def distance(student: list[Tensor], teacher: list[Tensor], target: Target) -> tuple[Tensor, dict[str, float]]:
    """Relative error of features, of their means over cells of 16 px, and of Gram matrices, summed over levels.

    Each is a share of what differs between photos, not of the whole: features are mostly their own mean, so that a
    student that errs by a twentieth of a feature may still see nothing of what tells one photo's style from another's.
    """
    total, values = 0.0, {}
    for k, (name, s, t) in enumerate(zip(LEVELS, student, teacher, strict=True)):
        cell = 16 >> k
        feature = relative(s, t, 0.1).mean() / target.spreads[k]
        local = relative(F.avg_pool2d(s, cell), F.avg_pool2d(t, cell), 0.1).mean() / target.spreads[k]
        grams = relative(gram(s), gram(t), 0.03).mean() / target.gram_spreads[k]
        total = total + feature + 2 * local + 2 * grams
        values[name] = [round(float(v.detach()), 4) for v in (feature, local, grams)]
    return total, values


# ---------------------------------------------------------------------------------------------------- training


class Average:
    """Exponential moving average of a network's parameters."""

    def __init__(self, network: nn.Module):
        self.values, self.steps = {k: v.detach().clone() for k, v in network.state_dict().items()}, 0

    def update(self, network: nn.Module) -> None:
        self.steps += 1
        weight = max(1 / self.steps, 1 - min(0.998, self.steps / (self.steps + 10)))
        for key, value in network.state_dict().items():
            self.values[key].lerp_(value.detach(), weight)


READERS = ("halve2", "conv2_2", "halve4")
WRITERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1")


@torch.no_grad()
def standardise(student: Compact, target: Target) -> dict[nn.Parameter, Tensor]:
    """Starts each level at its mean, and returns the natural size of every parameter.

    A level is its mean plus deviations of some hundredths. Links that write a level get weights of that size, links
    that read one the inverse; `ScaledSoap` steps in the same proportion, as if features had mean 0 and deviation 1.
    """
    sizes = {p: torch.ones_like(p) for p in student.links.parameters()}
    for k, writer in enumerate(WRITERS):
        deviation = target.deviations[k].clamp_min(0.2 * target.deviations[k].mean())
        convolution = student.links[writer].convolution
        sizes[convolution.weight] *= deviation[:, None, None, None]
        sizes[convolution.bias] *= deviation
        if k < len(READERS):
            student.links[READERS[k]].shift.copy_(target.means[k][:, None, None])
            sizes[student.links[READERS[k]].convolution.weight] /= deviation[:, None, None]
    for parameter, size in sizes.items():
        parameter *= size
    for parameter in student.links["conv1_1"].parameters():
        sizes[parameter] *= 4  # its filters are differences between neighbours, which look much alike
    for writer, mean in zip(WRITERS, target.means, strict=True):
        student.links[writer].convolution.bias.copy_(mean)
    return sizes


class ScaledSoap:
    """SOAP (Vyas et al. 2024), on the input side alone, with steps in each parameter's own size.

    Adam in the eigenbasis of the gradients' second moments: neighbouring pixels are so alike that in the plain basis a
    filter's differences, which carry what the levels see, would be learnt last.
    """

    def __init__(self, sizes: dict[nn.Parameter, Tensor], betas: tuple[float, float] = (0.9, 0.99), every: int = 100):
        self.sizes, self.betas, self.every, self.steps = sizes, betas, every, 0
        rows = {p: p.detach().reshape(len(p), -1) for p in sizes}
        self.moments = {p: (torch.zeros_like(r), torch.zeros_like(r)) for p, r in rows.items()}
        self.second = {p: torch.zeros(r.shape[1], r.shape[1]) for p, r in rows.items()}
        self.basis = {p: torch.eye(r.shape[1]) for p, r in rows.items()}

    @torch.no_grad()
    def step(self, rate: float) -> None:
        self.steps += 1
        first, second = self.betas
        turn = self.steps in (10, 30) or self.steps % self.every == 0
        for p, (mean, square) in self.moments.items():
            gradient = (p.grad * self.sizes[p]).reshape(mean.shape)
            self.second[p].lerp_(gradient.mT @ gradient, 0.02)
            if turn:
                self._turn(p)
            mean.lerp_(gradient, 1 - first)
            square.lerp_((gradient @ self.basis[p]).square(), 1 - second)
            denominator = (square / (1 - second**self.steps)).sqrt_().add_(1e-9)
            step = (mean @ self.basis[p] / denominator) @ self.basis[p].mT / (1 - first**self.steps)
            p.sub_(rate * self.sizes[p] * step.reshape(p.shape))
            p.grad = None

    def _turn(self, p: nn.Parameter) -> None:
        """New eigenvectors; the squares of a row become the eigenvalues, in the row's own share."""
        (_, square), second = self.moments[p], self.second[p].double()
        floor = 1e-4 * second.trace() / len(second)
        values, vectors = torch.linalg.eigh(second + floor * torch.eye(len(second), dtype=torch.double))
        self.basis[p] = vectors.float()
        rows = square.sum(1, keepdim=True)
        square.copy_(rows * (values.clamp_min(floor) / values.sum()).float())


def centre(x: Tensor) -> Tensor:
    """What the student trains on; folded into its first convolution when it is saved."""
    return 4 * (x - 0.5)


def export(weights: dict[str, Tensor], path: Path, note: dict[str, str]) -> None:
    """Safetensors of the links, `centre` folded into the first; written whole or not at all."""
    prefix, first = "links.", "conv1_1.convolution"
    tensors = {k[len(prefix) :]: v.detach().clone().contiguous() for k, v in weights.items() if k.startswith(prefix)}
    tensors[f"{first}.bias"] -= 2 * tensors[f"{first}.weight"].sum((1, 2, 3))
    tensors[f"{first}.weight"] *= 4
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata=note)
    part.replace(path)


@torch.no_grad()
def validate(student: Compact, target: Target, photos: list[Tensor]) -> list[list[float]]:
    """Over whole held-out photos, per level: relative error |s - t| / |t| of features, and the root mean square error
    of Gram matrices as a share of how much they differ from photo to photo."""
    errors, before = np.zeros((4, len(LEVELS))), None
    for photo in photos:
        x = photo[None].float() / 255
        wanted = target(x)
        grams = [gram(t) for t in wanted]
        for k, (s, t) in enumerate(zip(student(centre(x)).values(), wanted, strict=True)):
            errors[:2, k] += float((s - t).pow(2).mean()), float(t.pow(2).mean())
            if before is not None:
                errors[2:, k] += float(relative(gram(s), grams[k], 0)), float(relative(before[k], grams[k], 0))
        before = grams
    return [np.sqrt(errors[k] / errors[k + 1]).round(4).tolist() for k in (0, 2)]


def rate_at(done: float, peak: float) -> float:
    """Learning rate at a share of the time: a short warm-up, then half a cosine."""
    return peak * min(1.0, done / 0.01 + 0.01) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done)))


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    training, held_out = read_photos(args.shared)
    teacher = PcaKdTeacher(args.shared) if args.teacher == "pcakd" else VggTeacher()
    stream = batches(training, args.size, args.batch)
    target = Target(teacher.eval(), torch.cat([next(stream) for _ in range(8)]), getattr(teacher, "keep", (64,) * 4))
    widths = Widths(tuple(len(live) for live in target.live), tuple(args.hidden), args.blocks)
    student = Compact(widths)
    sizes = standardise(student, target)
    if args.resume is not None:
        known, own = torch.load(args.resume, weights_only=True), student.state_dict()
        fitting = {key: value for key, value in known.items() if key in own and own[key].shape == value.shape}
        student.load_state_dict({**own, **fitting})
    print(f"{widths}, {sum(p.numel() for p in student.parameters())} parameters")
    print(f"scales {target.scales}, spreads {target.spreads}, of Gram matrices {target.gram_spreads}", flush=True)
    average, optimiser = Average(student), ScaledSoap(sizes)
    start, saved, step = time.process_time(), 0.0, 0
    while (elapsed := (time.process_time() - start) / 60) < args.minutes:
        x = next(stream)
        loss, values = distance(list(student(centre(x)).values()), target(x), target)
        loss.backward()
        optimiser.step(rate_at(elapsed / args.minutes, args.rate))
        average.update(student)
        step += 1
        if step % 100 == 0:
            print(f"{elapsed:.1f} min, step {step}, loss {loss.item():.4f}", values, flush=True)
        if elapsed - saved > args.every:
            saved = elapsed
            save(args, average, target, held_out, step)
    save(args, average, target, held_out, step)


def save(args: argparse.Namespace, average: Average, target: Target, held_out: list[Tensor], step: int) -> None:
    widths = Widths(tuple(len(live) for live in target.live), tuple(args.hidden), args.blocks)
    student = Compact(widths)
    student.load_state_dict(average.values)
    torch.save(average.values, args.out.with_suffix(".pt"))
    note = {
        "teacher": args.teacher,
        "steps": str(step),
        "live": str([v.tolist() for v in target.live]),
        "scales": str(target.scales),
    }
    export(average.values, args.out, note)
    print(f"saved at step {step}; held-out errors {validate(student, target, held_out)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write; checkpoints go beside it")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--teacher", choices=["pcakd", "vgg19"], default="pcakd")
    parser.add_argument("--minutes", type=float, default=60, help="processor time to train for")
    parser.add_argument("--every", type=float, default=3, help="minutes of processor time between checkpoints")
    parser.add_argument("--size", type=int, default=128, help="side of the training crops in px")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--hidden", type=int, nargs=3, default=[16, 16, 64])
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--resume", type=Path, help="a checkpoint (.pt) to start from, where its shapes fit")
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
