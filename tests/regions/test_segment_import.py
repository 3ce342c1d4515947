"""The segmenter comes without torch's compiler, and the compiler is whole where it is wanted afterwards."""

import subprocess
import sys

CODE = """
import sys, torch
from photostyle.regions.segment import lean_import
{before}
from photostyle.regions.segment.scene import scene_network
scene_network()
assert ("torch._dynamo" in sys.modules) == {loaded}, "loaded"
assert torch.compile(lambda x: 2 * x, backend="eager")(torch.ones(1)) == 2
from torchvision.ops import roi_align
boxes = torch.tensor([[0.0, 0.0, 0.0, 3.0, 3.0]])
assert roi_align(torch.ones(1, 1, 4, 4), boxes, 2).shape == (1, 1, 2, 2)
assert lean_import._ask_the_compiler("cpu") in (True, False)
"""


def run(before: str, loaded: bool) -> None:
    subprocess.run([sys.executable, "-c", CODE.format(before=before, loaded=loaded)], check=True, timeout=120)


def test_the_compiler_is_not_loaded_for_a_segmenter_and_works_later():
    run("", loaded=False)


def test_a_compiler_that_is_there_stays():
    run("import torch._dynamo", loaded=True)


def test_packages_that_ask_the_compiler_for_more_get_it():
    run("lean_import._disabled_later = lambda f, *rest, **options: f.unknown", loaded=True)
