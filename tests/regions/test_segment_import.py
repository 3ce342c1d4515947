"""The networks that photostyle defines itself load no package that they do not need."""

import os
import subprocess
import sys

from safetensors.torch import save_file

from photostyle.networks import MIX_TRANSFORMERS, MixTransformer, SegFormer

CODE = """
import sys
import numpy as np
from photostyle.regions.segment import load_segmenter
for name in ("scene", "ade20k-b0"):
    segmenter = load_segmenter(name, cache=False)
    segmenter.long_side = 64
    segmenter(np.zeros((20, 30, 3), np.float32))
print(*sys.modules)
"""
HEAVY = {"torch._dynamo", "torchvision", "timm", "segmentation_models_pytorch"}


def test_segmenters_load_neither_the_compiler_nor_other_packages(tmp_path):
    folder = tmp_path / "models" / "ade20k-b0"
    folder.mkdir(parents=True)
    network = SegFormer(MixTransformer(MIX_TRANSFORMERS["mit_b0"]), 150)
    save_file(network.state_dict(), folder / "model.safetensors")
    environment = os.environ | {"PHOTOSTYLE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
    loaded = set(done.stdout.split())
    assert "photostyle.regions.segment.ade20k" in loaded
    assert not HEAVY & loaded
