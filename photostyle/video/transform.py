"""What is found for a clip, shot by shot: transforms that depend on a colour and its region alone, so that nothing flickers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.errors import FileError
from photostyle.options import Amounts
from photostyle.prepared import planes
from photostyle.regions import Regions
from photostyle.regions.upsampling import mask_strips
from photostyle.tensor_file import BROKEN
from photostyle.threads import one_thread
from photostyle.transforms import SharedTransform
from photostyle.transforms.field.beyond import Beyond
from photostyle.transforms.field.bilateral import BilateralField
from photostyle.transforms.field.control import controlled, mixing
from photostyle.transforms.field.guide import SIZE as GUIDE_SIDE
from photostyle.transforms.field.guide import Guide
from photostyle.transforms.field.rendering import render_into
from photostyle.transforms.file import TransformFile, broken, read_transform, write_transform
from photostyle.video.clip import Frame
from photostyle.video.shots import Shot, shots_at
from photostyle.video.smaller import smaller
from photostyle.video.tracking import RegionTrack

KIND = "clip"  # in the file


@dataclass(frozen=True, eq=False)
class ShotLook:
    """What is done with the frames of one shot.

    Args:
        shot: its frames.
        track: its regions.
        at: where on the way the transforms lie, rising; a frame between two takes of both, by how near it is.
        looks: as many transforms, at least one.
        way: where on it each key frame of the track lies, such as how far its light has gone, rising; empty for their numbers.
    """

    shot: Shot
    track: RegionTrack
    at: tuple[float, ...]
    looks: tuple[SharedTransform, ...]
    way: tuple[float, ...] = ()

    def field_at(self, index: int) -> tuple[BilateralField, Beyond | None]:
        """The transforms of the track's regions at a frame, and what is done with colours that the key frames do not hold."""
        place = float(np.interp(index, self.track.indices, self.way or self.track.indices))
        after = int(np.searchsorted(self.at, place))
        if after == 0 or after == len(self.at) or self.at[after] == place:
            return self._fields[min(after, len(self.at) - 1)]
        share = (place - self.at[after - 1]) / (self.at[after] - self.at[after - 1])
        (one, one_beyond), (other, other_beyond) = self._fields[after - 1], self._fields[after]
        field = BilateralField(torch.lerp(one.table, other.table, share), one.names)
        if one_beyond is None or other_beyond is None:
            return field, None
        return field, replace(one_beyond, grid=torch.lerp(one_beyond.grid, other_beyond.grid, share))

    @cached_property
    def _fields(self) -> list[tuple[BilateralField, Beyond | None]]:
        """`field_at` of the frames in `at`."""
        names = Regions(self.track.names, torch.ones(len(self.track.names), 1, 1) / len(self.track.names), self.track.colours)
        return [(look.field_of(names), look.beyond_of(names)) for look in self.looks]


@dataclass(frozen=True, eq=False)
class ClipLight:
    """The light of a picture for a clip: a look for each shot.

    Args:
        shots: in order; frames before the first take its look, those after the last its, and those between two, which dissolve,
            of both.
        protected: names of regions that keep their own colours.
        hard_masks: whether masks are used as they are, and do not follow the edges of frames.
        device: where frames are rendered.
        notes: what the user should be told.
        made_for: a hash of what it was found for; "" where that does not matter.
    """

    shots: tuple[ShotLook, ...]
    protected: tuple[str, ...] = ()
    hard_masks: bool = False
    device: str = "cpu"
    notes: tuple[str, ...] = ()
    made_for: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the regions of all shots."""
        return tuple(dict.fromkeys(name for look in self.shots for name in look.track.names))

    def apply(self, frame: Frame, amounts: Amounts = Amounts()) -> np.ndarray:  # noqa: B008 (frozen)
        """The pixels of a frame, (H, W, 3) float32, in their new light; a new array.

        Raises:
            OptionError: the amounts name a region that is not there.
        """
        if amounts.change_nothing:
            return frame.pixels.copy()
        number, other, share = shots_at([look.shot for look in self.shots], frame.index)
        made = self._made(frame, self.shots[number], amounts)
        if number != other:
            made += np.float32(share) * (self._made(frame, self.shots[other], amounts) - made)
        return made

    def _made(self, frame: Frame, look: ShotLook, amounts: Amounts) -> np.ndarray:
        """A frame in the look of a shot. One that dissolves into another has the masks of the last frame that does not."""
        small = smaller(frame.pixels, GUIDE_SIDE)
        index = frame.index
        if len(self.shots) > 1:
            index = min(max(index, look.shot.start), look.shot.stop - 1)
        with one_thread():  # the encoder has the other cores
            regions = look.track.regions_at(index, small)
            depth = Guide.of(planes(small))
        protected = [name for name in self.protected if name in regions.names]
        by_region = amounts.of_regions(regions.names).protecting(protected).by_region(regions.names)
        field, beyond = look.field_at(index)
        if beyond is not None and not by_region.all_one:
            beyond = beyond.mixed(mixing(by_region))
        device = torch.device(self.device)
        before = planes(frame.pixels)
        made = np.empty_like(frame.pixels)
        guide = None if self.hard_masks else planes(small)
        masks = mask_strips(regions, before, device, guide, quick=True)
        render_into(planes(made), before, masks, controlled(field, by_region), device, depth, None, beyond)
        return made

    def look_at(self, index: int) -> ShotLook:
        """The shot of a frame; of one that dissolves the earlier."""
        return self.shots[shots_at([look.shot for look in self.shots], index)[0]]

    def save(self, path: Path | str) -> None:
        """Write it; an older file stays whole until the new one is complete.

        Raises:
            FileError: the file cannot be written.
        """
        tensors: dict[str, Tensor] = {}
        shots = []
        for number, look in enumerate(self.shots):
            own, facts = _stored(look)
            tensors |= {f"{number}.{name}": tensor for name, tensor in own.items()}
            shots.append(facts)
        about = {
            "shots": shots,
            "protected": self.protected,
            "hard_masks": self.hard_masks,
            "notes": self.notes,
            "made_for": self.made_for,
            "provenance": {},
        }
        write_transform(path, TransformFile(KIND, tensors, about))


def load_clip_light(path: Path | str, device: str = "cpu") -> ClipLight:
    """Read what `ClipLight.save` wrote.

    Raises:
        FileError: there is no such file, it is no transform of a clip, or it is of a newer version.
    """
    file = read_transform(path)
    if file.transform != KIND:
        raise FileError(f"{path}: holds the transform of a photo, and one of a clip is needed; save one from a clip first")
    try:
        facts = file.facts
        shots = [_restored(_part(file.tensors, number), about) for number, about in enumerate(facts["shots"])]
        if not shots:
            raise ValueError("it has no shots")
        return ClipLight(
            tuple(shots),
            tuple(str(name) for name in facts["protected"]),
            bool(facts["hard_masks"]),
            device,
            tuple(str(note) for note in facts["notes"]),
            str(facts["made_for"]),
        )
    except BROKEN as error:
        raise broken(path, error) from error


def _stored(look: ShotLook) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts of a shot."""
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {
        "frames": (look.shot.start, look.shot.stop),
        "at": look.at,
        "way": look.way,
        "names": look.track.names,
        "colours": look.track.colours,
        "keys": look.track.indices,
        "light": look.track.light_size,
        "masks": look.track.mask_size,
        "looks": [],
    }
    for place, (light, masks) in enumerate(look.track.kept):
        tensors[f"light.{place}"] = _bytes_as_tensor(light)
        tensors[f"masks.{place}"] = _bytes_as_tensor(masks)
    for place, shared in enumerate(look.looks):
        file = shared.stored()
        tensors |= {f"look.{place}.{name}": tensor for name, tensor in file.tensors.items()}
        facts["looks"].append(dict(file.facts))
    return tensors, facts


def _restored(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> ShotLook:
    """The inverse of `_stored`.

    Raises:
        ValueError, KeyError, TypeError: its parts are missing or broken.
    """
    looks = []
    for place, about in enumerate(facts["looks"]):
        looks.append(SharedTransform.restored(TransformFile(SharedTransform.kind, _part(tensors, f"look.{place}"), about)))
    at = tuple(float(value) for value in facts["at"])
    way = tuple(float(value) for value in facts.get("way", ()))
    start, stop = _numbers(facts["frames"])
    names = tuple(str(name) for name in facts["names"])
    colours = tuple((int(red), int(green), int(blue)) for red, green, blue in facts["colours"])
    keys = _numbers(facts["keys"])
    kept = tuple((_as_bytes(tensors[f"light.{n}"]), _as_bytes(tensors[f"masks.{n}"])) for n in range(len(keys)))
    light = _numbers(facts["light"])
    masks = _numbers(facts["masks"])
    if (
        not looks
        or len(looks) != len(at)
        or not keys
        or len(way) not in (0, len(keys))
        or len(colours) != len(names)
        or not start < stop
    ):
        raise ValueError("its parts do not agree")
    track = RegionTrack(names, colours, keys, (light[0], light[1]), (masks[0], masks[1]), kept)
    for place in range(len(keys)):
        track.key(place)  # broken masks are said now
    return ShotLook(Shot(start, stop), track, at, tuple(looks), way)


def _part(tensors: Mapping[str, Tensor], name: object) -> dict[str, Tensor]:
    """The tensors whose names begin so, without that."""
    start = f"{name}."
    return {key.removeprefix(start): tensor for key, tensor in tensors.items() if key.startswith(start)}


def _numbers(values: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _bytes_as_tensor(data: bytes) -> Tensor:
    return torch.from_numpy(np.frombuffer(data, np.uint8).copy())


def _as_bytes(tensor: Tensor) -> bytes:
    if tensor.dtype != torch.uint8:
        raise ValueError("its masks are broken")
    return tensor.numpy().tobytes()
