"""Text that is HTML already, told apart from text that must be escaped first."""

import html
from collections.abc import Iterable

_VOID = ("img", "input", "meta")


class Markup(str):
    """A piece of HTML; any other string is text from outside."""

    def __add__(self, other: "Markup") -> "Markup":
        return Markup(super().__add__(escaped(other)))


def escaped(text: object) -> Markup:
    """Text as HTML, in quotes or out; markup as it is.

    >>> escaped('<a "b">'), escaped(Markup("<b>"))
    ('&lt;a &quot;b&quot;&gt;', '<b>')
    """
    return text if isinstance(text, Markup) else Markup(html.escape(str(text)))


def joined(parts: Iterable[object]) -> Markup:
    """Pieces one after another, each escaped if it is not markup."""
    return Markup("".join(escaped(part) for part in parts))


def element(name: str, *content: object, **attributes: object) -> Markup:
    """An element; in names of attributes `_` stands for `-`, and `class_` for `class`.

    >>> element("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    named = "".join(
        f' {key if key == "viewBox" else key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{named}>" + ("" if name in _VOID else f"{joined(content)}</{name}>"))


def table(headings: Iterable[object], rows: Iterable[Iterable[object]], caption: str, numbers: Iterable[int] = ()) -> Markup:
    """A table with a caption and one row of headings; the columns in `numbers` are set to the right."""
    numbers = set(numbers)

    def cells(kind: str, row: Iterable[object], **more: object) -> Markup:
        classes = ({"class_": "number"} if i in numbers else {} for i in range(100))
        return element("tr", *(element(kind, cell, **more, **which) for cell, which in zip(row, classes, strict=False)))

    body = element("tbody", *(cells("td", row) for row in rows))
    whole = element("table", element("caption", caption), element("thead", cells("th", headings, scope="col")), body)
    return element("div", whole, class_="wide")
