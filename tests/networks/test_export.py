"""A network as ONNX paints what it paints here."""

import numpy as np
import pytest
import torch

from photostyle import DependencyError
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.export import NEEDED, export_onnx


def trained(numbers=0):
    torch.manual_seed(0)
    network = Stylizer(StylizerShape(2, 4, 1, numbers)).eval().requires_grad_(False)
    network.norms += 0.3 * torch.randn_like(network.norms)
    return TrainedStylizer(network, ("a", "b"))


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [0, 12])
@pytest.mark.parametrize(("half", "apart"), [(False, 1e-4), (True, 2e-2)])
def test_another_program_paints_the_same(half, apart, numbers, tmp_path):
    for name in (*NEEDED, "onnxruntime"):
        pytest.importorskip(name, reason=f"{name} is not installed: what is exported cannot be run")
    import onnxruntime

    own = trained(numbers)
    norms = own.network.mixed([0.3, 0.7])
    export_onnx(own, norms, tmp_path / "net.onnx", half=half)
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
    for size in ((40, 64), (28, 100)):
        photo = torch.rand(1, 3, *size)
        (painted,) = session.run(None, {"photo": photo.numpy().astype(np.float16 if half else np.float32)})
        assert np.abs(painted - own.network(photo, norms).numpy()).max() < apart


def test_what_is_not_installed_is_one_line(tmp_path, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        DependencyError, match=r"exporting to ONNX needs the package onnx; install it with: pip install photostyle"
    ):
        export_onnx(trained(), trained().network.mixed([1.0, 0.0]), tmp_path / "net.onnx")
