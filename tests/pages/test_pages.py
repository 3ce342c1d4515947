"""What all pages are made of: elements, documents and small pictures."""

import numpy as np
import pytest

from photostyle.errors import FileError
from photostyle.pages import Markup, document, element, items, joined, side_by_side, table, thumbnail, write_document
from photostyle.photo import Photo

HOSTILE = "\"><script>alert('x')</script> & été"


def test_text_is_escaped_and_markup_is_not(parsed):
    made = element("p", HOSTILE, Markup("<b>bold</b>"), title=HOSTILE)
    page = parsed(made)
    assert [tag for tag, _ in page.elements] == ["p", "b"] and page.open == []
    assert page.all("p") == [{"title": HOSTILE}] and page.texts == [HOSTILE, "bold"]
    assert isinstance(Markup("<b>") + "<", Markup) and Markup("<b>") + "<" == "<b>&lt;"
    assert joined(["<", Markup("<br>")]) == "&lt;<br>" and items([]) == "<ul></ul>"


def test_a_table_has_its_headings_and_aligned_numbers(parsed):
    page = parsed(table(("Name", "share"), [("a", 1), ("b", 2)], "Shares", numbers=(1,)))
    assert page.texts == ["Shares", "Name", "share", "a", "1", "b", "2"]
    assert page.all("th") == [{"scope": "col"}, {"scope": "col", "class": "number"}]
    assert page.all("td") == [{}, {"class": "number"}] * 2


@pytest.mark.parametrize("script", ["", "let a = 1 < 2;"])
def test_a_document_asks_nothing_of_the_network(parsed, script):
    page = parsed(document(HOSTILE, HOSTILE, style="p > b { color: red; }", script=script))
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:") and ("script-src" in policy) == bool(script)
    assert page.open == [] and len(page.all("script")) == len(script[:1])
    assert page.texts.count(HOSTILE) == 2 and page.all("html") == [{"lang": "en"}]
    style = next(text for text in page.texts if "p > b" in text)
    assert "prefers-color-scheme: dark" in style and "url(" not in style and "@import" not in style


def test_a_document_is_written_whatever_its_names_are(tmp_path):
    path = tmp_path / "page.html"
    write_document(path, document("caf\udce9", "text"))
    assert "<title>caf?</title>" in path.read_text("utf-8")
    with pytest.raises(FileError, match="cannot be written .*; choose another place"):
        write_document(tmp_path / "none" / "page.html", "text")


def test_thumbnails_are_small_and_on_white():
    photo = Photo.from_array(np.full((30, 90, 3), 0.5, np.float32))
    assert thumbnail(photo, 45).shape == (15, 45, 3) and thumbnail(photo, 1000).shape == (30, 90, 3)
    glass = Photo.from_array(np.dstack([photo.pixels, np.zeros((30, 90), np.float32)]))
    assert (thumbnail(glass, 45) == 1).all()


def test_side_by_side_has_a_white_line_between():
    dark, light = (Photo.from_array(np.full((30, 90, 3), value, np.float32)) for value in (0.0, 0.5))
    both = side_by_side(dark, light, 45)
    assert both.shape == (15, 45 + 2 + 45, 3)
    assert (both[:, :45] == 0).all() and (both[:, 45:47] == 1).all() and (both[:, 47:] == 0.5).all()
