"""The command line: one file per command; only here does photostyle talk and exit."""

import signal
import sys

import typer

from photostyle.errors import PhotostyleError
from photostyle.heap import keep_one_heap


class _Commands(typer.core.TyperGroup):
    """Says a word when it is interrupted, where Typer says nothing."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.stderr.write("photostyle: interrupted\n")
            raise typer.Exit(130) from None


app = typer.Typer(
    name="photostyle",
    cls=_Commands,
    no_args_is_help=True,
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
    from photostyle.cli import batch, compare, doctor, look, lut, masks, models, render, run

    app.command("run")(run.run)
    app.command("render")(render.render)
    app.command("look")(look.look)
    app.command("lut")(lut.lut)
    app.command("compare", cls=compare.ManyFiles)(compare.compare)
    app.command("doctor")(doctor.doctor)
    app.add_typer(batch.app, name="batch")
    app.add_typer(masks.app, name="masks")
    app.add_typer(models.app, name="models")


def main() -> None:
    """Run the command line; an error of photostyle is one line on stderr and exit code 2."""
    keep_one_heap()
    signal.signal(signal.SIGTERM, _interrupt)  # what is half written goes
    _add_commands()
    try:
        app()
    except PhotostyleError as error:
        sys.stderr.write(f"photostyle: {_in_words_of_the_command_line(error)}\n")
        sys.exit(2)


_FLAGS = {"pairs": "--pair"}  # where the flag is not the parameter's own name


def _in_words_of_the_command_line(error: PhotostyleError) -> str:
    """The text of an error, and the flag of the option that it is about, if it names one."""
    if error.option is None:
        return str(error)
    flag = _FLAGS.get(error.option, "--" + error.option.replace("_", "-"))
    return f"{error} ({flag})"


def _interrupt(number, frame) -> None:
    raise KeyboardInterrupt
