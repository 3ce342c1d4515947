"""The guides' code runs, their commands exist, and their links lead somewhere."""

import ast
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from photostyle import cli

ROOT = Path(__file__).parents[2]
TESTED_ELSEWHERE = ("tutorial-method.md", "serve.md")
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"])
RUN = {"masks": "make", "models": "list", "batch": "photos"}  # what a group does where no command of it is named


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.S)


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """The current folder, with small copies of the sample."""
    folder = tmp_path / "docs" / "sample"
    folder.mkdir(parents=True)
    for name in ("day.jpg", "sunset.jpg"):
        Image.open(ROOT / "docs" / "sample" / name).resize((180, 120)).save(folder / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_code_runs(page, sample):
    if page.name in TESTED_ELSEWHERE:
        pytest.skip("has a test of its own")
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), names)


def commands() -> list[tuple[str, list[str]]]:
    """The page and the words of each photostyle command, without its comment."""
    found = []
    for page in PAGES:
        text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
        for line in text.splitlines():
            if line.startswith("photostyle "):
                found.append((page.name, shlex.split(line, comments=True)[1:]))
    return found


@pytest.mark.parametrize(("page", "words"), commands(), ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_the_commands_and_their_options_exist(page, words):
    if not cli.app.registered_commands:
        cli._add_commands()
    name = words[:1]
    if words[0] in RUN:
        inner = words[1:2] if words[1:2] in (["check"], ["merge"], ["show"], ["pull"], ["add"], ["export"]) else [RUN[words[0]]]
        name = [words[0], *inner]
    help_page = CliRunner().invoke(cli.app, [*name, "--help"], env={"COLUMNS": "250"})
    assert help_page.exit_code == 0, page
    for option in (word for word in words if word.startswith("-") and word != "--most-gain"):
        assert option in help_page.output, f"{page}: {option}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")) + [ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for path in re.findall(r"\]\(([\w/.-]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / path).exists(), f"{page.name} links to {path}"


def test_guides_speak_of_nothing_outside_the_repository():
    for page in PAGES:
        assert "../shared" not in page.read_text(encoding="utf-8"), page.name


def test_the_architecture_says_which_way_imports_run():
    """In the order that the test of imports holds to; rooms that are still to come are left out."""
    tree = ast.parse((ROOT / "tests" / "test_newcomer_imports.py").read_text(encoding="utf-8"))
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    tested = [set(rooms) for rooms in ast.literal_eval(assigned["ORDER"])]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    written = re.search(r"```\n(errors, .*?)```", page, re.S).group(1)
    shown = [set(line.split(", ")) for line in written.splitlines()]
    shown_rooms = set().union(*shown)
    assert [rooms & shown_rooms for rooms in tested if rooms & shown_rooms] == shown
    there = {path.stem for path in (ROOT / "photostyle").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - shown_rooms <= {"__init__", "__main__", "story_notes"}
