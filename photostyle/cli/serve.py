"""`photostyle serve`: the studio without its page, for programs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from photostyle import environment
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_segmenter
from photostyle.cli.studio import Host, Port, check_packages, port_number
from photostyle.devices import check_device_name
from photostyle.errors import OptionError
from photostyle.options import Options


@with_method_options(only=("segmenter", "device", "cache"))
def serve(
    host: Host = "127.0.0.1",
    port: Port = None,
    tokens: Annotated[
        Path | None,
        typer.Option(
            help="A file with the tokens that are good, one a line; by default those of PHOTOSTYLE_TOKENS.", metavar="<file>"
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            help="The folder where photos, jobs and results are kept; by default one in PHOTOSTYLE_HOME.", metavar="<folder>"
        ),
    ] = None,
    queue: Annotated[int, typer.Option(help="How many jobs may wait; more get 429.", min=1)] = 100,
    keep: Annotated[int, typer.Option(help="How many jobs are kept with their results; the oldest go.", min=1)] = 1000,
    requests: Annotated[int, typer.Option(help="How many requests are answered at once; more get 503.", min=1)] = 32,
    job_seconds: Annotated[float, typer.Option(help="How long a job may take.", min=1)] = 3600,
    photo_megabytes: Annotated[float, typer.Option(help="The largest file of a photo; larger ones get 413.", min=0.01)] = 128,
    photo_megapixels: Annotated[float, typer.Option(help="The largest photo; larger ones get 422.", min=0.01)] = 100,
    store_gigabytes: Annotated[float, typer.Option(help="All photos together; what is over gets 413.", min=0.01)] = 16,
    *,
    options: Options,
) -> None:
    """Serve photostyle to programs over HTTP: photos in, jobs, results out; /openapi.json describes it. Ctrl-C ends it."""
    check_packages("the server")
    number = port_number(port)
    check_device_name(str(options.device))
    check_segmenter(str(options.segmenter))

    from photostyle.session import Session
    from photostyle.studio.guard import is_loopback
    from photostyle.studio.room import Room, rooms_folder
    from photostyle.studio.serving.app import make_server, serve_api
    from photostyle.studio.serving.limits import ServerLimits

    good = _tokens(tokens)
    limits = ServerLimits(
        photo_bytes=round(photo_megabytes * 1e6),
        photo_pixels=round(photo_megapixels * 1e6),
        all_bytes=round(store_gigabytes * 1e9),
        queued=queue,
        jobs=keep,
        job_seconds=job_seconds,
        requests=requests,
    )

    def ready(address: str) -> None:
        sys.stdout.write(f"photostyle is served at {address}, described at {address}/openapi.json\n")
        if not is_loopback(host):
            sys.stdout.write("note: other machines can reach it, unencrypted; put a proxy with TLS before it\n")
        sys.stdout.write("Ctrl-C ends it\n")
        sys.stdout.flush()

    room = Room(store or rooms_folder() / "served")
    session = Session(options.device, cache=options.cache)
    app = make_server(good, room=room, session=session, segmenter=str(options.segmenter), limits=limits)
    serve_api(app, host=host, port=number, ready=ready)


def _tokens(path: Path | None) -> list[str]:
    """The tokens of the file that was named, else of the environment."""
    from photostyle.studio.serving.tokens import checked_tokens, read_tokens

    if path is not None:
        return read_tokens(path)
    text = environment.value("PHOTOSTYLE_TOKENS")
    if text is None:
        raise OptionError(
            "the server needs a token: name a file with --tokens, or set PHOTOSTYLE_TOKENS; openssl rand -hex 24 makes one"
        )
    return checked_tokens([each.strip() for each in text.split(",") if each.strip()], "PHOTOSTYLE_TOKENS")
