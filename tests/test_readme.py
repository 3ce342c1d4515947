"""The README's code runs, and its commands exist."""

import re
import shlex
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


def commands() -> list[list[str]]:
    """The words of each photostyle command of the README, without its comment."""
    text = "\n".join(blocks("sh")).replace("\\\n", " ")
    return [shlex.split(line, comments=True)[1:] for line in text.splitlines() if line.startswith("photostyle ")]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_commands_and_their_options_exist(words):
    if not cli.app.registered_commands:
        cli._add_commands()
    inner = {"masks": "make", "models": "list", "batch": "photos"}.get(words[0])  # what PHOTO alone means
    name = [words[0], words[1] if words[1:2] == ["check"] else inner] if inner else words[:1]
    help_page = CliRunner().invoke(cli.app, [*name, "--help"], env={"COLUMNS": "200"})
    assert help_page.exit_code == 0
    for option in (word for word in words if word.startswith("-")):
        assert option in help_page.output


def test_the_readme_is_short_and_its_files_exist():
    assert len(README.splitlines()) < 200
    for path in re.findall(r"\]\(([\w/.-]+)\)|`((?:docs|scripts|photostyle)/[\w/.-]+)`", README):
        assert (ROOT / "".join(path)).exists(), path
