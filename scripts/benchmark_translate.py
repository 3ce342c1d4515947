"""`benchmark.py translate`: networks between two sets of pictures, measured.

restore  prints aged by scripts/age_prints.py against truth: the network, nothing, levels by channel, a transfer of light
set      outputs and held-out pictures of the wanted set: kernel distance, what is shown, what is known to go wrong
look     a field learnt from two sets, of which one is in a known look, against that look
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
import typer
from age_prints import photos_in
from benchmark_record import print_table, provenance, summary, write_record
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from photostyle import Options, Session, transfer
from photostyle.colour.transport import monge_kantorovich
from photostyle.encoders import Encoder, load_encoder
from photostyle.photo import read_photo, resample
from photostyle.prepared import prepare
from photostyle.training.adversarial import failures

SIDE = 384  # pixels of the long side at which pictures are measured
SMALL = 128  # of the sides of pictures whose features are compared
LEVELS = (0.5, 99.5)  # per cent that levels by channel stretch to black and white

What = Literal["restore", "set", "look"]


def translate(
    what: Annotated[What, typer.Argument(help="restore, set or look.")],
    network: Annotated[Path, typer.Option(help="The network's file.")],
    given: Annotated[Path, typer.Option(help="A folder of held-out pictures of the first set.")],
    wanted: Annotated[
        Path, typer.Option(help="Held-out pictures of the other set; of restore and look, truth by the same names.")
    ],
    clean: Annotated[Path | None, typer.Option(help="Of restore: photos whose light is transferred, as a rival.")] = None,
    shown: Annotated[Path | None, typer.Option(help="Of set: pictures of the other set that were trained on.")] = None,
    count: Annotated[int, typer.Option(help="Pictures, evenly spread over the folder.")] = 60,
    transfers: Annotated[int, typer.Option(help="Of restore: pictures that light is transferred to, which takes long.")] = 10,
    direction: Annotated[str, typer.Option(help="AtoB or BtoA.")] = "AtoB",
    name: Annotated[str, typer.Option(help="Of the record.")] = "",
) -> None:
    """Networks between two sets of pictures."""
    begin = time.process_time()
    session = Session(device="cpu")
    options = {"method": "network", "network": str(network), "direction": direction, "session": session}

    def through_network(pixels: np.ndarray) -> np.ndarray:
        return transfer(pixels, **options).photo.pixels.clip(0, 1)

    if what == "set":
        rows = of_sets(through_network, given, wanted, shown, count, session)
    else:
        rivals: dict[str, Callable[[np.ndarray], np.ndarray]] = {"as it is": np.asarray, what: through_network}
        if what == "restore":
            rivals["levels by channel"] = levels_by_channel
        rows = against_truth(rivals, given, wanted, count)
        if clean is not None and transfers:
            rows |= beside_light(rivals, clean, given, wanted, transfers, session)
    header = list(next(iter(rows.values())))
    print_table(f"{what}: {network.name}", ["", *header], [[row, *values.values()] for row, values in rows.items()])
    card = session.translators(network).card
    facts = {"what": what, "network": card.get("name", network.stem), "training": card.get("training", ""), **provenance()}
    print(write_record({**facts, "cpu_seconds": time.process_time() - begin, "rows": rows}, f"translate-{name or what}"))


def against_truth(
    rivals: Mapping[str, Callable[[np.ndarray], np.ndarray]], given: Path, wanted: Path, count: int
) -> dict[str, dict[str, Any]]:
    """Means of PSNR, SSIM and delta E (CIEDE2000) of each way, over pictures that lie by one name in both folders."""
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in rivals}
    for path in spread(given, count):
        before, truth = picture(path), picture(wanted / path.name)
        for name, made in rivals.items():
            measured[name].append(nearness(made(before), truth))
    return {name: _row(values, measured["as it is"]) for name, values in measured.items()}


def beside_light(
    rivals: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    clean: Path,
    given: Path,
    wanted: Path,
    count: int,
    session: Session,
) -> dict[str, dict[str, Any]]:
    """The same for fewer pictures, with a transfer of light from the clean photo that is the most alike."""
    encoder = load_encoder("compact")
    photos = spread(clean, 200)
    known = features([small(path) for path in photos], encoder)

    def relit(pixels: np.ndarray) -> np.ndarray:
        own = features([squared(pixels)], encoder)
        like = photos[int(torch.cdist(own, known)[0].argmin())]
        return transfer(pixels, str(like), session=session).photo.pixels.clip(0, 1)

    rows = against_truth({**rivals, "light of a clean photo": relit}, given, wanted, count)
    return {f"{name}, {count} pictures": row for name, row in rows.items()}


def of_sets(
    through: Callable[[np.ndarray], np.ndarray], given: Path, wanted: Path, shown: Path | None, count: int, session: Session
) -> dict[str, dict[str, Any]]:
    """How near outputs come to the wanted set, beside the photos themselves and a Monge-Kantorovich map of the sets' colours."""
    encoder = load_encoder("compact")
    photos = [picture(path, 256) for path in spread(given, count)]
    others = [squared(picture(path, 256)) for path in spread(wanted, count)]
    goal = features(others, encoder)
    colours = torch.from_numpy(np.concatenate([each.reshape(-1, 3)[::7] for each in others])).double()
    made_by = {"the photos": np.asarray, "Monge-Kantorovich": lambda photo: mapped(photo, colours), "network": through}
    before = stack(squared(photo) for photo in photos)
    regions = [labels_of(photo, session) for photo in photos]
    rows = {}
    for name, way in made_by.items():
        made = [way(photo) for photo in photos]
        after = stack(squared(each) for each in made)
        pooled = failures.pooled(after, encoder)
        agreed = [float((labels_of(each, session) == label).mean()) for each, label in zip(made, regions, strict=True)]
        rows[name] = {
            "kernel distance": failures.kernel_distance(pooled, goal),
            "regions kept": float(np.mean(agreed)),
            "light kept": failures.light_kept(before, after),
            "changed": failures.changed(before, after),
            "checkerboard": failures.checkerboard(after),
            "holes": failures.holes(before, after),
            "diversity": failures.diversity(before, after, encoder),
        }
        if shown is not None:
            trained_on = stack(small(path) for path in spread(shown, len(others)))
            few = min(len(trained_on), len(others))
            rows[name]["nearest trained"] = failures.learnt_by_heart(after, trained_on[:few], stack(others[:few]), encoder)
    return rows


def nearness(made: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """PSNR in dB, SSIM, and mean CIEDE2000 of a picture against truth, (H, W, 3) each."""
    return (
        float(peak_signal_noise_ratio(truth, made, data_range=1)),
        float(structural_similarity(truth, made, channel_axis=2, data_range=1)),
        float(deltaE_ciede2000(rgb2lab(truth), rgb2lab(made)).mean()),
    )


def levels_by_channel(pixels: np.ndarray) -> np.ndarray:
    """Each channel stretched from black to white: what every editor does to a faded print at a click."""
    low, high = np.percentile(pixels.reshape(-1, 3), LEVELS, axis=0)
    stretched: np.ndarray = (pixels - low) / np.maximum(high - low, 1e-3)
    return stretched.clip(0, 1).astype(np.float32)


def mapped(photo: np.ndarray, colours: torch.Tensor) -> np.ndarray:
    """A photo by the linear map that brings its mean and covariance to those of colours (N, 3)."""
    own = torch.from_numpy(photo.reshape(-1, 3)).double()
    T = monge_kantorovich(own.mean(0), torch.cov(own.T), colours.mean(0), torch.cov(colours.T))
    made = own + own @ T[:, :3].T + T[:, 3]
    pixels: np.ndarray = made.clamp(0, 1).reshape(photo.shape).float().numpy()
    return pixels


def labels_of(photo: np.ndarray, session: Session) -> np.ndarray:
    """(h, w), the names of the regions that `scene` finds."""
    regions = prepare(photo, session=session, options=Options(segmenter="scene")).regions
    return np.array(regions.names)[regions.labels().cpu().numpy()]


def features(pictures: Sequence[np.ndarray], encoder: Encoder) -> torch.Tensor:
    """(N, features) of pictures (h, w, 3)."""
    return failures.pooled(stack(pictures), encoder)


def spread(folder: Path, count: int) -> list[Path]:
    """So many pictures of a folder, evenly spread."""
    paths = photos_in(folder)
    if not paths:
        raise SystemExit(f"{folder}: holds no pictures")
    return [paths[k * len(paths) // min(count, len(paths))] for k in range(min(count, len(paths)))]


def picture(path: Path, side: int = SIDE) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1], its long side of so many pixels at most."""
    photo = read_photo(path)
    scale = min(1.0, side / max(photo.size))
    width, height = (max(1, round(scale * each)) for each in photo.size)
    found: np.ndarray = resample(photo.pixels, (width, height)).clip(0, 1) if scale < 1 else photo.pixels
    return found


def squared(pixels: np.ndarray) -> np.ndarray:
    """The middle square of a picture, at `SMALL` pixels a side."""
    side = min(pixels.shape[:2])
    top, left = ((each - side) // 2 for each in pixels.shape[:2])
    cut = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    found: np.ndarray = resample(cut, (SMALL, SMALL)).clip(0, 1)
    return found


def small(path: Path) -> np.ndarray:
    """The middle square of a picture's file."""
    return squared(picture(path, 2 * SMALL))


def stack(pictures: Any) -> torch.Tensor:
    """(N, 3, h, w)."""
    return torch.from_numpy(np.stack(list(pictures)).astype(np.float32)).movedim(-1, 1)


def _row(values: Sequence[tuple[float, float, float]], before: Sequence[tuple[float, float, float]]) -> dict[str, Any]:
    psnr, ssim, apart = (summary(each) for each in zip(*values, strict=True))
    better = np.mean([now[2] < then[2] for now, then in zip(values, before, strict=True)])
    return {
        "PSNR": psnr["mean"],
        "SSIM": ssim["mean"],
        "delta E": apart["mean"],
        "worst delta E": apart["most"],
        "better": float(better),
        "pictures": len(values),
    }


if __name__ == "__main__":
    typer.run(translate)
