"""A trained network as an ONNX file, for programs without torch."""

import copy
from pathlib import Path

import torch
from torch import Tensor, nn

from photostyle.errors import DependencyError, FileError
from photostyle.networks.stylizer import STRIDE, Stylizer
from photostyle.networks.stylizer_file import TrainedStylizer
from photostyle.whole_file import replacing

OPSET = 18
NEEDED = ("onnx", "onnxscript")  # what torch's exporter imports
_TRACED = (2 * 4 * STRIDE, 3 * 4 * STRIDE)  # height and width of the photo that the export follows


def export_onnx(trained: TrainedStylizer, norms: Tensor, path: Path, *, half: bool = False) -> None:
    """Write a network as ONNX, in one style.

    Its input is "photo", (1, 3, H, W) sRGB-encoded in [0, 1], H and W any multiples of 4; its output "painted" has that shape.

    Args:
        trained: the network.
        norms: (1, N) of the style, as `Stylizer.mixed` or a predictor gives them.
        path: of the file; an older one stays whole until the new one is complete.
        half: whether weights, input and output are float16.

    Raises:
        DependencyError: onnx or onnxscript is not installed.
        FileError: the file cannot be written.
    """
    import importlib.util

    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            raise DependencyError(f"exporting to ONNX needs the package {name}; install it with: pip install photostyle[onnx]")
    kind = torch.float16 if half else torch.float32
    network = copy.deepcopy(trained.network)
    network.predictor = None
    wrapped = _OneInput(network, norms.detach().cpu()).to(kind).eval()
    photo = torch.rand(1, 3, *_TRACED, dtype=kind)
    sides = {2: STRIDE * torch.export.Dim("quarter_height", min=2), 3: STRIDE * torch.export.Dim("quarter_width", min=2)}
    program = torch.onnx.export(
        wrapped,
        (photo,),
        input_names=["photo"],
        output_names=["painted"],
        dynamic_shapes={"photo": sides},
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    try:
        with replacing(path) as temporary:
            program.save(temporary)  # type: ignore[union-attr]
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from error


class _OneInput(nn.Module):
    """A network with its norms fixed."""

    def __init__(self, network: Stylizer, norms: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("fixed", norms)

    def forward(self, photo: Tensor) -> Tensor:
        made: Tensor = self.network(photo, self.fixed)
        return made
