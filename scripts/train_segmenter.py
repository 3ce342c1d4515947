"""Train the scene segmenter that ships in the package on what people and a teacher say of photos.

    python scripts/train_segmenter.py --teacher ../shared/teachers/scene --minutes 80
    python scripts/train_segmenter.py --shared scenes.zip --teacher ../shared/teachers/scene --device cuda

The teacher sees each photo once, in its own light, and what it says is kept on disk; the network sees random crops under random
lights (scene_light.py), some before a simulated backdrop or sky (scene_studio.py). Where people labelled a pixel, their label
counts most; elsewhere the teacher's probabilities do. A second head learns directions that stand for the teacher's 170 kinds
(scene_embedding.py); solve_embedding.py fits that head alone to weights that stay.

The network starts from `--start`, or from chance with `--start none`. The schedule goes by the clock, not by steps, so that the
run ends when it should on a busy machine; all photos lie in the memory of the device that trains, where crops are made and lit.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from scene_crops import Album, Batch, album_of, crops
from scene_data import UNKNOWN, Scene, training_photos
from scene_embedding import axes_of
from scene_light import Dice
from scene_studio import INDOOR_SURFACE
from scene_teacher import cached, teach
from scene_weights import read_network, write_weights
from torch import Tensor, nn

from photostyle import models
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment.scene import DEVIATION, MEAN

TRUST = 0.3  # in the teacher, where people labelled
EMBEDDING_WEIGHT = 1.0
RARITY = 0.25  # 0: classes count by their area; 1: all classes alike
STUDIO_SHARE = 0.06  # of the pixels seen, about, are backdrops of `scene_studio`


def main() -> None:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    scenes = training_photos(arguments.shared)
    say(f"{len(scenes)} photos to learn from")
    if arguments.teacher:
        teach(arguments.teacher, arguments.cache, [scene.photo for scene in scenes], arguments.device, arguments.teacher_batch)
    scenes = [scene for scene in scenes if scene.labelled or cached(arguments.cache, scene.photo) is not None]
    album = album_of(scenes, arguments.cache, axes_of(scenes, arguments.cache), arguments.device)
    say(f"{len(scenes)} with labels or taught, {int(album.taught.sum())} of them taught")
    Training(arguments, album, class_weights(scenes)).run()


class Training:
    """The network, its running average, the optimiser, and the clock they go by."""

    def __init__(self, arguments: argparse.Namespace, album: Album, weights: Tensor) -> None:
        self.arguments, self.album = arguments, album
        self.network = read_network(arguments.start).to(arguments.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=1.0, weight_decay=0.03)
        self.weights = weights.to(arguments.device)
        self.mean, self.deviation = (torch.tensor(each, device=arguments.device).view(1, 3, 1, 1) for each in (MEAN, DEVIATION))
        self.step, self.spent = 0, 0.0
        if arguments.resume and arguments.checkpoint.exists():
            self.load()

    def run(self) -> None:
        arguments = self.arguments
        seconds, begun = arguments.minutes * 60, time.monotonic() - self.spent
        dice = Dice(arguments.seed + self.step, arguments.batch, arguments.device)
        due, told = self.spent + arguments.every * 60, Averages()
        while self.spent < seconds:
            self.set_rate(self.spent / seconds)
            losses = self.losses(crops(self.album, arguments.side, dice))
            self.optimiser.zero_grad(set_to_none=True)
            sum(losses.values()).backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self.optimiser.step()
            self.step += 1
            self.follow()
            told.add(losses)
            self.spent = time.monotonic() - begun
            if self.step % arguments.tell == 0:
                pace = self.step * arguments.batch / self.spent
                say(f"step {self.step}  {self.spent / 60:.1f} min  {pace:.1f} crops a second  {told.text()}")
            if self.spent > due:
                self.save()
                due = self.spent + arguments.every * 60
        self.save()

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Cross-entropy of the classes and distance of the embedding, both at the network's output stride."""
        photos = ((batch.photos - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        self.network.train()
        kind = torch.device(self.arguments.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=self.arguments.bfloat16):
            features = self.network.features(photos)
            logits = self.network.segmentation_head[0](features[0]).float()
            embedding = self.network.embedding_head(features).float()
        target = targets(batch) * self.weights.view(1, -1, 1, 1)
        classes = -(target * logits.log_softmax(1)).sum() / target.sum().clamp_min(1e-6)
        length = batch.embedding.norm(dim=1) * batch.taught
        alike = nn.functional.cosine_similarity(embedding, batch.embedding, dim=1)
        return {"classes": classes, "embedding": EMBEDDING_WEIGHT * (length * (1 - alike)).sum() / length.sum().clamp_min(1)}

    def set_rate(self, share: float) -> None:
        rate = min(1.0, (self.step + 1) / self.arguments.warm_up) * max(0.5 * (1 + math.cos(math.pi * min(share, 1))), 0.005)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * self.arguments.peak

    @torch.no_grad()
    def follow(self) -> None:
        """The running average of weights and batch statistics moves towards the network."""
        pace = 1 - min(self.arguments.memory, self.step / (10 + self.step))
        for slow, fast in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            slow.lerp_(fast, pace) if slow.is_floating_point() else slow.copy_(fast)

    def save(self) -> None:
        """A checkpoint to go on from, and the averaged network as it would ship."""
        self.arguments.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "clock": (self.step, self.spent),
        }
        part = self.arguments.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.arguments.checkpoint)
        write_weights(self.arguments.out, self.average.state_dict())
        say(f"saved {self.arguments.out}")

    def load(self) -> None:
        state = torch.load(self.arguments.checkpoint, weights_only=True, map_location=self.arguments.device)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.spent = state["clock"]
        say(f"resumed at step {self.step}, {self.spent / 60:.1f} min")


class Averages:
    """Running means of the losses since they were last told."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.count = 0

    def add(self, losses: dict[str, Tensor]) -> None:
        self.count += 1
        for name, loss in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + loss.detach()

    def text(self) -> str:
        told = "  ".join(f"{name} {float(total) / self.count:.3f}" for name, total in self.sums.items())
        self.__init__()
        return told


def targets(batch: Batch) -> Tensor:
    """(B, 14, h, w): what the network should say, people's labels before the teacher; all 0 where nothing is known."""
    labelled = (batch.labels != UNKNOWN)[:, None]
    by_people = nn.functional.one_hot(batch.labels.clamp_max(len(CLASSES)), len(CLASSES) + 1)[..., :-1].permute(0, 3, 1, 2)
    taught = batch.taught[:, None]
    trust = torch.where(labelled, TRUST * taught, 1.0 * taught)
    return (1 - trust) * by_people * labelled + trust * batch.classes


def class_weights(scenes: list[Scene]) -> Tensor:
    """Rare classes count more: share^-RARITY, scaled so that the mean over pixels is 1."""
    counts = np.stack([np.bincount(scene.labels.ravel(), minlength=256)[: len(CLASSES)] for scene in scenes])
    share = np.array([scene.weight for scene in scenes]) @ counts
    share = np.maximum(share / share.sum(), 1e-4)
    share[INDOOR_SURFACE] += STUDIO_SHARE
    rarity = share**-RARITY
    return torch.tensor(rarity / (rarity * share).sum(), dtype=torch.float32)


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, flush=True)


def parse() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=root.parent / "shared", help="has scenes/ and photos/, or is packed")
    parser.add_argument("--teacher", type=Path, help="folder with graph.py; without it only the cache is used")
    parser.add_argument("--cache", type=Path, default=root / "out" / "teacher", help="folder of what the teacher said")
    parser.add_argument("--teacher-batch", type=int, default=2, help="photos that the teacher sees at once")
    parser.add_argument("--start", type=lambda text: None if text == "none" else Path(text), default=models.find("scene"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--bfloat16", action="store_true", help="for devices that compute in it")
    parser.add_argument("--out", type=Path, default=root / "out" / "scene.safetensors")
    parser.add_argument("--checkpoint", type=Path, default=root / "out" / "train_segmenter.pt")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--peak", type=float, default=1e-3, help="the greatest learning rate")
    parser.add_argument("--warm-up", type=int, default=100, help="steps until then")
    parser.add_argument("--memory", type=float, default=0.997, help="of the running average")
    parser.add_argument("--minutes", type=float, default=80, help="of training; what comes before is not counted")
    parser.add_argument("--every", type=float, default=10, help="minutes between checkpoints")
    parser.add_argument("--tell", type=int, default=20, help="steps between lines of losses")
    parser.add_argument("--side", type=int, default=192, help="of the crops, in pixels, a multiple of 32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
