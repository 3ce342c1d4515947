"""How the modules of a batch depend on each other, and what is said where an optional package is missing."""

import ast
import sys
from pathlib import Path

import pytest

import photostyle.batch
from photostyle.batch import remote
from photostyle.errors import DependencyError

FOLDER = Path(photostyle.batch.__file__).parent


def imports_of_modules() -> dict[str, set[str]]:
    """The modules of the package that each of them imports, inside functions too."""
    files = {}
    for file in FOLDER.rglob("*.py"):
        if file.name != "__init__.py":
            files[".".join(("photostyle.batch", *file.relative_to(FOLDER).with_suffix("").parts))] = file
    imports = {}
    for name, file in files.items():
        named = set()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                named.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
        imports[name] = named & set(files)
    return imports


def test_imports_run_in_no_circle():
    imports = imports_of_modules()
    assert "photostyle.batch.messages" in imports["photostyle.batch.local_engine"]
    while imports:
        leaves = {name for name, named in imports.items() if not named & set(imports)}
        assert leaves, f"these import each other in a circle: {sorted(imports)}"
        imports = {name: named for name, named in imports.items() if name not in leaves}


def test_ray_is_missing(monkeypatch):
    from photostyle.batch.ray_engine import RayEngine

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DependencyError, match=r"needs Ray; pip install 'photostyle\[ray\]'"):
        RayEngine()


def test_fsspec_is_missing(monkeypatch):
    remote._file_system.cache_clear()
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(DependencyError, match=r"^s3:// cannot be used here .* pip install 'photostyle\[cloud\]'"):
        remote.find("s3://bucket/shoot", {".jpg"})
