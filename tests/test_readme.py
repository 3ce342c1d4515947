"""The README's code runs, and its commands exist."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photostyle import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_code_runs(tmp_path, monkeypatch):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "relit.jpg").stat().st_size > 10_000


@pytest.mark.parametrize("option", sorted(set(re.findall(r"(--[a-z][a-z-]+)", "\n".join(blocks("sh"))))))
def test_options_in_the_commands_exist(option):
    if not cli.app.registered_commands:
        cli._add_commands()
    assert option in CliRunner().invoke(cli.app, ["run", "--help"], env={"COLUMNS": "200"}).output


def test_the_readme_is_short_and_its_files_exist():
    assert len(README.splitlines()) < 200
    for path in re.findall(r"\]\(([\w/.-]+)\)|`((?:docs|scripts|photostyle)/[\w/.-]+)`", README):
        assert (ROOT / "".join(path)).exists(), path
