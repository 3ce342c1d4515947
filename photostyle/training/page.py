"""The page of a training: how far it is, its losses, and photos that it does not train on, painted by the average so far."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from torch import Tensor

from photostyle.pages import document, element, embedded, image, items, joined, plot, swatch, terms_of, write_document
from photostyle.training.loop import RECORD_EVERY, Training, duration

STYLE = """figure {display: inline-block; margin: 0 .6rem .8rem 0}
img {max-width: 100%; height: auto}
"""
RELOAD = 30  # seconds

Row = tuple[str, Tensor]  # a caption, and pictures side by side (3, h, n w) in [0, 1]


def write_page(path: Path, title: str, training: Training, samples: Sequence[Row], notes: Sequence[str], running: bool) -> None:
    """Write the page, whole or not at all.

    Args:
        path: of the page.
        title: of the network.
        training: where it stands.
        samples: rows of pictures (3, h, w) in [0, 1] side by side (3, h, n w), each with its caption.
        notes: what the user was told.
        running: whether it goes on, and the page should be loaded again now and then.

    Raises:
        FileError: it cannot be written.
    """
    state = "is running" if running else "has ended"
    figures = []
    for caption, row in samples:
        picture = image(embedded(row.movedim(0, -1).clamp(0, 1).cpu().numpy()), caption)
        figures.append(element("figure", picture, element("figcaption", caption)))
    names = terms_of(training.history)
    legend = []
    for index, name in enumerate(names):
        legend.append(joined([swatch(name, index), f" {name} {training.history[-1].get(name, 0):.4f}"]))
    body = [
        element("h1", title),
        element("p", f"The training {state}: {training.step:,} steps in {duration(training.seconds)}."),
        element("h2", "Photos that it is not trained on"),
        element("div", *figures),
        element("h2", "Losses"),
        plot(training.history) if training.history else element("p", "None yet."),
        items(legend) if names else element("p", f"They are shown from step {RECORD_EVERY} on."),
    ]
    if notes:
        body += [element("h2", "Notes"), items(notes)]
    page = document(title, *body, style=STYLE)
    if running:
        page = page.replace("<head>", f'<head>\n<meta http-equiv="refresh" content="{escape(str(RELOAD))}">', 1)
    write_document(path, page)
