"""Imports run one way between the rooms, and what is imported is declared."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each room may import from the rooms above it only. A new room gets its place here.
ORDER = (
    ("errors", "matting", "machine"),
    ("threads", "heap", "option_text", "option_fields", "repeated"),
    (
        "photostyle",
        "events",
        "devices",
        "whole_file",
        "text_file",
        "system_files",
        "clip_files",
        "clip_options",
        "compiling",
        "colour",
        "registry",
        "environment",
        "amounts",
    ),
    ("tensor_file",),
    ("options", "lut_checks", "flow"),
    ("photo", "models"),
    ("pages",),
    ("losses", "encoders"),
    ("networks",),
    ("regions",),
    ("session",),
    ("prepared",),
    ("look", "metrics"),
    ("transforms",),
    ("methods",),
    ("story_notes",),
    ("story",),
    ("video",),
    ("batch", "report"),
    ("studio", "comfy"),
    ("training",),
    ("cli",),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
WITHOUT_TORCH = ("errors", "events", "config", "machine", "photo", "models", "photostyle")
OWN_EXTRAS = {"studio": "studio", "video": "video"}  # rooms that need an extra, which whoever imports them has checked
# Where the name is not the import's.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "skimage": "scikit-image",
    "colour": "colour-science",
    "yaml": "pyyaml",
    "cv2": "opencv-python-headless",
}


@dataclass(frozen=True)
class Import:
    """`room` imports `name` at `where`; `late` if inside a function."""

    room: str
    name: str
    where: str
    late: bool

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def target(self) -> str:
        """The room that is imported, for a name of ours."""
        return _room(self.name.split("."))


def _room(parts: list[str]) -> str:
    if parts[0] == "matting":
        return "matting"
    is_room = len(parts) > 1 and any((ROOT / "photostyle" / parts[1]).with_suffix(s).exists() for s in ("", ".py"))
    return parts[1] if is_room else "photostyle"


def _imports(package: str) -> Iterator[Import]:
    for file in sorted((ROOT / package).rglob("*.py")):
        parts = list(file.relative_to(ROOT).with_suffix("").parts)
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        tree = ast.parse(file.read_text("utf-8"))
        typed = {id(n) for block in ast.walk(tree) if _is_for_types(block) for n in ast.walk(block)}
        late = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
        for node in ast.walk(tree):
            for name in _names(node) if id(node) not in typed else ():
                yield Import(_room(parts), name, f"{file.relative_to(ROOT)}:{node.lineno}", id(node) in late)


def _is_for_types(node: ast.AST) -> bool:
    """Whether a block is read by type checkers alone."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


IMPORTS = [*_imports("photostyle"), *_imports("matting")]
OURS = [i for i in IMPORTS if i.package in ("photostyle", "matting")]
OTHERS = [i for i in IMPORTS if i.package not in ("photostyle", "matting") and i.package not in sys.stdlib_module_names]


def test_every_room_has_a_place():
    rooms = {i.room for i in IMPORTS} | {i.target for i in OURS}
    assert not rooms - LEVEL.keys(), "give the room its place in ORDER"


def test_imports_run_one_way():
    back = [f"{i.where}: {i.room} imports {i.name}" for i in OURS if i.room != i.target and LEVEL[i.room] <= LEVEL[i.target]]
    assert not back


def test_matting_stands_alone():
    assert {i.target for i in OURS if i.room == "matting"} <= {"matting"}
    assert {i.package for i in OTHERS if i.room == "matting"} <= {"numpy", "scipy", "torch"}


def test_leaves_are_free_of_torch():
    assert not [i.where for i in OTHERS if i.room in WITHOUT_TORCH and i.package.startswith("torch")]


@pytest.mark.parametrize("late", [False, True])
def test_what_is_imported_is_declared(late):
    """At the top of a module: by the base, or by the extra that its room needs; inside a function: by an extra at least."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    base = _distributions(project["dependencies"])
    any_extra = base.union(*(_distributions(requirements) for requirements in extras.values()))
    missing = {}
    for i in OTHERS:
        declared = any_extra if late else base
        if i.room in OWN_EXTRAS:
            declared = declared | _distributions(extras[OWN_EXTRAS[i.room]])
        if i.late == late and DISTRIBUTIONS.get(i.package, i.package).lower().replace("_", "-") not in declared:
            missing[i.package] = i.where
    assert not missing


def _distributions(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}


def test_rooms_of_extras_are_imported_late():
    """What needs an extra is imported by nothing that works without it, but inside a function."""
    assert not [i.where for i in OURS if i.target in OWN_EXTRAS and i.room not in OWN_EXTRAS and not i.late]
