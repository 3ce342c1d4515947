"""Every environment variable that the code reads is in the list that documents them."""

import ast
from pathlib import Path

import pytest

from photostyle import environment

PACKAGE = Path(environment.__file__).parent
LISTED = {variable.name for variable in environment.VARIABLES}


def _is_environment(node: ast.expr) -> bool:
    return ast.unparse(node) in ("os.environ", "environ", "os", "environment")


def _names_read(tree: ast.Module):
    """The constants in `os.environ["X"]`, `environ.get("X")`, `os.getenv("X")`, `"X" in environ`, `environment.value("X")`."""
    for node in ast.walk(tree):
        named: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_environment(node.func.value):
            if node.func.attr in ("get", "getenv", "setdefault", "pop", "value"):
                named = node.args[:1]
        elif isinstance(node, ast.Subscript) and _is_environment(node.value):
            named = [node.slice]
        elif isinstance(node, ast.Compare) and _is_environment(node.comparators[0]):
            named = [node.left]
        yield from (name.value for name in named if isinstance(name, ast.Constant))


def test_every_variable_that_is_read_is_listed():
    read = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for name in _names_read(ast.parse(file.read_text("utf-8"))):
            read[name] = str(file.relative_to(PACKAGE))
    assert "SLURM_ARRAY_TASK_ID" in read and "PHOTOSTYLE_HOME" in read, "the reading of this test still sees them"
    del read["HOME"]  # given to users who have none, and the system's own
    assert not {name: where for name, where in read.items() if name not in LISTED}


def test_a_value_that_is_empty_is_not_set(monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", "")
    assert environment.value("PHOTOSTYLE_HOME") is None
    monkeypatch.setenv("PHOTOSTYLE_HOME", "/photos")
    assert environment.value("PHOTOSTYLE_HOME") == "/photos"
    with pytest.raises(KeyError, match="PHOTOSTYLE_HOUSE is not in"):
        environment.value("PHOTOSTYLE_HOUSE")


def test_the_list_says_what_each_variable_does():
    assert len(LISTED) == len(environment.VARIABLES)
    for variable in environment.VARIABLES:
        assert variable.use and variable.default and not variable.use.endswith(".")
