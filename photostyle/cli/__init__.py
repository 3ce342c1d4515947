"""The command line: one file per command; only here does photostyle talk and exit."""

import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Any, NoReturn, TextIO

import typer

from photostyle.cli.usage import CommandGroup, UsageError, error_line, usage_line
from photostyle.errors import PhotostyleError
from photostyle.heap import share_one_heap

NO_HOME = "/nonexistent"  # as Debian has it


class _Commands(CommandGroup):
    """Says a word when it is interrupted, where Typer says nothing."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.stderr.write("photostyle: interrupted\n")
            raise typer.Exit(130) from None


app = typer.Typer(
    name="photostyle",
    cls=_Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Make one photo look as if taken in the light of another; only light and colour change.",
)


def _version(asked: bool) -> None:
    if asked:
        from photostyle import __version__

        typer.echo(f"photostyle {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def _add_commands() -> None:
    from photostyle.cli import (
        batch,
        compare,
        doctor,
        look,
        lut,
        masks,
        models,
        paint,
        render,
        run,
        serve,
        sidecar,
        studio,
        train,
        video,
    )

    app.command("run")(run.run)
    app.command("paint")(paint.paint)
    app.command("video")(video.video)
    app.command("train")(train.train)
    app.command("render")(render.render)
    app.command("look")(look.look)
    app.command("lut")(lut.lut)
    app.command("sidecar")(sidecar.sidecar)
    app.command("compare", cls=compare.ManyFiles)(compare.compare)
    app.command("studio")(studio.studio)
    app.command("serve")(serve.serve)
    app.command("doctor")(doctor.doctor)
    app.add_typer(batch.app, name="batch")
    app.add_typer(masks.app, name="masks")
    app.add_typer(models.app, name="models")


def main() -> None:
    """Run the command line; an error of photostyle, or in what was typed, is one line on stderr and exit code 2."""
    share_one_heap()
    _have_a_home()
    _take_any_name(sys.stdout)
    signal.signal(signal.SIGTERM, _interrupt)  # what is half written goes
    _add_commands()
    sys.exit(_run())


def _have_a_home() -> None:
    """Give a user whom the system does not know, as in a container that runs as any, a home that is not there."""
    if os.path.expanduser("~") == "~":
        os.environ["HOME"] = NO_HOME


def _run() -> int:
    """Run the command that was typed and return its exit code."""
    try:
        code = app(prog_name="photostyle", standalone_mode=False)
    except PhotostyleError as error:
        line = error_line(error)
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            error.show()  # type: ignore[attr-defined]
            return 2
        line = usage_line(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would fail again at the end
        line = "standard output was closed before all was written"
    else:
        return int(code or 0)
    sys.stderr.write(f"photostyle: {line}\n")
    return 2


def _take_any_name(stream: TextIO) -> None:
    """Let names of files that are no Unicode be printed as the bytes that they are, so that other programs find the files."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="surrogateescape")


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
