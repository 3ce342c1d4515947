"""The reference says what the code says now."""

import os
import subprocess
import sys
from pathlib import Path

import photostyle
from photostyle.environment import VARIABLES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"


def test_the_reference_is_up_to_date():
    environment = os.environ | {"COLUMNS": "40", "PHOTOSTYLE_METHODS": "none_of_that_name"}
    script = [sys.executable, str(ROOT / "scripts" / "make_reference.py"), "--check"]
    done = subprocess.run(script, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_public_name_has_an_entry():
    page = (FOLDER / "api.md").read_text(encoding="utf-8")
    for name in photostyle.__all__:
        assert f"### {name}\n" in page or name == "__version__", name


def test_every_command_and_variable_is_there():
    commands = (FOLDER / "commands.md").read_text(encoding="utf-8")
    for name in ("run", "render", "look", "lut", "compare", "doctor", "batch photos", "batch merge", "masks make", "models show"):
        assert f"## photostyle {name}\n" in commands, name
    variables = (FOLDER / "environment.md").read_text(encoding="utf-8")
    for variable in VARIABLES:
        assert f"| `{variable.name}` |" in variables


def test_the_pages_show_nothing_of_the_machine():
    for path in FOLDER.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text and str(ROOT) not in text and "object at 0x" not in text, path.name
