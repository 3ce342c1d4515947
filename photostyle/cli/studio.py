"""`photostyle studio`: the page in the browser."""

import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_segmenter
from photostyle.devices import check_device_name
from photostyle.errors import DependencyError, FileError, OptionError
from photostyle.option_text import parse_option
from photostyle.options import Options

NEEDED = ("starlette", "uvicorn")
Host = Annotated[
    str, typer.Option(help="The address to serve at; 127.0.0.1 is reached from this machine alone.", metavar="<address>")
]
Port = Annotated[str | None, typer.Option(help="The port; by default the first free one from 8321 on.", metavar="<int>")]


@with_method_options(only=("segmenter", "device", "cache"))
def studio(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", help="The folder whose photos are shown; or a project that was saved.", show_default=False
        ),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address alone; open no browser.")] = False,
    *,
    options: Options,
) -> None:
    """Open the studio in the browser: paint masks, pair regions, solve, and move sliders, live. Ctrl-C ends it."""
    check_packages("the studio")
    project = None
    if folder is not None and folder.is_file() and folder.suffix == ".photostyle":
        project, folder = folder, None
    if folder is not None and not folder.is_dir():
        raise FileError(f"{folder}: is no folder; give one with photos, a project that the studio saved, or none")
    number = port_number(port)
    check_device_name(str(options.device))
    check_segmenter(str(options.segmenter))

    from photostyle.session import Session
    from photostyle.studio.guard import is_loopback
    from photostyle.studio.server import serve

    def ready(address: str, notes: tuple[str, ...]) -> None:
        sys.stdout.write(f"the studio is at {address}\n")
        for note in notes:
            sys.stdout.write(f"note: {note}\n")
        if not is_loopback(host):
            sys.stdout.write("note: other machines can reach it; whoever has this address can see the photos of the folder\n")
        sys.stdout.write("Ctrl-C ends it\n")
        sys.stdout.flush()
        if not no_browser:
            webbrowser.open(address)

    session = Session(options.device, cache=options.cache)
    serve(folder, host=host, port=number, session=session, segmenter=options.segmenter, project=project, ready=ready)


def check_packages(what: str) -> None:
    """Raise DependencyError where a package lacks that the studio and the server need."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise DependencyError(f"{what} needs {' and '.join(missing)}; run: pip install 'photostyle[studio]'")


def port_number(text: str | None) -> int | None:
    """The port that was typed; None for none.

    Raises:
        OptionError: it is no port.
    """
    if text is None:
        return None
    number: int = parse_option(int, text, "port")
    if not 0 <= number <= 65535:
        raise OptionError(f"port must be 0 to 65535, got {number}")
    return number
