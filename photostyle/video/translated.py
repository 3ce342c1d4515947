"""A network that gives fields between two sets of pictures, on the shots of a clip.

The network sees the key frames of a shot, and its fields go evenly from one to the next: none of its whims is a frame long.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from photostyle.methods.network import NetworkOptions
from photostyle.models import translates
from photostyle.networks.translation import FieldGenerator
from photostyle.prepared import planes
from photostyle.session import Session
from photostyle.transforms import Provenance, SharedTransform
from photostyle.video.clip import ClipSource
from photostyle.video.key_frames import ShotKeys, frames_at
from photostyle.video.transform import ShotLook

BESIDE = 0.5  # what the key frames before and after count for in a key frame's field


def field_network(settings: object, session: Session) -> FieldGenerator | None:
    """The network that gives fields, where options name one.

    Raises:
        OptionError, ModelError, FileError: no network is named, or there is none.
    """
    if not isinstance(settings, NetworkOptions) or not translates(settings.file()):
        return None
    network = session.translators(settings.file()).networks.towards(settings.direction)
    return network if isinstance(network, FieldGenerator) else None


@torch.no_grad()
def translated_shots(
    source: ClipSource, shots: Sequence[ShotKeys], network: FieldGenerator, provenance: Provenance
) -> Iterator[ShotLook]:
    """Each shot with the network's fields at its key frames, one for all its regions."""
    device = next(network.parameters()).device
    for keys in shots:
        at = keys.track.indices
        tables = [network.table(planes(frame.pixels)[None].clamp(0, 1).to(device)) for frame in frames_at(source, at)]
        smooth = evened(torch.cat(tables).float().cpu())
        looks = tuple(SharedTransform(table[None], (), provenance) for table in smooth)
        yield ShotLook(keys.shot, keys.track, at, looks)


def evened(tables: Tensor) -> Tensor:
    """Fields (K, ...) each mixed with those of the key frames before and after it.

    >>> evened(torch.tensor([0.0, 4.0, 0.0])).tolist()
    [1.3333333730697632, 2.0, 1.3333333730697632]
    """
    total = tables.clone()
    weights = torch.ones(len(tables), *[1] * (tables.ndim - 1))
    for here, there in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        total[here] += BESIDE * tables[there]
        weights[here] += BESIDE
    return total / weights
