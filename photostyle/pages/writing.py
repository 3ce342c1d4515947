"""A whole page in one file: it holds all it shows, and its security policy lets it ask nothing of the network."""

from importlib.resources import files
from pathlib import Path

from photostyle.errors import FileError
from photostyle.pages.markup import Markup, element, joined
from photostyle.whole_file import write_whole

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def document(title: str, *body: object, style: str = "", script: str = "") -> str:
    """The text of an HTML file in the theme that all pages share, light or dark as the reader's system is.

    Args:
        title: of the page.
        body: what is in it; escaped where it is not markup.
        style: CSS of this page beside the theme. Not escaped: never text from outside.
        script: JavaScript of this page. Not escaped: never text from outside.
    """
    policy = _POLICY
    scripts = Markup("")
    if script:
        policy += "; script-src 'unsafe-inline'"
        scripts = element("script", Markup(f"\n{script}"))
    head = (
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="photostyle"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("title", title),
        element("style", Markup(f"\n{_theme()}{style}")),
    )
    lines = "\n".join(["", *head, ""])
    page = element("html", element("head", Markup(lines)), element("body", joined(body), scripts), lang="en")
    return f"<!doctype html>\n{page}\n"


def write_document(path: Path, page: str) -> None:
    """Write a page, whole or not at all; what is no Unicode, as in some file names, becomes a question mark.

    Raises:
        FileError: the page cannot be written.
    """
    try:
        write_whole(path, page.encode("utf-8", "replace"))
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from error


def _theme() -> str:
    return files("photostyle.pages").joinpath("theme.css").read_text("utf-8")
