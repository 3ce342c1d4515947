"""What `benchmark.py speed --device cuda` adds: photostyle on a card, and how far its pictures are from the processor's."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmark_pairs import BenchmarkPair
from benchmark_photos import large_photo
from benchmark_record import summary
from skimage.color import deltaE_ciede2000

import photostyle
from matting.laplacian import matting_laplacian
from photostyle import repeated
from photostyle.colour import lab_of_pixels
from photostyle.photo import Photo, read_photo

Numbers = dict[str, Any]

NEVER = 1_000_000  # steps to warm up before a recording, where none is wanted


def card(
    pair: BenchmarkPair, device: str, megapixels: float, repeats: int, folder: Path, **options: Any
) -> tuple[Numbers, Numbers]:
    """Times on a device, as `summary` gives them, and facts: distances, memory, rates.

    The networks are loaded and every way has been taken once before anything is timed; a picture lies in memory at both ends.
    The options are those of `photostyle.transfer`, for a quicker look.
    """
    content, style = read_photo(pair.content_path), read_photo(pair.style_path)
    masks = {"content_mask": pair.content_mask, "style_mask": pair.style_mask}

    def ours(on: str = device, **given: Any) -> photostyle.Result:
        return photostyle.transfer(content, style, device=on, **options, **given)

    times: Numbers = {}
    facts: Numbers = {"card": card_name(device)}
    times |= _stages(f"{device}, with masks", lambda: ours(**masks), repeats)
    times |= _stages(f"{device}, no masks", ours, repeats)
    times |= _stages(f"{device}, no masks, fast", lambda: ours(fast=True), repeats)
    times |= _stages(f"{device}, with masks, step by step", lambda: _unrecorded(lambda: ours(**masks)), min(repeats, 3))
    first, second, plain = (_pixels(result) for result in (ours(**masks), ours(**masks), _unrecorded(lambda: ours(**masks))))
    facts["two runs: largest difference"] = float(np.abs(first - second).max())
    facts["recorded and step by step: delta E"] = _apart(first, plain)
    facts["card and processor: delta E"] = _apart(first, _pixels(ours("cpu", **masks)))
    large_times, large_facts = _large(pair, device, megapixels, min(repeats, 3), folder, options)
    return times | large_times, facts | large_facts


def card_name(device: str) -> str:
    """The name of a card, or of what stands in for it."""
    if _is_card(device):
        return torch.cuda.get_device_name(device)
    return device


def _large(
    pair: BenchmarkPair, device: str, megapixels: float, repeats: int, folder: Path, options: Numbers
) -> tuple[Numbers, Numbers]:
    """A large photo from memory to memory; the matting Laplacian's build and its product."""
    if not megapixels:
        return {}, {}
    large = read_photo(large_photo(pair.content_path, megapixels, folder / "large-card.jpg"))
    style = read_photo(pair.style_path)
    name = f"{device}, {megapixels:g} Mpixel"
    if _is_card(device):
        torch.cuda.reset_peak_memory_stats(device)
    times = _stages(name, lambda: photostyle.transfer(large, style, device=device, **options), repeats)
    facts: Numbers = {}
    if _is_card(device):
        facts[f"{name}: peak memory of the card, GB"] = torch.cuda.max_memory_allocated(device) / 1e9
    planes = torch.from_numpy(np.ascontiguousarray(large.pixels.transpose(2, 0, 1))).to(device, torch.float32)
    laplacian = matting_laplacian(planes, dtype=torch.float32)
    columns = planes.flatten(1).T.contiguous()
    build = _seconds(lambda: matting_laplacian(planes, dtype=torch.float32), device, repeats)
    product = _seconds(lambda: laplacian @ columns, device, repeats)
    times |= {f"{name}: Laplacian, build": summary(build), f"{name}: Laplacian, product": summary(product)}
    bytes_read = laplacian.values().numel() * 8
    facts[f"{name}: Laplacian, Mpixel/s"] = megapixels / float(np.median(build))
    facts[f"{name}: product, TB/s of values and indices"] = bytes_read / float(np.median(product)) / 1e12
    return times, facts


def _stages(name: str, call: Callable[[], photostyle.Result], repeats: int) -> Numbers:
    """Each stage of a call, and the whole, after one call to warm up."""
    seconds: dict[str, list[float]] = {}
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        result = call()
        whole = time.perf_counter() - begin
        for stage, t in {**result.seconds, "whole call": whole}.items():
            seconds.setdefault(f"{name}: {stage}", []).append(t)
    return {stage: summary(values[1:]) for stage, values in seconds.items() if len(values) > 1}


def _seconds(work: Callable[[], Any], device: str, repeats: int) -> list[float]:
    seconds = []
    for _ in range(repeats + 1):
        _wait(device)
        begin = time.perf_counter()
        work()
        _wait(device)
        seconds.append(time.perf_counter() - begin)
    return seconds[1:]


def _is_card(device: str) -> bool:
    return torch.device(device).type == "cuda"


def _wait(device: str) -> None:
    if _is_card(device):
        torch.cuda.synchronize(device)


def _unrecorded(call: Callable[[], photostyle.Result]) -> photostyle.Result:
    """A call whose solver's steps are not recorded."""
    usual = repeated.WARM_UP
    repeated.WARM_UP = NEVER
    try:
        return call()
    finally:
        repeated.WARM_UP = usual


def _pixels(result: photostyle.Result) -> np.ndarray:
    photo: Photo = result.photo
    return np.clip(photo.pixels, 0, 1)


def _apart(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Median and 95th percentile of CIEDE2000 over the pixels."""
    labs = [100 * lab_of_pixels(np.ascontiguousarray(pixels, np.float32)) for pixels in (first, second)]
    distances = deltaE_ciede2000(*labs)
    return {"median": float(np.median(distances)), "95th percentile": float(np.percentile(distances, 95))}
