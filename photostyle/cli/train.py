"""`photostyle train`: train a network on a style of one's own."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.errors import OptionError
from photostyle.option_text import parse_option

Config = Annotated[
    Path | None,
    typer.Argument(metavar="[CONFIG]", help="The yml that says what to train; see --init.", show_default=False),
]
Init = Annotated[
    str | None,
    typer.Option(
        help="Print a commented yml to begin with: johnson, one style in a network; many, which can be mixed; any, for any "
        "style; add, more styles for a network; or autoencoder, for the method of that name."
    ),
]
Minutes = Annotated[str | None, typer.Option(help="How long to train, over all runs, in place of what the yml says.")]
Steps = Annotated[str | None, typer.Option(help="How many steps to train, in place of what the yml says.")]
Device = Annotated[str | None, typer.Option(help="Where to train, in place of what the yml says: auto, cpu, cuda...")]
Afresh = Annotated[bool, typer.Option("--afresh", help="Begin anew; a checkpoint that is there is left aside.")]


def train(
    config: Config = None,
    *,
    init: Init = None,
    minutes: Minutes = None,
    steps: Steps = None,
    device: Device = None,
    afresh: Afresh = False,
    quiet: out.Quiet = False,
) -> None:
    """Train a network that paints in the style of a picture, on a folder of photos.

    A training that was stopped goes on where it was when it is started again. While it runs, a web page beside the network's file
    shows its losses, and photos that it is not trained on.
    """
    if init is not None:
        _print_template(init)
        return
    if config is None:
        raise OptionError("CONFIG is missing; make one with: photostyle train --init johnson > my.yml")
    from photostyle.training.config import read_config

    wanted = read_config(config)
    if minutes is not None:
        wanted = replace(wanted, minutes=parse_option(float, minutes, "minutes"), steps=None)
    if steps is not None:
        wanted = replace(wanted, steps=parse_option(int, steps, "steps"))
    if device is not None:
        wanted = replace(wanted, device=device)  # type: ignore[arg-type]  # the config checks it

    from photostyle.cli.report import progress
    from photostyle.training.autoencoder import AutoencoderJob
    from photostyle.training.autoencoder_config import AutoencoderConfig
    from photostyle.training.job import TrainingJob
    from photostyle.training.translation import TranslationJob
    from photostyle.training.translation_config import TranslationConfig

    def say(line: str) -> None:
        if not quiet:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    job: TrainingJob
    use = "paint photo.jpg --method"
    if isinstance(wanted, TranslationConfig):
        job = TranslationJob(wanted, afresh, say=say)
    elif isinstance(wanted, AutoencoderConfig):
        job = AutoencoderJob(wanted, afresh, say=say)
        use = "run photo.jpg style.jpg --method autoencoder --network"
    else:
        job = TrainingJob(wanted, afresh, say=say)
    say(f"losses and samples are shown in {job.page}")
    with progress(quiet) as callback:
        job.tell = callback
        trained = job.run()
    typer.echo(trained.path)
    say(f"use it: photostyle {use} {trained.path}")


def _print_template(kind: str) -> None:
    from photostyle.training.config import Template, template

    typer.echo(template(parse_option(Template, kind, "init")), nl=False)
