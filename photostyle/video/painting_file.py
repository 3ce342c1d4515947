"""What a network paints a clip with, kept in a file, and used again for the same clip or for another."""

from pathlib import Path

import torch
from torch import Tensor

from photostyle.errors import FileError
from photostyle.events import Tell
from photostyle.flow import flow_notes
from photostyle.networks.stylizer import MeasuredMoments
from photostyle.networks.translation.attention import MeasuredCode
from photostyle.session import Session
from photostyle.tensor_file import BROKEN
from photostyle.transforms.file import TransformFile, broken, read_transform, write_transform
from photostyle.video.clip import ClipSource, clip_digest
from photostyle.video.painters import ShotStatistics, restored_painter
from photostyle.video.painting import ClipPainting, statistics_of
from photostyle.video.shots import Shot, shots_of_clip

KIND = "clip painting"  # in the file


def save_painting(painting: ClipPainting, path: Path | str) -> None:
    """Write it, the network with it; an older file stays whole until the new one is complete.

    Raises:
        FileError: the file cannot be written.
    """
    tensors, about = painting.painter.stored()
    for number, (_, shared) in enumerate(painting.shots):
        for place, (mean, variance) in enumerate(shared.moments.found):
            tensors[f"{number}.{place}.mean"] = mean.cpu().contiguous()
            tensors[f"{number}.{place}.variance"] = variance.cpu().contiguous()
        if shared.code is not None and shared.code.found is not None:
            tensors[f"{number}.code"] = shared.code.found.cpu().contiguous()
    facts = {
        **about,
        "size": painting.size,
        "steady": painting.steady,
        "shots": [(shot.start, shot.stop) for shot, _ in painting.shots],
        "norms": len(painting.shots[0][1].moments.found),
        "made_for": painting.made_for,
        "provenance": {},
    }
    write_transform(path, TransformFile(KIND, tensors, facts))


def load_painting(
    path: Path | str,
    source: ClipSource,
    *,
    session: Session,
    tell: Tell,
    start: int = 0,
    stop: int | None = None,
    steady: float | None = None,
) -> ClipPainting:
    """What was kept of a clip, for the same clip, or for another: each shot of that takes the statistics that are most its own.

    Args:
        path: of what `save_painting` wrote.
        source: the clip that it is for.
        session: the device.
        tell: told of each step.
        start, stop: numbers of the first frame that counts, and of the one after the last; None for the end.
        steady: as for `fit_painting`; None as it was.

    Raises:
        FileError: there is no such file, it is no clip's painting, or it is of a newer version.
    """
    file = read_transform(path)
    if file.transform != KIND:
        raise FileError(f"{path}: holds no network's clip; save one from a clip first")
    try:
        kept = _restored(file, source, session)
        share = float(file.facts["steady"]) if steady is None else steady
        same = str(file.facts["made_for"]) == clip_digest(source, start, stop)
    except BROKEN as error:
        raise broken(path, error) from error
    shots = kept.shots
    if not same:
        last = len(source.times) if stop is None else stop
        shots = tuple((shot, _nearest(kept, source, shot)) for shot in shots_of_clip(source, start, last, tell))
    notes = flow_notes() if share else ()
    digest = clip_digest(source, start, stop)
    return ClipPainting(source, kept.painter, kept.size, shots, share, notes, digest)


def _restored(file: TransformFile, source: ClipSource, session: Session) -> ClipPainting:
    """The inverse of `save_painting`.

    Raises:
        ValueError, KeyError, TypeError: its parts are missing or broken.
    """
    facts = file.facts
    painter = restored_painter(file.tensors, facts, session.device)
    shots = []
    for number, (begin, end) in enumerate(facts["shots"]):
        moments = MeasuredMoments()
        for place in range(int(facts["norms"])):
            mean, variance = (_finite(file.tensors[f"{number}.{place}.{name}"], session) for name in ("mean", "variance"))
            moments.found.append((mean, variance))
        code = None
        if f"{number}.code" in file.tensors:
            code = MeasuredCode(1, 1)
            code.found = _finite(file.tensors[f"{number}.code"], session)
        shots.append((Shot(int(begin), int(end)), ShotStatistics(moments, code)))
    if not shots:
        raise ValueError("it has no shots")
    size = facts["size"]
    return ClipPainting(source, painter, None if size is None else int(size), tuple(shots))


def _finite(tensor: Tensor, session: Session) -> Tensor:
    if not bool(tensor.isfinite().all()):
        raise ValueError("its statistics are no numbers")
    return tensor.float().to(session.device)


def _nearest(kept: ClipPainting, source: ClipSource, shot: Shot) -> ShotStatistics:
    """The kept statistics that are most like those of a shot."""
    own = statistics_of(source, shot, kept.painter, kept.size)
    return min((shared for _, shared in kept.shots), key=lambda shared: _unlike(own.moments, shared.moments))


def _unlike(one: MeasuredMoments, other: MeasuredMoments) -> float:
    """How far the means and deviations of a network's first norm lie apart, in their own spread."""
    (mean, variance), (other_mean, other_variance) = one.found[0], other.found[0]
    spread = (variance + other_variance).clamp_min(1e-6)
    apart = (mean - other_mean) ** 2 + (variance.sqrt() - other_variance.sqrt()) ** 2
    return float(torch.mean(apart / spread))
