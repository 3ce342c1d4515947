"""`photostyle paint`: paint one photo in the hand of a picture; `run` with the method paint."""

import functools
from typing import Any

from photostyle.cli.method_options import with_method_options
from photostyle.cli.run import run

_plain_run = run.__wrapped__  # type: ignore[attr-defined]


@with_method_options(methods=("paint", "network"))
@functools.wraps(_plain_run, assigned=())
def paint(**values: Any) -> None:
    """Paint CONTENT anew in the hand of STYLE, a painting or any picture; the output has the content's size.

    Each may be a file, - for standard input, a URL, or a glob that one file matches.
    """
    _plain_run(**values)
