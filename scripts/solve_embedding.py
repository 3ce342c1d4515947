"""Solve the second head of the scene network for weights as they are; all other weights stay, to the bit.

    python scripts/solve_embedding.py --teacher ../shared/teachers/scene --out out/scene.safetensors

The head is linear, so it is solved in the least squares: no steps, no rate. It sees the crops that train_segmenter.py sees, of
photos that the teacher knows, and is to say the teacher's embedding (scene_embedding.py).
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file
from scene_crops import Album, Batch, album_of, crops
from scene_data import training_photos
from scene_embedding import axes_of
from scene_light import Dice
from scene_teacher import cached, teach
from scene_weights import SECOND_HEAD, read_network, write_weights
from torch import Tensor
from torch.nn.functional import interpolate

from photostyle import models
from photostyle.networks import Fpn
from photostyle.regions.segment.scene import DEVIATION, MEAN

RIDGE = 1e-3  # of a feature's power, added to it


def main() -> None:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    scenes = training_photos(arguments.shared)
    if arguments.teacher:
        teach(arguments.teacher, arguments.cache, [scene.photo for scene in scenes])
    scenes = [scene for scene in scenes if cached(arguments.cache, scene.photo) is not None]
    album = album_of(scenes, arguments.cache, axes_of(scenes, arguments.cache), "cpu")
    head = solved(read_network(arguments.start), album, arguments.batches, arguments.side, Dice(arguments.seed, arguments.batch))
    old = {name: tensor for name, tensor in load_file(arguments.start).items() if not name.startswith(SECOND_HEAD)}
    write_weights(arguments.out, old | head)
    print(f"{arguments.out}: solved from {arguments.batches * arguments.batch} crops of {len(scenes)} photos")


@torch.inference_mode()
def solved(network: Fpn, album: Album, batches: int, side: int, dice: Dice) -> dict[str, Tensor]:
    """The state of the second head that fits the teacher's embedding best, by names of the network's state."""
    network.eval()
    mean, deviation = (torch.tensor(each).view(1, 3, 1, 1) for each in (MEAN, DEVIATION))
    maps = network.embedding_head.maps
    widths = [part.in_channels for part in maps]
    width = sum(widths) + 1
    moments = torch.zeros(width, width + maps[0].out_channels, dtype=torch.float64)
    for _ in range(batches):
        batch = crops(album, side, dice)
        moments += moments_of(network.features((batch.photos - mean) / deviation), batch)
    power = moments[:, :width].diagonal()
    ridge = RIDGE * torch.diag(power + 1e-3 * power.mean())  # features that are always 0 get no weight
    solution = torch.linalg.solve(moments[:, :width] + ridge, moments[:, width:]).float()
    state = {f"{SECOND_HEAD}.maps.0.bias": solution[-1]}
    for number, weight in enumerate(solution[:-1].split(widths)):
        state[f"{SECOND_HEAD}.maps.{number}.weight"] = weight.T[..., None, None]
    return state


def moments_of(features: tuple[Tensor, ...], batch: Batch) -> Tensor:
    """(C + 1, C + 1 + E): sums of products of features, and a one, with themselves and the embedding, of what is taught."""
    size = features[0].shape[2:]
    wide = [interpolate(each, size, mode="bilinear", align_corners=False) for each in features]
    planes = torch.cat([*wide, torch.ones_like(wide[0][:, :1]), batch.embedding], 1)
    rows = planes.permute(0, 2, 3, 1)[:, ::2, ::2][batch.taught[:, ::2, ::2]]
    width = planes.shape[1] - batch.embedding.shape[1]
    return (rows[:, :width].T @ rows).double()


def parse() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=root.parent / "shared", help="has scenes/ and photos/, or is packed")
    parser.add_argument("--teacher", type=Path, help="folder with graph.py; without it only the cache is used")
    parser.add_argument("--cache", type=Path, default=root / "out" / "teacher", help="folder of what the teacher said")
    parser.add_argument("--start", type=Path, default=models.find("scene"), help="the weights")
    parser.add_argument("--out", type=Path, default=root / "out" / "scene.safetensors")
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--side", type=int, default=224, help="of the crops, in pixels, a multiple of 32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
