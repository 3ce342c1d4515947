"""What all tests share: their options, how laws are tried, chance that is the same each time, the real entry point."""

import random
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from photostyle import cli

# Laws are tried on the same few cases each time, and no case fails for being slow on a busy machine.
settings.register_profile("photostyle", derandomize=True, deadline=None, max_examples=20, database=None)
settings.load_profile("photostyle")

VOID = {"br", "img", "input", "meta"}  # elements of HTML that are not closed


class Page(HTMLParser):
    """The elements and texts of a page, and the stack of elements that are still open."""

    def __init__(self, text: str):
        super().__init__()
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def parsed():
    """Parses a page: `parsed(html)`; each element must be closed in its place."""
    return Page


def pytest_addoption(parser):
    parser.addoption(
        "--renew-goldens",
        action="store_true",
        help="write the goldens' pictures anew; refused where one changed and RESULTS was not raised",
    )


@pytest.fixture(autouse=True, scope="session")
def a_cache_of_their_own(tmp_path_factory):
    """No test finds what another version has kept in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOSTYLE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def same_chance():
    """Each test draws the same random numbers, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def call(monkeypatch, capsys):
    """Runs the command line by its real entry point: `call("run", ...)` -> (exit code, stdout, stderr)."""

    def called(*arguments) -> tuple[int, str, str]:
        if not cli.app.registered_commands:
            cli._add_commands()
        monkeypatch.setattr("sys.argv", ["photostyle", *map(str, arguments)])
        monkeypatch.setattr(cli, "_add_commands", lambda: None)
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return called


@pytest.fixture
def make_photos(tmp_path):
    """Writes noisy ramps: `make_photos((name, (height, width), tint), ...)` -> their folder."""

    def made(*photos):
        random = np.random.default_rng(0)
        for name, size, tint in photos:
            pixels = (random.random((*size, 3)) * 60 + np.linspace(20, 190, size[0])[:, None, None]) * np.array(tint)
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name)
        return tmp_path

    return made
