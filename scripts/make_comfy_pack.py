"""Write the pack of nodes that ComfyUI loads and its registry publishes: a small package that needs photostyle.

    python scripts/make_comfy_pack.py OUT/photostyle-nodes --publisher NAME --repository https://...

OUT may be ComfyUI's folder custom_nodes. The nodes themselves are in photostyle/comfy; docs/comfyui.md says how they are used.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from comfy_workflows import WORKFLOWS, workflow

from photostyle import __version__
from photostyle.comfy.nodes import NODES
from photostyle.errors import FileError, PhotostyleError
from photostyle.whole_file import write_whole

ROOT = Path(__file__).resolve().parent.parent
NAME = "photostyle-nodes"  # by which ComfyUI's registry and manager know the pack
SAMPLES = ("day.jpg", "sunset.jpg")

INIT = '''"""photostyle's nodes for ComfyUI; they are in the package photostyle, in photostyle/comfy."""

try:
    from comfy_api.latest import ComfyExtension, io
except ImportError:  # a ComfyUI without the V3 schema
    from photostyle.comfy.v1 import mappings

    NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS = mappings()
else:
    from photostyle.comfy.v3 import extension

    def comfy_entrypoint():
        """ComfyUI asks this for the nodes."""
        return extension(ComfyExtension, io)
'''

PROJECT = """[project]
name = "{name}"
description = "Give a photo the light, the colours or the hand of another picture; nothing moves, sizes and batches are kept."
version = "{version}"
license = {{ file = "LICENSE" }}
requires-python = ">=3.11"
dependencies = ["{requirement}"]
classifiers = ["Operating System :: OS Independent"]
"""

PUBLISHED = """
[project.urls]
Repository = "{repository}"

[tool.comfy]
PublisherId = "{publisher}"
DisplayName = "photostyle"
Icon = "{repository}/raw/main/icon.svg"
"""

ICON = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400">
  <defs>
    <linearGradient id="day" x2="0" y2="1"><stop stop-color="#7fb4e6"/><stop offset="1" stop-color="#dfeaf2"/></linearGradient>
    <linearGradient id="dusk" x2="0" y2="1"><stop stop-color="#3b2a5a"/><stop offset="1" stop-color="#f08a4b"/></linearGradient>
    <clipPath id="half"><path d="M200 0H400V400H200Z"/></clipPath>
  </defs>
  <rect width="400" height="400" rx="64" fill="url(#day)"/>
  <g clip-path="url(#half)"><rect width="400" height="400" rx="64" fill="url(#dusk)"/></g>
  <circle cx="200" cy="196" r="62" fill="#fff3c4"/>
  <path d="M0 284L90 214 172 290 262 198 400 302V336A64 64 0 0 1 336 400H64A64 64 0 0 1 0 336Z" fill="#4a7a4e"/>
  <g clip-path="url(#half)">
    <path d="M0 284L90 214 172 290 262 198 400 302V336A64 64 0 0 1 336 400H64A64 64 0 0 1 0 336Z" fill="#2a2036"/>
  </g>
</svg>
"""

README = """# photostyle for ComfyUI

Gives a photo the light and colours of another, region by region, or the hand of a painting. Only light and colour change: no
object moves and no texture is invented; sizes, batches and alpha are kept; the same inputs give the same picture.

Install: put this folder into `custom_nodes`, then `python -m pip install -r requirements.txt` with ComfyUI's Python, and start
ComfyUI again. Nothing is downloaded when nodes run. Example workflows: *Workflow*, *Browse Templates*, *{name}*; they need
`day.jpg` and `sunset.jpg` of `example_inputs` in ComfyUI's folder `input`.

| node | |
|---|---|
{nodes}

All that can be said of them: docs/comfyui.md of photostyle.
"""


def write_pack(folder: Path, publisher: str, repository: str, requirement: str | None = None) -> None:
    """Write the pack.

    Args:
        folder: made if it is not there; the pack's own files in it are replaced, and nothing else is touched.
        publisher: the id of who publishes it in ComfyUI's registry; "" where it is for one's own use.
        repository: the address of the pack's own repository, or "".
        requirement: where photostyle comes from, as pip takes it; None for its releases.

    Raises:
        FileError: the folder holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not _is_pack(folder):
        raise FileError(f"{folder}: holds something else than this pack; name a new or empty folder")
    major, minor, *_ = __version__.split(".")
    requirement = requirement or f"photostyle>={major}.{minor},<{major}.{int(minor) + 1}"
    project = PROJECT.format(name=NAME, version=__version__, requirement=requirement)
    if publisher and repository:
        project += PUBLISHED.format(publisher=publisher, repository=repository.rstrip("/"))
    texts = {
        "__init__.py": INIT,
        "pyproject.toml": project,
        "requirements.txt": f"{requirement}\n",
        "icon.svg": ICON,
        "README.md": README.format(name=NAME, nodes="\n".join(f"| {node.title} | {node.help} |" for node in NODES)),
    }
    for name, placed in WORKFLOWS.items():
        texts[f"example_workflows/{name}.json"] = json.dumps(workflow(placed), indent=1) + "\n"
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    shutil.copyfile(ROOT / "docs" / "sample" / "before-after.jpg", folder / "example_workflows" / "relight.jpg")
    (folder / "example_inputs").mkdir(exist_ok=True)
    for name in SAMPLES:
        shutil.copyfile(ROOT / "docs" / "sample" / name, folder / "example_inputs" / name)


def _is_pack(folder: Path) -> bool:
    """Whether an earlier run has written the folder."""
    init = folder / "__init__.py"
    return init.is_file() and init.read_text("utf-8").startswith(INIT.partition("\n")[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to write it, such as ComfyUI/custom_nodes/photostyle-nodes")
    parser.add_argument("--publisher", default="", help="id of the publisher in ComfyUI's registry; needed to publish")
    parser.add_argument("--repository", default="", help="address of the pack's own repository; needed to publish")
    parser.add_argument("--requirement", help="where photostyle comes from, as pip takes it; its releases if left out")
    asked = parser.parse_args()
    try:
        write_pack(asked.folder, asked.publisher, asked.repository, asked.requirement)
    except (PhotostyleError, OSError) as error:
        sys.exit(f"make_comfy_pack: {error}")
    print(f"{asked.folder}: {len(NODES)} nodes, {len(WORKFLOWS)} workflows")
    if not (asked.publisher and asked.repository):
        print("To be published it needs --publisher and --repository; ComfyUI loads it as it is.")


if __name__ == "__main__":
    main()
