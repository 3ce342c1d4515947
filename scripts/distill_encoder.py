"""Distils the compact encoder that ships with photostyle from a larger one.

    python scripts/distill_encoder.py --out photostyle/assets/compact.safetensors [--shared ../shared] [--minutes 60]
    python scripts/distill_encoder.py --teacher vgg19 --out vgg_compact.safetensors

The student starts from random weights and sees the teacher's features only, never its weights. Teachers: `pcakd`, the
four-level encoder beside the checkout (../shared/teacher), whose dead channels are left out; `vgg19`, torchvision's,
where its weights have been pulled, each level projected on the directions that hold most of its energy.
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
    """torchvision's VGG-19, of each level as many channels as carry most of its energy among (10, 15, 38, 27)."""

    def __init__(self, keep: tuple[int, ...] = (10, 16, 40, 48)):
        super().__init__()
        from photostyle.encoders import load_encoder

        self.encoder, self.keep = load_encoder("vgg19"), keep

    def forward(self, x: Tensor) -> list[Tensor]:
        return list(self.encoder(x, LEVELS).values())


class Target(nn.Module):
    """A teacher's live channels, each level scaled to a mean energy of 1 a channel.

    Dead channels add nothing to a Gram matrix, and one factor for a whole level leaves relative distances as they are.
    """

    def __init__(self, teacher: nn.Module, sample: Tensor, most: tuple[int, ...] = (64, 64, 64, 64)):
        super().__init__()
        self.teacher = teacher
        with torch.no_grad():
            energies = [f.pow(2).mean((0, 2, 3)) for f in teacher(sample)]
        self.live, self.scales = [], []
        for energy, limit in zip(energies, most, strict=True):
            live = torch.nonzero(energy > 1e-4 * energy.sum()).flatten()
            live = live[energy[live].argsort(descending=True)[:limit]].sort().values
            self.live.append(live)
            self.scales.append(float(energy[live].mean().rsqrt()))

    @torch.no_grad()
    def forward(self, x: Tensor) -> list[Tensor]:
        features = self.teacher(x)
        return [f[:, live] * s for f, live, s in zip(features, self.live, self.scales, strict=True)]


# ---------------------------------------------------------------------------------------------------- loss

def moments(f: Tensor) -> tuple[Tensor, Tensor]:
    """(Gram matrix, covariance) of each sample's features (B, C, H, W)."""
    pixels = f.permute(0, 2, 3, 1).flatten(1, 2)
    gram, mean = pixels.mT @ pixels / pixels.shape[1], pixels.mean(1, keepdim=True)
    return gram, gram - mean.mT @ mean


def relative(a: Tensor, b: Tensor, floor: float) -> Tensor:
    """Per sample |a - b|^2 / |b|^2, the denominator kept from vanishing where a photo shows a level almost nothing."""
    dims = tuple(range(1, a.ndim))
    energy = b.pow(2).sum(dims)
    return (a - b).pow(2).sum(dims) / (energy + floor * energy.mean() + 1e-8)


def distance(student: list[Tensor], teacher: list[Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Relative error of features, of Gram matrices and of covariances, summed over levels."""
    total, values = 0.0, {}
    for name, s, t in zip(LEVELS, student, teacher, strict=True):
        feature = relative(s, t, 0.1).mean()
        (gram_s, cov_s), (gram_t, cov_t) = moments(s), moments(t)
        gram, covariance = relative(gram_s, gram_t, 0.03).mean(), relative(cov_s, cov_t, 0.1).mean()
        total = total + feature + 0.5 * gram + 0.25 * covariance
        values[name] = float(feature.detach())
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


def awaken(student: Compact) -> None:
    """Biases high enough that every channel is alive at the start: a dead one gets no gradient."""
    for key, convolution in student.convolutions.items():
        if not key.startswith("block"):
            nn.init.constant_(convolution.bias, 0.5)


@torch.no_grad()
def revive(student: Compact, features: dict[str, Tensor], target: list[Tensor]) -> int:
    """Gives channels that explain nothing of the teacher's, dead at zero mostly, another start; returns how many."""
    count = 0
    for key, s, t in zip(("conv1_1", "conv2_1", "conv3_1", "conv4_1"), features.values(), target, strict=True):
        dead = (s - t).pow(2).mean((0, 2, 3)) > 0.8 * t.pow(2).mean((0, 2, 3))
        convolution = student.convolutions[key]
        convolution.weight[dead] = torch.randn_like(convolution.weight[dead]) * 0.1 * convolution.weight.std()
        convolution.bias[dead] = 0.5
        count += int(dead.sum())
    return count


def groups_of(student: Compact) -> list[dict]:
    """The first convolution, whose problem is almost linear, learns faster than the rest."""
    first = list(student.convolutions["conv1_1"].parameters())
    rest = [p for key, c in student.convolutions.items() if key != "conv1_1" for p in c.parameters()]
    return [{"params": first, "share": 2.0}, {"params": rest, "share": 1.0}]


def centre(x: Tensor) -> Tensor:
    """What the student trains on; folded into its first convolution when it is saved."""
    return 4 * (x - 0.5)


def export(weights: dict[str, Tensor], path: Path, note: dict[str, str]) -> None:
    """Safetensors of the convolutions, `centre` folded into the first; written whole or not at all."""
    prefix = "convolutions."
    tensors = {k[len(prefix) :]: v.detach().clone().contiguous() for k, v in weights.items() if k.startswith(prefix)}
    tensors["conv1_1.bias"] -= 2 * tensors["conv1_1.weight"].sum((1, 2, 3))
    tensors["conv1_1.weight"] *= 4
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata=note)
    part.replace(path)


@torch.no_grad()
def validate(student: Compact, target: Target, photos: list[Tensor]) -> list[float]:
    """Relative error |s - t| / |t| of each level over whole held-out photos."""
    errors = np.zeros((2, len(LEVELS)))
    for photo in photos:
        x = photo[None].float() / 255
        for k, (s, t) in enumerate(zip(student(centre(x)).values(), target(x), strict=True)):
            errors[:, k] += float((s - t).pow(2).sum() / t.numel()), float(t.pow(2).mean())
    return np.sqrt(errors[0] / errors[1]).round(4).tolist()


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
    awaken(student)
    if args.resume is not None:
        known, own = torch.load(args.resume, weights_only=True), student.state_dict()
        fitting = {key: value for key, value in known.items() if key in own and own[key].shape == value.shape}
        student.load_state_dict({**own, **fitting})
    print(f"{widths}, {sum(p.numel() for p in student.parameters())} parameters, scales {target.scales}", flush=True)
    average, optimiser = Average(student), torch.optim.AdamW(groups_of(student), lr=args.rate, weight_decay=1e-5)
    start, saved, step, revived = time.monotonic(), 0.0, 0, 0
    while (elapsed := (time.monotonic() - start) / 60) < args.minutes:
        for group in optimiser.param_groups:
            group["lr"] = group["share"] * rate_at(elapsed / args.minutes, args.rate)
        x = next(stream)
        features, wanted = student(centre(x)), target(x)
        loss, values = distance(list(features.values()), wanted)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        average.update(student)
        step += 1
        if step % 50 == 0 and elapsed < 0.6 * args.minutes:
            revived += revive(student, features, wanted)
        if step % 100 == 0:
            shown = {name: round(value, 4) for name, value in values.items()}
            print(f"{elapsed:.1f} min, step {step}, loss {loss.item():.4f}, {revived} revived", shown, flush=True)
        if elapsed - saved > args.every:
            saved = elapsed
            save(args, average, target, held_out, step)
    save(args, average, target, held_out, step)


def save(args: argparse.Namespace, average: Average, target: Target, held_out: list[Tensor], step: int) -> None:
    widths = Widths(tuple(len(live) for live in target.live), tuple(args.hidden), args.blocks)
    student = Compact(widths)
    student.load_state_dict(average.values)
    torch.save(average.values, args.out.with_suffix(".pt"))
    note = {"teacher": args.teacher, "steps": str(step), "live": str([v.tolist() for v in target.live]),
            "scales": str(target.scales)}
    export(average.values, args.out, note)
    print(f"saved at step {step}; held-out relative error {validate(student, target, held_out)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write; checkpoints go beside it")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--teacher", choices=["pcakd", "vgg19"], default="pcakd")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=3, help="minutes between checkpoints")
    parser.add_argument("--size", type=int, default=128, help="side of the training crops in px")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, nargs=3, default=[16, 16, 64])
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--resume", type=Path, help="a checkpoint (.pt) to start from, where its shapes fit")
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
