"""Write docs/reference from the code: the public names, the commands, the environment variables.

    python scripts/make_reference.py            # write what has changed
    python scripts/make_reference.py --check    # write nothing; say which files are out of date, and exit with 1

The pages depend on the code alone: not on the machine, the width of the terminal, or methods that others add.
"""

import inspect
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ.pop("PHOTOSTYLE_METHODS", None)
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import typer.main  # noqa: E402
from reference_api import api_page, table  # noqa: E402

from photostyle import cli  # noqa: E402
from photostyle.environment import VARIABLES  # noqa: E402
from photostyle.models.cards import card  # noqa: E402
from photostyle.models.known import MODELS  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
MADE = "*Made from the code by `scripts/make_reference.py`; edit the code, not this page.*"
_TOPICS = {"methods": "Methods", "files": "Files", "server": "Server", "threads": "Threads", "shards": "Shards of a batch"}
_PLAIN = "Options"  # the heading of options that have none of their own


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(f"docs/reference/{name}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name}: {'out of date; run python scripts/make_reference.py' if check else 'written'}")
    return int(check and bool(stale))


def pages() -> dict[str, str]:
    """The text of each page, by its file's name."""
    return {
        "api.md": api_page(MADE),
        "commands.md": commands_page(),
        "environment.md": environment_page(),
        "models.md": models_page(),
    }


def models_page() -> str:
    """The card of each network that photostyle knows, as `photostyle models show` prints it."""
    parts = [
        "# Model cards",
        MADE,
        "`photostyle models show NAME` prints a card, `photostyle models list` what is on this machine.",
    ]
    for name in MODELS:
        parts.append(re.sub(r"^#", "##", card(name).strip(), flags=re.M))
    return "\n\n".join(parts) + "\n"


def environment_page() -> str:
    """A table of the environment variables for each topic."""
    parts = ["# Environment variables", MADE, "`photostyle doctor` prints those that are set."]
    for topic, heading in _TOPICS.items():
        rows = []
        for variable in VARIABLES:
            if variable.topic == topic:
                rows.append((f"`{variable.name}`", variable.use, variable.default))
        parts += [f"## {heading}", table(("variable", "what it does", "where it is not set"), rows)]
    return "\n\n".join(parts) + "\n"


def commands_page() -> str:
    """A section for each command."""
    if not cli.app.registered_commands:
        cli._add_commands()
    group = typer.main.get_command(cli.app)
    parts = ["# Commands", MADE]
    parts.append(
        "Each command has `--help`. Bad input gets one line on stderr and exit code 2. `photostyle --version` prints the "
        "version, and `photostyle --install-completion` sets up completion in the shell."
    )
    for name, command in group.commands.items():
        parts += _sections(f"photostyle {name}", command)
    return "\n\n".join(parts) + "\n"


def _sections(name: str, command: Any) -> list[str]:
    """The section of a command, or those of a group's commands after the group's own."""
    parts = [f"## {name}", _plain(command.help)]
    if hasattr(command, "commands"):
        for inner, each in command.commands.items():
            parts += _sections(f"{name} {inner}", each)
        return parts
    parts.insert(1, f"    {name} {_usage(command.params)}".rstrip())
    groups: dict[str, list[tuple[str, ...]]] = {}
    for parameter in command.params:
        heading = "Arguments"
        if parameter.param_type_name == "option":
            heading = parameter.rich_help_panel or _PLAIN
        if not parameter.hidden:
            groups.setdefault(heading, []).append(_row(parameter))
    for heading, rows in groups.items():
        parts.append(f"**{heading}**")
        parts.append(table(("", ""), rows))
    if command.epilog:
        parts.append(_plain(command.epilog))
    return parts


def _usage(parameters: Iterable[Any]) -> str:
    """What must be given, such as `--content VALUE PHOTO...`."""
    words = []
    options = []
    for parameter in parameters:
        if parameter.param_type_name == "argument":
            words.append(_argument(parameter))
        elif parameter.required:
            options.append(f"{parameter.opts[0]} {parameter.opts[0].strip('-').upper()}")
    return " ".join([*words, *options, "[OPTIONS]"])


def _row(parameter: Any) -> tuple[str, str]:
    """How a parameter is written, and its help."""
    if parameter.param_type_name == "argument":
        names = f"`{_argument(parameter)}`"
    else:
        names = ", ".join(f"`{flag}`" for flag in (*parameter.opts, *parameter.secondary_opts))
    text = _plain(parameter.help)
    if parameter.param_type_name == "option" and parameter.required:
        text += " Required."
    elif _shows_default(parameter):
        text += f" Default: {parameter.default}."
    if parameter.multiple:
        text += " May be given more than once."
    return names, text


def _shows_default(parameter: Any) -> bool:
    return bool(parameter.show_default) and isinstance(parameter.default, str | int | float | Path) and not parameter.is_flag


def _argument(parameter: Any) -> str:
    name = parameter.name.upper()
    if parameter.nargs == -1:
        name += "..."
    return name if parameter.required else f"[{name}]"


def _plain(text: str | None) -> str:
    """A help text on one line for each paragraph, without the escapes that Rich needs."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).replace("\\[", "[")


if __name__ == "__main__":
    sys.exit(main())
