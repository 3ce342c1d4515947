"""Web pages that stand in one file and need no network, and the small pictures in them.

markup      elements, tables and lists; what keeps text from outside apart from HTML
pictures    thumbnails, and photos as data URIs
plotting    the losses as an SVG picture
writing     a whole page with the theme that all pages share (theme.css)
"""

from photostyle.pages.markup import Markup, element, escaped, items, joined, table
from photostyle.pages.pictures import Embedded, as_image, embedded, image, side_by_side, thumbnail
from photostyle.pages.plotting import plot, swatch, terms_of
from photostyle.pages.writing import document, write_document

__all__ = [
    "Embedded",
    "Markup",
    "as_image",
    "document",
    "element",
    "embedded",
    "escaped",
    "image",
    "items",
    "joined",
    "plot",
    "side_by_side",
    "swatch",
    "table",
    "terms_of",
    "thumbnail",
    "write_document",
]
