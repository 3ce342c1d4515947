"""`photostyle paint`: paint one photo in the hand of a picture, or of several; `run` with the method paint."""

import inspect
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from photostyle.batch.remote import is_url
from photostyle.cli.method_options import with_method_options
from photostyle.cli.run import run
from photostyle.errors import OptionError
from photostyle.methods.paint.styles import StyleText, parse_style, shares_of
from photostyle.options import Options

Styles = Annotated[
    list[str] | None,
    typer.Option(
        "--style",
        "-s",
        help="A painting, or any picture, in place of STYLE. Give several, and they are mixed: FILE, FILE:SHARE, or REGION=FILE "
        "for one region of the content.",
    ),
]
_plain_run = run.__wrapped__  # type: ignore[attr-defined]


def _paint(*, options: Options, **values: Any) -> None:
    """Paint CONTENT anew in the hand of STYLE, a painting or any picture; the output has the content's size.

    Each may be a file, - for standard input, a URL, or a glob that one file matches. Several styles are mixed: give
    --style for each. With --method FILE a trained network paints; a STYLE is given where it paints in any style.
    """
    places = [place for place in (values.pop("content"), values.pop("style")) if place is not None]
    content = values.pop("content_option") or (places.pop(0) if places else None)
    texts = [parse_style(text, _is_there) for text in (*places, *(values.pop("style_option") or ()))]
    style, blend = _main_and_blend(texts)
    if blend and "blend" in options.settings.fields_by_name():
        options = options.changed(blend=(*blend, *options.settings.blend))  # type: ignore[attr-defined]
    if options.method == "autoencoder" and options.settings.mode is None:  # type: ignore[attr-defined]
        options = options.changed(mode="art", segmenter="none" if options.segmenter == "auto" else options.segmenter)
    _plain_run(content=None, style=None, content_option=content, style_option=style, options=options, **values)


def _main_and_blend(texts: Sequence[StyleText]) -> tuple[str | None, tuple[str, ...]]:
    """The style that stands first, and the others as the option blend has them.

    >>> _main_and_blend([StyleText("a.jpg"), StyleText("b.jpg", 0.4), StyleText("c.jpg", None, "sky")])
    ('a.jpg', ('b.jpg:0.4', 'sky=c.jpg'))

    Raises:
        OptionError: all are for regions.
    """
    if not texts:
        return None, ()
    mixture = [each for each in texts if not each.region]
    if not mixture:
        raise OptionError(f"{texts[0].region}={texts[0].path} is for one region; give a style for the others too")
    shared = [replace(each, share=share) for each, share in zip(mixture, shares_of(mixture), strict=True)]
    others = shared[1:] + [each for each in texts if each.region]
    return mixture[0].path, tuple(_as_text(each) for each in others)


def _as_text(style: StyleText) -> str:
    text = style.path if style.share is None else f"{style.path}:{style.share:g}"
    return f"{style.region}={text}" if style.region else text


def _is_there(name: str) -> bool:
    """Whether a name is one of a file, or stands for one as it is."""
    return name == "-" or is_url(name) or os.path.lexists(name)


def _signature() -> inspect.Signature:
    """That of run, but for --style, which may be given again."""
    given = inspect.signature(_plain_run).parameters.values()
    return inspect.Signature([each.replace(annotation=Styles) if each.name == "style_option" else each for each in given])


_paint.__signature__ = _signature()  # type: ignore[attr-defined]
paint = with_method_options(methods=("paint", "network", "autoencoder"))(_paint)
