"""Networks learnt from two sets of pictures, which bring a photo of one into the other; see docs/translate.md.

Generators of pictures (CycleGAN, U-GAT-IT) paint the photo when it is rendered; one of fields gives a field, as the solver does.
"""

from collections.abc import Sequence

import torch

from photostyle.events import Tell
from photostyle.methods.method import Fitted
from photostyle.networks.translation import Direction, FieldGenerator, TrainedTranslators
from photostyle.options import Options
from photostyle.prepared import Prepared, planes
from photostyle.regions import pair_regions
from photostyle.transforms import FieldTransform, Provenance, TranslationTransform
from photostyle.transforms.field.bilateral import BilateralField


def translated(
    trained: TrainedTranslators, direction: Direction, size: int | None, content: Prepared, options: Options, tell: Tell
) -> Fitted:
    """A photo of one set brought into the other.

    Args:
        trained: the generators.
        direction: which of them.
        size: long side in pixels at which a larger photo is translated; None for its own. A field has the photo's own always.
        content: the photo.
        options: of the transfer.
        tell: of progress.
    """
    network = trained.networks.towards(direction)
    every = pair_regions(content.regions, content.regions, protect=options.protect)
    pairs = [pair for pair in every if pair.kind == "protected"]  # no region takes from one of a style
    sets = trained.sets if direction == "AtoB" else trained.sets[::-1]
    called = f"{trained.card.get('name', 'networks')} ({sets[0]} to {sets[1]})"
    provenance = Provenance.of(content, "network", pairs, style=called, hard_masks=options.hard_masks)
    if isinstance(network, FieldGenerator):
        with tell.stage("solve"):
            return Fitted(field_of(network, content, [pair.content for pair in pairs], provenance))
    return Fitted(TranslationTransform(trained, direction, size, content.regions, provenance))


@torch.no_grad()
def field_of(network: FieldGenerator, content: Prepared, protected: Sequence[str], provenance: Provenance) -> FieldTransform:
    """The field that a generator gives for a photo, the same for all its regions but those that are protected.

    Args:
        network: on any device.
        content: the photo.
        protected: names of regions that stay as they are.
        provenance: of the transform.
    """
    device = next(network.parameters()).device
    small = planes(content.copy.photo.pixels).clamp(0, 1)
    table = network.table(small[None].to(device)).float().cpu()
    names = content.regions.names
    tables = table.repeat(len(names), 1, 1, 1, 1, 1)
    for row, name in enumerate(names):
        if name in protected:
            tables[row] = 0
    return FieldTransform(BilateralField(tables, names), content.regions, provenance)
