"""The library speaks of parameters; `--flags` are the command line's own words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "photostyle"
FLAG = re.compile(r"(^|[\s(\"'`])--[a-z]")
COMMAND = re.compile(r"photostyle (run|render|look|lut|compare|masks|batch)\b")
HISTORY = "photostyle batch --style "  # what a photo's metadata say of its making is the command that made it


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the text of each string constant of a file; docstrings are left out."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                docstrings.add(first.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("pattern", [FLAG, COMMAND])
def test_no_text_of_the_library_speaks_as_the_command_line(pattern):
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if "cli" in path.relative_to(PACKAGE).parts:
            continue
        for line, text in texts(path):
            if pattern.search(text.replace(HISTORY, "").replace(" --strength ", " ")):
                found.append(f"{path.name}:{line}: {text}")
    assert not found


def test_a_flag_would_be_found(tmp_path):
    path = tmp_path / "one.py"
    path.write_text('"""--doc"""\nraise ValueError(f"{1} is there; use --force")\n')
    assert any(FLAG.search(text) for _, text in texts(path)) and not any("doc" in text for _, text in texts(path))
