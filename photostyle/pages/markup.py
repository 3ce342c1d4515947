"""HTML made of elements: text that is HTML already is told apart from text that must be escaped first."""

import html
from collections.abc import Collection, Iterable

_VOID = ("br", "img", "input", "meta")
_MIXED_CASE = ("viewBox",)  # names of attributes in SVG that are written as they are


class Markup(str):
    """A piece of HTML; any other string is text from outside, to be escaped."""

    def __add__(self, other: str) -> "Markup":
        return Markup(super().__add__(escaped(other)))


def escaped(text: object) -> Markup:
    """Text as HTML, for use between tags or in quotes; markup stays as it is.

    >>> escaped('<a "b">'), escaped(Markup("<b>"))
    ('&lt;a &quot;b&quot;&gt;', '<b>')
    """
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(str(text)))


def joined(parts: Iterable[object]) -> Markup:
    """Pieces one after another, each escaped if it is not markup."""
    return Markup("".join(escaped(part) for part in parts))


def element(name: str, /, *content: object, **attributes: object) -> Markup:
    """An element; in names of attributes `_` stands for `-`, and `class_` for `class`.

    >>> element("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    opening = f"<{name}"
    for key, value in attributes.items():
        opening += f' {_attribute_name(key)}="{html.escape(str(value))}"'
    opening += ">"
    if name in _VOID:
        return Markup(opening)
    return Markup(f"{opening}{joined(content)}</{name}>")


def _attribute_name(key: str) -> str:
    if key in _MIXED_CASE:
        return key
    return key.rstrip("_").replace("_", "-")


def items(texts: Iterable[object]) -> Markup:
    """A list with a bullet for each text.

    >>> items(["a", "b"])
    '<ul><li>a</li><li>b</li></ul>'
    """
    return element("ul", *[element("li", text) for text in texts])


def table(headings: Iterable[object], rows: Iterable[Iterable[object]], caption: str, numbers: Collection[int] = ()) -> Markup:
    """A table with a caption and one row of headings.

    Args:
        headings: of the columns.
        rows: of cells, as many as there are headings.
        caption: what the table shows, for those who cannot see it.
        numbers: the columns, from 0, that are aligned to the right.
    """
    head = element("thead", _row("th", headings, numbers, scope="col"))
    body = element("tbody", *[_row("td", row, numbers) for row in rows])
    return element("div", element("table", element("caption", caption), head, body), class_="wide")


def _row(kind: str, cells: Iterable[object], numbers: Collection[int], **attributes: object) -> Markup:
    made = []
    for column, cell in enumerate(cells):
        if column in numbers:
            made.append(element(kind, cell, **attributes, class_="number"))
        else:
            made.append(element(kind, cell, **attributes))
    return element("tr", *made)
