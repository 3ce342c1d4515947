"""Train the scene segmenter that ships in the package, on ../shared/scenes, and export it to photostyle/assets.

    python scripts/train_segmenter.py --minutes 600

The network starts from random weights: no weights of others are used. So few labels teach it little by themselves, so it
also learns, from labelled and unlabelled photos alike, to say what the shipped encoder `compact` says of the same
photo under its own light at relu4_1 (Chiu & Gurari 2022 and, behind them, VGG-19 know more photos than we have):
that is a semantic hint, and it teaches that light does not matter. The head for it is not exported.

Schedule and self-training go by the clock, not by steps, so that the run ends when it should on a busy machine.
A third of the crops that show things show them before a simulated backdrop (scene_studio.py).
The run has two halves. At `--turn` of the time the crops grow to `--second-side`, and the averaged network labels the
outdoor photos of ../shared/photos wherever it is sure of itself; from then on it learns from these too.
"""

import argparse
import copy
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scene_data import SOURCE_WEIGHTS, UNKNOWN, Crops, Scene, describe, read_scenes, read_unlabelled
from scene_scores import LIGHTS, confusion, intersection_over_union, pixel_accuracy
from scene_studio import INDOOR_SURFACE
from torch import nn

from photostyle import models
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment.scene import DEVIATION, MEAN, scene_network, segmenter_of

LIGHT_CHANCES = {"day": 0.35, "sunset": 0.2, "night": 0.25, "regions": 0.2}
UNLABELLED, UNLABELLED_WEIGHT = ("urban100", "sunhays80", "lowlight", "wall_", "skyseg"), 1.5
OTHERS = ("imagenet1k", "pexels_food", "hymenoptera", *UNLABELLED)  # no bsds500: some of it is held out
OTHERS_WEIGHT = 0.7
HINTS, HINT_WEIGHT = 27, 1.0  # channels of relu4_1 in `compact`
SURE = 0.8
STUDIO_SHARE = 0.06  # of the pixels seen, about, are backdrops of `scene_studio`


def main() -> None:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    shared = arguments.shared
    scenes, held_out = read_scenes(shared / "scenes", "train"), read_scenes(shared / "scenes", "val")
    say(f"{len(scenes)} photos to learn from, {len(held_out)} held out")
    Training(arguments, scenes, held_out).run()


class Training:
    """The network, its running average, the optimiser, and the clock they go by."""

    def __init__(self, arguments: argparse.Namespace, scenes: list[Scene], held_out: list[Scene]):
        self.arguments, self.scenes, self.held_out = arguments, scenes, held_out
        self.network = scene_network()
        self.network = self.network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.hint = nn.Conv2d(self.network.segmentation_head[0].in_channels, HINTS, 1)
        self.optimiser = torch.optim.AdamW(self.parameters(), lr=1.0, weight_decay=0.03)
        weights = [SOURCE_WEIGHTS[scene.source] for scene in scenes]
        self.loss = nn.CrossEntropyLoss(
            weight=class_weights(scenes, weights), ignore_index=UNKNOWN, label_smoothing=0.05, reduction="mean"
        )
        self.others = read_unlabelled(arguments.unlabelled, OTHERS) if arguments.unlabelled else []
        self.scenes, self.others = describe(self.scenes), describe(self.others)
        self.batches = self.loader(self.scenes, weights, arguments.side)
        self.step, self.spent, self.best, self.turned = 0, 0.0, -1.0, False
        if arguments.checkpoint.exists() and arguments.resume:
            self.load()

    def run(self) -> None:
        seconds, begun = self.arguments.minutes * 60, time.monotonic() - self.spent
        due = self.spent + self.arguments.every * 60
        mean = torch.tensor(MEAN).view(1, 3, 1, 1)
        deviation = torch.tensor(DEVIATION).view(1, 3, 1, 1)
        running = hinted = math.nan
        while self.spent < seconds:
            if not self.turned and self.spent > self.arguments.turn * seconds:
                self.turn()
            photo, labels, hints = next(self.batches)
            share = min(self.spent / seconds, 1.0)
            self.set_rate(share)
            photo = ((photo.float() / 255 - mean) / deviation).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.arguments.bfloat16):
                logits, guessed = self.forward(photo)
            guessed = nn.functional.adaptive_avg_pool2d(guessed.float(), hints.shape[2:])
            known = ~hints.isnan()
            hint = nn.functional.smooth_l1_loss(guessed[known], hints[known].float())
            loss = self.loss(logits.float(), labels.long()) + HINT_WEIGHT * (1 - 0.8 * share) * hint
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters(), 5.0)
            self.optimiser.step()
            self.follow()
            self.step += 1
            running = loss.item() if math.isnan(running) else 0.98 * running + 0.02 * loss.item()
            hinted = hint.item() if math.isnan(hinted) else 0.98 * hinted + 0.02 * hint.item()
            self.spent = time.monotonic() - begun
            if self.step % 100 == 0:
                say(f"step {self.step}  {self.spent / 60:.1f} min  loss {running:.3f}  hint {hinted:.3f}")
            if self.spent > due:
                self.judge()
                self.spent = time.monotonic() - begun
                due = self.spent + self.arguments.every * 60
        self.judge()

    def forward(self, photo: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Class logits at the photo's size, and the guess at the hints at a quarter of it."""
        inner = self.network.train().decoder(self.network.encoder(photo))
        return self.network.segmentation_head(inner), self.hint(inner)

    def parameters(self) -> list[nn.Parameter]:
        return [*self.network.parameters(), *self.hint.parameters()]

    def loader(self, scenes: list[Scene], weights: list[float], side: int):
        scenes, weights = scenes + self.others, weights + [OTHERS_WEIGHT] * len(self.others)
        crops = Crops(scenes, weights, side, LIGHT_CHANCES, self.arguments.seed + int(time.time()))
        return iter(torch.utils.data.DataLoader(crops, batch_size=self.arguments.batch, num_workers=1))

    def set_rate(self, share: float) -> None:
        rate = min(1.0, (self.step + 1) / 150) * max(0.5 * (1 + math.cos(math.pi * min(share, 1))), 0.005)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * self.arguments.peak

    def follow(self) -> None:
        """The running average of weights and batch statistics moves towards the network."""
        pace = 1 - min(0.997, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                slow.lerp_(fast, pace) if slow.is_floating_point() else slow.copy_(fast)

    def judge(self) -> None:
        """Say the held-out scores; keep a checkpoint; export when the score is the best so far."""
        segmenter = segmenter_of(self.average, "training")
        general = [scene for scene in self.held_out if scene.source == "bsds"]
        scores = []
        for light in LIGHTS:
            counts = confusion(segmenter, general, light)
            union = intersection_over_union(counts)
            scores.append(float(np.nanmean(np.where(counts.sum(1) > 2e-3 * counts.sum(), union, np.nan))))
            row = " ".join(f"{name[:6]} {value:.2f}" for name, value in zip(CLASSES, union, strict=True))
            say(f"  bsds {light:7s} mean IoU {scores[-1]:.3f}  accuracy {pixel_accuracy(counts):.3f}  {row}")
        self.save()
        if (score := float(np.mean(scores))) >= self.best:
            self.best = score
            export(self.average, self.arguments.out)
            say(f"  exported, score {score:.3f}")

    def turn(self) -> None:
        """The second half: larger crops, and the network's own sure labels beside those of people."""
        self.turned = True
        scenes, weights = self.scenes, [SOURCE_WEIGHTS[scene.source] for scene in self.scenes]
        if self.arguments.unlabelled:
            segmenter = segmenter_of(self.average, "teacher")
            found = [fill_unknown(segmenter, scene) for scene in self.others if scene.source.startswith(UNLABELLED)]
            known = np.mean([(scene.labels != UNKNOWN).mean() for scene in found])
            say(f"self-training on {len(found)} photos, {known:.0%} of their area sure")
            scenes, weights = scenes + found, weights + [UNLABELLED_WEIGHT] * len(found)
        self.batches = self.loader(scenes, weights, self.arguments.second_side)

    def save(self) -> None:
        self.arguments.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "hint": self.hint.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "clock": (self.step, self.spent, self.best),
        }
        torch.save(state, self.arguments.checkpoint)

    def load(self) -> None:
        state = torch.load(self.arguments.checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.hint.load_state_dict(state["hint"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.spent, self.best = state["clock"]
        say(f"resumed at step {self.step}, {self.spent / 60:.1f} min")
        if self.arguments.again:
            self.spent, self.best = 0.0, -1.0


def class_weights(scenes: list[Scene], weights: list[float]) -> torch.Tensor:
    """Rare classes count more: share^-0.35, scaled so that the mean over pixels is 1."""
    counts = np.stack([np.bincount(scene.labels.ravel(), minlength=256)[: len(CLASSES)] for scene in scenes])
    share = np.array(weights) @ counts
    share = share / share.sum()
    share[INDOOR_SURFACE] += STUDIO_SHARE
    rarity = share**-0.35
    return torch.tensor(rarity / (rarity * share).sum(), dtype=torch.float32)


def fill_unknown(segmenter, scene: Scene) -> Scene:
    """The scene with its unknown pixels labelled where the segmenter is sure."""
    probabilities = segmenter.probabilities(scene.photo.astype(np.float32) / 255)[None]
    full = torch.nn.functional.interpolate(probabilities, scene.labels.shape, mode="bilinear", align_corners=False)
    sureness, said = full[0].max(0)
    fill = (scene.labels == UNKNOWN) & (sureness.numpy() > SURE)
    return replace(scene, labels=np.where(fill, said.numpy(), scene.labels).astype(np.uint8))


def export(network: nn.Module, path: Path) -> None:
    from safetensors.torch import save_file

    state = {k: v.half().contiguous() for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    part = path.with_suffix(".part")
    save_file(state, part, metadata={"format": "pt", "classes": ",".join(CLASSES)})
    part.chmod(0o644)
    part.replace(path)


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, flush=True)


def parse() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=root.parent / "shared", help="folder with scenes/")
    parser.add_argument("--unlabelled", type=Path, help="folder of photos for hints and self-training, such as ../shared/photos")
    parser.add_argument("--bfloat16", action="store_true", help="for processors that compute in it")
    parser.add_argument("--turn", type=float, default=0.5, help="share of the time at which the second half begins")
    parser.add_argument("--out", type=Path, default=models.find("scene"))
    parser.add_argument("--checkpoint", type=Path, default=root / "out" / "train_segmenter.pt")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--again", action="store_true", help="with --resume: the clock starts anew, the weights do not")
    parser.add_argument("--peak", type=float, default=1.5e-3, help="the greatest learning rate")
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--every", type=float, default=8, help="minutes between judgements")
    parser.add_argument("--side", type=int, default=160, help="of the crops, in pixels")
    parser.add_argument("--second-side", type=int, default=192)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
