"""`benchmark.py video`: flicker of clips, ours and by rivals that work frame by frame, relative to the input's own."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from benchmark_record import RECORDS, ROOT, SCRATCH, print_table, provenance, write_record
from PIL import Image

from photostyle import Options, Session, transfer
from photostyle.colour import colour_moments, directions, luminance_of_pixels, monge_kantorovich, quantiles, srgb_to_lab
from photostyle.events import Tell
from photostyle.flow import optical_flow
from photostyle.metrics import similarity
from photostyle.metrics.video import FlickerJudge, Flow
from photostyle.options import Amounts
from photostyle.photo import resample
from photostyle.photo.reading import read_photo
from photostyle.transforms.lut import fit_lut
from photostyle.video.clip import FramesClip
from photostyle.video.fitting import fit_clip
from photostyle.video.painting import fit_painting

Frames = list[np.ndarray]  # (h, w, 3) float32 each, sRGB-encoded in [0, 1]
SAMPLE = ROOT / "docs" / "sample"
SHARED = {"bunny.mp4": 150, "mountain.mp4": 8, "sintel_ambush_4.mp4": 5}  # clip -> the first frame that is taken
NOISE = 0.008  # deviation of a camera's sensor, on clips that are made
KINDS = ("relative_short", "relative_long", "toned_short", "toned_long", "local_short", "local_long")
GOAL_LOOK = 1.05  # flicker of a look against the input's own
GOAL_PAINTED = 0.7  # flicker of a painted clip against that of the network frame by frame


def video(
    shared: Annotated[Path, typer.Option(help="Where clips/ lies; its clips are left out where it does not.")] = ROOT.parent
    / "shared",
    side: Annotated[int, typer.Option(help="Long side of the frames in pixels.")] = 320,
    frames: Annotated[int, typer.Option(help="Frames of each clip.")] = 16,
    network: Annotated[list[Path] | None, typer.Option(help="Trained networks to paint the clips with.")] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the judges: dis (OpenCV), tvl1 (scikit-image), which is slow, known (of the clips that are made, how they "
            "were moved). Default: all."
        ),
    ] = None,
    only: Annotated[str, typer.Option(help="Only clips with this in their name.")] = "",
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out methods with this in their name, such as 'photostyle each'.")
    ] = None,
    name: Annotated[str, typer.Option(help="Of the JSON.")] = "video",
    sheets: Annotated[bool, typer.Option(help="Write contact sheets to look at, into out/benchmark/video.")] = True,
    nice: Annotated[int, typer.Option(help="How far to stand back for other programs.")] = 0,
) -> None:
    """Flicker of clips: ours, and ours, Monge-Kantorovich and one table frame by frame; networks alone and steadied."""
    os.nice(nice)
    flows = {name: JUDGES[name] for name in flow or JUDGES}
    rows: list[dict[str, Any]] = []
    facts = {"side": side, "frames": frames, **provenance()}
    for title, make in clips(shared, side, frames):
        if only not in title:
            continue
        clip = make()
        judges = {name: FlickerJudge(clip, each) for name, each in flows.items() if each is not None}
        if "known" in flows and title in MOVED:
            judges["known"] = FlickerJudge(clip, KnownFlow(clip, MOVED[title]))
        for method, seconds, made in results(clip, network or [], without or []):
            facts_of_method = {"ssim": kept(clip, made), "away": away(made), "seconds": seconds}
            for judge_name, judge in judges.items():
                row = {"clip": title, "method": method, "flow": judge_name, **asdict(judge(made)), **facts_of_method}
                rows.append(row)
                told = ", ".join(f"{kind} {row[kind]:.3f}" for kind in KINDS)
                print(f"{title}: {method}, judged by {judge_name}: {told}", flush=True)
            if sheets:
                write_sheet(made, SCRATCH / "video" / f"{Path(title).stem}-{method.replace(' ', '-').replace('/', '-')}.png")
        write_record({**facts, "rows": rows, "goals": goals(rows)}, name, RECORDS)  # a run that is stopped has what it measured
    names = (
        "clip",
        "method",
        "flow",
        *KINDS,
        "drift",
        "own_drift",
        "ssim",
        "away",
        "seconds",
    )
    print_table(f"flicker against the input's own, {side} px, {frames} frames", names, [[row[n] for n in names] for row in rows])
    print(RECORDS / f"{name}.json")


def kept(clip: Frames, made: Frames) -> float:
    """The mean SSIM of the light of frames and of what was made of them."""
    pairs = zip(clip, made, strict=True)
    return float(np.mean([similarity(luminance_of_pixels(one), luminance_of_pixels(other)) for one, other in pairs]))


def away(made: Frames) -> float:
    """How far the colours of frames are from the style's, in Lab units: what does nothing does not flicker either."""
    goal = srgb_to_lab(torch.from_numpy(style().reshape(-1, 3).T.copy()).double())
    colours = srgb_to_lab(torch.from_numpy(np.concatenate([frame.reshape(-1, 3) for frame in made]).T.copy()).double())
    along = directions().double()
    apart = quantiles(along @ colours) - quantiles(along @ goal)
    return 100 * float(apart.abs().mean())


def goals(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Whether each clip meets them: looks against the input, painted ones against the network frame by frame."""
    found: dict[str, Any] = {}
    for row in rows:
        clip, method = row["clip"], row["method"]
        if method == "photostyle video":
            for kind in ("toned_short", "relative_short", "local_short"):
                found[f"{clip}: look, {kind} by {row['flow']}"] = {"flicker": row[kind], "met": row[kind] <= GOAL_LOOK}
        elif method.endswith("steadied"):
            same = (clip, method.replace("steadied", "each frame"), row["flow"])
            alone = next(each for each in rows if (each["clip"], each["method"], each["flow"]) == same)
            share = row["short"] / alone["short"]
            found[f"{clip}: {method}, by {row['flow']}"] = {"of each frame alone": share, "met": share <= GOAL_PAINTED}
    return found


def clips(shared: Path, side: int, count: int) -> Iterator[tuple[str, Callable[[], Frames]]]:
    """Names and frames: made ones, and those of shared/clips where they are."""
    yield CAMERA, lambda: camera_move(side, count)
    yield DUSK, lambda: day_to_dusk(side, count)
    yield SLOW_DUSK, lambda: day_to_dusk(side, 4 * count)
    for name, first in SHARED.items():
        path = shared / "clips" / name
        if not path.is_file():
            print(f"{name}: left out, for {path} is not there")
        elif find_spec("av") is None:
            print(f"{name}: left out, for PyAV is not installed: pip install photostyle[video]")
        else:
            yield name, partial(decoded, path, side, first, count)


def decoded(path: Path, side: int, first: int, count: int) -> Frames:
    """Some frames of a clip, small."""
    import av

    found: Frames = []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= first:
                pixels = frame.to_ndarray(format="rgb24").astype(np.float32) / 255
                found.append(small(pixels, side))
            if len(found) == count:
                break
    return found


def small(pixels: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(pixels.shape[:2])
    width, height = (round(length * scale) for length in (pixels.shape[1], pixels.shape[0]))
    return resample(pixels, (width, height)).clip(0, 1).astype(np.float32)


def camera_move(side: int, count: int, seed: int = 1) -> Frames:
    """A camera that pans over the sample's day and comes nearer, a pixel and a half a frame, with a sensor's noise."""
    day = read_photo(SAMPLE / "day.jpg").pixels
    random = np.random.default_rng(seed)
    return [noisy(crop(day, camera_box(place, count), side), random) for place in range(count)]


def camera_box(place: int, count: int) -> tuple[float, float, float, float]:
    """What the camera sees of the sample in one of its frames: left, top, right and bottom in pixels."""
    share = place / (count - 1)
    width = 700 - 60 * share
    left, top = 100 + 250 * share * count / 40, 150 + 60 * share
    return left, top, left + width, top + width * 2 / 3


def still_box(place: int, count: int) -> tuple[float, float, float, float]:
    """The same for a camera that stands still."""
    return 0.0, 0.0, 3.0, 2.0


class KnownFlow:
    """The motion of a clip that is made, as it was made, to judge by: a flow that is found may err.

    Args:
        clip: its frames, which are the ones that are asked for.
        box: what a camera sees in the frame of a number, of how many: left, top, right, bottom.
    """

    def __init__(self, clip: Frames, box: Callable[[int, int], tuple[float, float, float, float]]) -> None:
        self._places = {id(frame): place for place, frame in enumerate(clip)}
        self._box = box

    def __call__(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        height, width = first.shape[:2]
        (left, top, right, bottom), (left2, top2, right2, bottom2) = (
            self._box(self._places[id(frame)], len(self._places)) for frame in (first, second)
        )
        across, down = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        across_then = (left + across * (right - left) - left2) / (right2 - left2)
        down_then = (top + down * (bottom - top) - top2) / (bottom2 - top2)
        moved = np.stack([(across_then - across) * width, (down_then - down) * height], -1)
        return moved.astype(np.float32)


def crop(pixels: np.ndarray, box: tuple[float, float, float, float], side: int) -> np.ndarray:
    """A part of a photo at a size, its borders between pixels."""
    size = (side, round(side * 2 / 3))
    planes = [Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS, box) for plane in np.moveaxis(pixels, 2, 0).copy()]
    return np.stack([np.asarray(plane) for plane in planes], -1)


def day_to_dusk(side: int, count: int, seed: int = 2) -> Frames:
    """The sample's day from a camera that stands still, its light falling to a blue dusk, with a sensor's noise."""
    day = small(read_photo(SAMPLE / "day.jpg").pixels, side)
    random = np.random.default_rng(seed)
    frames = []
    for place in np.linspace(0, 1, count):
        gain = (1 - place) + place * np.array([0.10, 0.13, 0.22])  # in linear light
        frames.append(noisy((day.clip(0, 1) ** 2.2 * gain) ** (1 / 2.2), random))
    return frames


def noisy(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return (pixels + random.normal(0, NOISE, pixels.shape)).clip(0, 1).astype(np.float32)


def results(clip: Frames, networks: Sequence[Path], without: Sequence[str] = ()) -> Iterator[tuple[str, float, Frames]]:
    """Methods by name, the seconds that each took, and what it made."""
    methods: dict[str, Callable[[], Frames]] = {
        "the input": lambda: clip,
        "photostyle video": lambda: relit(clip),
        "photostyle each frame": lambda: [transfer(frame, style(), fast=True, device="cpu").photo.pixels for frame in clip],
        "Monge-Kantorovich each frame": lambda: [moved(frame) for frame in clip],
        "one LUT": lambda: by_one_lut(clip),
    }
    for path in networks:
        methods[f"{path.stem} each frame"] = lambda path=path: each_painted(clip, path)
        methods[f"{path.stem} shared statistics"] = lambda path=path: painted(clip, path, 0.0)
        methods[f"{path.stem} steadied"] = lambda path=path: painted(clip, path, 1.0)
    for method, make in methods.items():
        if any(each in method for each in without):
            continue
        begin = time.perf_counter()
        made = make()
        yield method, time.perf_counter() - begin, [np.asarray(frame, np.float32) for frame in made]


def style() -> np.ndarray:
    return read_photo(SAMPLE / "sunset.jpg").pixels


def relit(clip: Frames) -> Frames:
    options = Options(fast=True, device="cpu")
    source = FramesClip(clip)
    found = fit_clip(source, style(), options=options, session=Session.of(options), tell=Tell())
    return [found.apply(frame, Amounts()) for frame in source.frames()]


def moved(frame: np.ndarray) -> np.ndarray:
    """The linear Monge-Kantorovich map of a frame's colours to the style's (Pitie & Kokaram 2007)."""
    colours, goal = (torch.from_numpy(v.reshape(-1, 3).T.astype(np.float64)) for v in (frame, style()))
    ours = colour_moments(colours, torch.ones(colours.shape[1], dtype=torch.float64))
    theirs = colour_moments(goal, torch.ones(goal.shape[1], dtype=torch.float64))
    change = monge_kantorovich(*ours, *theirs)
    made = colours + change[:, :3] @ colours + change[:, 3:]
    return made.T.reshape(frame.shape).clamp(0, 1).numpy().astype(np.float32)


def by_one_lut(clip: Frames) -> Frames:
    """The table of colours that comes nearest to what is made of the middle frame, for all of them."""
    from photostyle.photo import open_photo

    middle = open_photo(clip[len(clip) // 2])
    table, _ = fit_lut(middle, transfer(middle, style(), fast=True, device="cpu").photo)
    return [table(frame).astype(np.float32) for frame in clip]


def each_painted(clip: Frames, network: Path) -> Frames:
    options = Options(method=str(network), device="cpu", segmenter="none")
    return [transfer(frame, options=options).photo.pixels for frame in clip]


def painted(clip: Frames, network: Path, steady: float) -> Frames:
    options = Options(method=str(network), device="cpu", segmenter="none")
    source = FramesClip(clip)
    found = fit_painting(source, options=options, session=Session.of(options), tell=Tell(), steady=steady)
    return [found.apply(frame) for frame in source.frames()]


def flow_of_tvl1(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Flow by TV-L1 (Zach et al. 2007), of which nothing that is measured knows."""
    from skimage.registration import optical_flow_tvl1

    down, across = optical_flow_tvl1(first.mean(2), second.mean(2), num_iter=5, num_warp=4)
    return np.stack([across, down], -1).astype(np.float32)


def write_sheet(frames: Frames, path: Path, columns: int = 4) -> None:
    """Eight frames side by side, evenly spread."""
    shown = [frames[k] for k in np.linspace(0, len(frames) - 1, min(8, len(frames))).round().astype(int)]
    rows = [np.concatenate(shown[k : k + columns], 1) for k in range(0, len(shown), columns)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((np.concatenate(rows).clip(0, 1) * 255).round().astype(np.uint8)).save(path)


CAMERA, DUSK, SLOW_DUSK = "camera over a photo", "day to dusk", "day to dusk, four times as slow"
MOVED = {CAMERA: camera_box, DUSK: still_box, SLOW_DUSK: still_box}
JUDGES: dict[str, Flow | None] = {"dis": optical_flow, "tvl1": flow_of_tvl1, "known": None}
