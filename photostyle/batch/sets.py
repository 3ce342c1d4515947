"""One look for a set: a transform that depends on a colour and its region alone, the same for every photo of the set.

`shared` fits it to a sample of the set's photos laid side by side, so that its statistics are those of the set; `anchor`
fits it to one photo. A field that is solved photo by photo also depends on where in that photo a pixel lies, and on what
else the photo shows, so the same coat comes out differently in two photos.
"""

import hashlib
import json
import multiprocessing
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil, sqrt
from pathlib import Path
from typing import Literal

import numpy as np

from photostyle.batch import remote
from photostyle.batch.fingerprint import content_hash, options_fingerprint
from photostyle.batch.local import leave_with_parent
from photostyle.batch.plan import LOOK, Job
from photostyle.config import AMOUNTS, REST, Options
from photostyle.errors import OptionError, PhotostyleError
from photostyle.photo import Photo, WorkingCopy, read_photo, resample
from photostyle.whole_file import write_whole

SetMode = Literal["each", "shared", "anchor"]
SAMPLE = 12  # photos of a set that its transform is fitted to, taken evenly
VERSION = 1  # of the way a set is solved: another makes other fields


def with_shared_fields(jobs: Sequence[Job], mode: SetMode, folder: Path, anchor: str | None = None) -> list[Job]:
    """The jobs, each with the field of its set; those of one style and options are a set.

    Args:
        jobs: the whole plan, so that every shard of it finds the same fields.
        mode: "each" changes nothing.
        folder: where fields are kept; one that is there already is not solved again.
        anchor: the photo that "anchor" solves; None for the first of each set.

    Raises:
        PhotostyleError: a set cannot be solved.
    """
    if mode == "each":
        return list(jobs)
    sets: dict[tuple, list[Job]] = {}
    for job in jobs:
        sets.setdefault((job.style, job.style_mask, options_fingerprint(job.options)), []).append(job)
    return [
        replace(job, field=str(field))
        for key in sets
        for field in (_field_of(sets[key], mode, folder, anchor),)
        for job in sets[key]
    ]


def _field_of(jobs: list[Job], mode: SetMode, folder: Path, anchor: str | None) -> Path:
    if jobs[0].options.solver != "field":
        raise OptionError(f"set-mode {mode} needs solver field, got {jobs[0].options.solver}")
    if mode == "anchor":
        first = next((job for job in jobs if job.content == anchor), jobs[0])
        known = anchor is None or first.content == anchor
        sample = [first if known else replace(first, content=anchor, content_mask=None)]
    else:
        sample = [jobs[i * len(jobs) // min(SAMPLE, len(jobs))] for i in range(min(SAMPLE, len(jobs)))]
    key = [VERSION, mode, options_fingerprint(jobs[0].options), [[_hash(n) for n in job.inputs] for job in sample]]
    path = folder / f"field-{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]}.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _solve_apart(sample, path)
    return path


def _hash(name: str) -> str | None:
    try:
        return content_hash(name)
    except PhotostyleError:
        return None  # what cannot be read is left out of the sample


def _solve_apart(sample: list[Job], path: Path) -> None:
    """Solve in a process of its own, which gives its memory back."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), leave_with_parent) as pool:
        try:
            pool.submit(solve_set, sample, path).result()
        except BrokenProcessPool:
            raise OptionError("the set could not be solved: its process was ended, perhaps for lack of memory") from None


@dataclass
class _Sampled:
    """A photo of the sample: a tile of the mosaic, and the soft masks of its regions."""

    pixels: np.ndarray  # (h, w, 3)
    masks: dict[str, np.ndarray]  # name -> (h, w)


def solve_set(sample: Sequence[Job], path: Path) -> None:
    """Fit one transform a region to the photos of a sample and write it as a safetensors file: table (R, D, 1, 1, 3, 4)
    and the region names; last comes the whole set's, for regions that the sample does not show.

    Raises:
        PhotostyleError: none of the photos can be read, or the style cannot.
    """
    import torch
    from safetensors.torch import save

    from photostyle.devices import choose_device
    from photostyle.field.bilateral import GridSize
    from photostyle.pipeline import amounts
    from photostyle.regions import pair_regions
    from photostyle.solvers.field_objective import FieldWeights
    from photostyle.solvers.field_solver import solve_field

    device = choose_device(sample[0].options.device)
    with tempfile.TemporaryDirectory() as folder:
        look, encoder, options = _look_of(sample[0], Path(folder), device)
        weights = replace(FieldWeights.of(options), grids=(GridSize(2, 2, 6), GridSize(2, 2, 8)))
        side = weights.size if len(sample) == 1 else max(64, weights.size // 2)
        content, ours = _mosaic(sample, side, Path(folder), device)
    amounts(options, ours.names)  # a misspelt name is said here
    pairs = pair_regions(ours, look.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
    planes = torch.from_numpy(content).permute(2, 0, 1).contiguous().to(device)
    solved = solve_field(planes, ours.masks.to(device), pairs, look, encoder, weights).field
    table = solved.table.mean((2, 3), keepdim=True).cpu()  # its mean over the mosaic, which has no place in a photo
    shares = torch.tensor(ours.shares()).reshape(-1, 1, 1, 1, 1, 1)
    table = torch.cat([table, (table * shares).sum(0, keepdim=True)])
    write_whole(path, save({"table": table.contiguous()}, {"names": json.dumps(list(solved.names))}))


def _look_of(job: Job, folder: Path, device):
    """-> (look, encoder, options that fit them): the look of a job's style, which may be one already."""
    from photostyle.look import load_look
    from photostyle.pipeline import measure
    from photostyle.sources import encoder_of

    style, given = _local(job.style, folder), job.style.lower().endswith(LOOK)
    look = load_look(style) if given else None
    options = look.fitted(job.options) if given else job.options
    encoder = encoder_of(options, device)
    if given:
        look.check_encoder(encoder)
    else:
        mask = job.style_mask and _local(job.style_mask, folder)
        look = measure(style, style_mask=mask, options=options, encoder=encoder)
    return look, encoder, options


def _mosaic(sample: Sequence[Job], long_side: int, folder: Path, device):
    """-> (pixels (H, W, 3), `Regions` of them): the photos of the sample as tiles of one size and shape."""
    import torch

    from photostyle.regions.regions import Regions

    tiles, shape, first, colours = [], None, None, {}
    for job in sample:
        try:
            photo = WorkingCopy.of(read_photo(_local(job.content, folder)))
            regions = _regions(photo, job.content_mask and _local(job.content_mask, folder), job.options, device)
        except PhotostyleError as error:
            first = first or error
            continue
        scale = min(1.0, long_side / max(photo.full_size))
        shape = shape or tuple(max(32, round(side * scale)) for side in photo.full_size)
        colours |= dict(zip(regions.names, regions.colours, strict=True))
        tiles.append(_Sampled(*_covering(photo.photo, regions, shape)))
    if not tiles:
        raise first
    columns = ceil(sqrt(len(tiles)))
    tiles += tiles[: -len(tiles) % columns]  # a gap is filled with photos that are there already
    names = tuple(colours)

    def laid(pictures: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([np.concatenate(pictures[i : i + columns], 1) for i in range(0, len(pictures), columns)])

    none = np.zeros(shape[::-1], np.float32)
    masks = np.stack([laid([tile.masks.get(name, none) for tile in tiles]) for name in names])
    return laid([t.pixels for t in tiles]), Regions(names, torch.from_numpy(masks), tuple(colours[n] for n in names))


def _covering(photo: Photo, regions, size: tuple[int, int]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The middle of a photo, and of its masks, scaled to fill (width, height)."""
    width, height = size
    scale = max(width / photo.size[0], height / photo.size[1])
    whole = max(width, round(photo.size[0] * scale)), max(height, round(photo.size[1] * scale))
    left, top = (whole[0] - width) // 2, (whole[1] - height) // 2
    pixels = resample(photo.pixels, whole).clip(0, 1)[top : top + height, left : left + width]
    masks = regions.resized(whole[::-1]).masks[:, top : top + height, left : left + width].cpu().numpy()
    return pixels, dict(zip(regions.names, masks, strict=True))


def _regions(photo: WorkingCopy, mask: str | None, options: Options, device):
    from photostyle.regions.finding import find_content_regions

    return find_content_regions(photo, mask, options, device)


def _local(name: str, folder) -> str:
    return str(remote.fetch(name, Path(tempfile.mkdtemp(dir=folder)))) if remote.is_url(name) else name


def render_shared(photo: Photo, mask: str | None, field: str, options: Options) -> tuple[Photo, tuple[str, ...]]:
    """A photo through the field of its set, by the names of its own regions.

    Returns:
        The photo, and notes: which of its regions the set's sample did not show.
    """
    import torch

    from photostyle.devices import choose_device
    from photostyle.field import BilateralField
    from photostyle.pipeline import Place, gives_nothing, rendered

    device = choose_device(options.device)
    names, table = read_field(field)
    small, place = WorkingCopy.of(photo), Place(device, options.hard_masks)
    regions = _regions(small, mask, options, device)
    rows = torch.stack([table[names.index(n) if n in names else -1] * (n not in options.protect) for n in regions.names])
    unknown = [f"{name}: not in the set's sample; takes the whole set's transform" for name in regions.names if name not in names]
    relit, options = photo, _of_regions(options, regions.names)
    if not gives_nothing(options):
        pixels, _ = rendered(photo, small, regions, BilateralField(rows, regions.names), options, place)
        relit = photo.with_pixels(pixels)
    return relit, (*photo.notes, *regions.notes, *unknown)


def _of_regions(options: Options, regions: tuple[str, ...]) -> Options:
    """The options for a photo, which need not show every region that the set's amounts name."""
    amounts = {name: getattr(options, name) for name in AMOUNTS}
    known = {
        name: {region: a for region, a in amount.items() if region in (REST, *regions)}
        for name, amount in amounts.items()
        if isinstance(amount, Mapping)
    }
    return replace(options, **known)


def read_field(path: str):
    """(names, table (R + 1, D, 1, 1, 3, 4)) of a set's field; the last row is the whole set's."""
    from safetensors import SafetensorError, safe_open

    with suppress(SafetensorError, OSError, KeyError), safe_open(path, "pt") as file:
        return json.loads(file.metadata()["names"]), file.get_tensor("table")
    raise OptionError(f"{path}: is no field of a set; remove it and run again")
