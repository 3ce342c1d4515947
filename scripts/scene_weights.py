"""The scene network from and to files of weights."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from photostyle.networks import Fpn
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment.scene import scene_network

SECOND_HEAD = "embedding_head"
COUNTER = "num_batches_tracked"  # of batch norms, which files leave out


def read_network(path: Path | None) -> Fpn:
    """The network with the weights of a file; a second head that the file lacks, or all without a file, is random."""
    network = scene_network()
    if path is not None:
        state = {name: tensor.float() for name, tensor in load_file(path).items()}
        found = network.load_state_dict(state, strict=False)
        missing = [name for name in found.missing_keys if not name.startswith(SECOND_HEAD) and not name.endswith(COUNTER)]
        if found.unexpected_keys or missing:
            raise SystemExit(f"{path} does not hold the scene network; give weights that train_segmenter.py wrote, or none")
    return network


def write_weights(path: Path, state: Mapping[str, Tensor]) -> None:
    """A file as the package ships it, in half precision; whole or not at all."""
    kept = {name: tensor.half().contiguous().cpu() for name, tensor in state.items() if not name.endswith(COUNTER)}
    part = path.with_suffix(".part")
    save_file(kept, part, metadata={"format": "pt", "classes": ",".join(CLASSES)})
    part.chmod(0o644)
    part.replace(path)
