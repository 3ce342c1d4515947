"""The page of a run: well-formed, whole in itself, safe with hostile names, and true to its pictures."""

import base64
import io
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle.errors import FileError
from photostyle.networks.translation import TrainedTranslators, Translators
from photostyle.networks.translation.file import built
from photostyle.options import Options
from photostyle.photo import FileFacts, Photo
from photostyle.regions import Pair, Regions
from photostyle.report import check_report, write_report
from photostyle.story import Result
from photostyle.transforms import TranslationTransform
from photostyle.transforms.base import Provenance

HOSTILE = "\"><script>alert('x')</script> ${command} & été\udc80.png"


@pytest.fixture
def content():
    pixels = np.full((40, 60, 3), 0.25, np.float32)
    return Photo.from_array(pixels)


@pytest.fixture
def result(content):
    masks = torch.zeros(2, 8, 12)
    masks[0, :4], masks[1, 4:] = 1, 1
    regions = Regions(("sky", "<sea>"), masks, ((80, 160, 255), (0, 60, 120)))
    pairs = (Pair("sky", "sky", "same name", 0.5, 0.5), Pair("<sea>", None, "no partner", 0.5, 0.0, "global"))
    history = [{"style": 10.0**-i, "range": 0.0, "total": 10.0**-i + 0.01} for i in range(6)]
    after = content.with_pixels(
        np.where(np.arange(60)[:, None] < 6, 1.0, 0.75).astype(np.float32) * np.ones((40, 1, 3), np.float32)
    )
    found = SimpleNamespace(provenance=Provenance("field", pairs, encoder="compact"))  # a transform, as far as the page looks
    return Result(after, found, regions, regions, history, {"read": 0.1, "solve": 1.5}, ("a note <b>",))


def written(path, result, content, **changes) -> str:
    asked = {"command": "photostyle run -c a.jpg", "options": Options(), "seconds": 2.0, "style": content} | changes
    write_report(path, result, content, **asked)
    return path.read_text("utf-8")


def pictures(page) -> list[Image.Image]:
    uris = [image["src"] for image in page.all("img")]
    assert all(uri.startswith("data:image/jpeg;base64,") for uri in uris)
    return [Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2], validate=True))) for uri in uris]


def test_the_page_is_well_formed_and_asks_nothing_of_the_network(tmp_path, result, content, parsed):
    text = written(tmp_path / "report.html", result, content)
    page = parsed(text)
    assert page.open == [] and not re.search(r"https?:|//[a-z]|\$\{?[a-z]|url\(|@import", re.sub(r"base64,[^\"]*", "", text))
    assert page.all("html") == [{"lang": "en"}] and page.texts.count("a note <b>") == 1
    assert {name for _, attributes in page.elements for name in attributes} & {"href", "srcset", "onclick", "action"} == set()
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert {a["aria-labelledby"] for a in page.all("section")} <= set(identifiers)


def test_the_pictures_are_those_of_the_run(tmp_path, result, content, parsed):
    page = parsed(written(tmp_path / "report.html", result, content))
    after, before, style, ours, theirs = pictures(page)
    assert after.size == before.size == style.size == (60, 40)
    assert abs(np.asarray(before).astype(int) - 64).max() <= 2
    assert abs(np.asarray(after)[:, 20:].astype(int) - 191).max() <= 6
    assert ours.width > 60 and theirs.size == ours.size
    assert all(image["alt"] for image in page.all("img"))
    assert page.all("img")[3]["alt"] == "Regions of the photo: sky 50.0%, <sea> 50.0%"


def test_a_large_photo_is_shown_at_1600_pixels(tmp_path, result, parsed):
    large = Photo.from_array(np.zeros((100, 3200, 3), np.float32))
    page = parsed(written(tmp_path / "report.html", replace(result, photo=large), large, style=None))
    assert [picture.size for picture in pictures(page)[:2]] == [(1600, 50)] * 2
    assert len(page.all("img")) == 3


def test_tables_say_what_was_measured(tmp_path, result, content, parsed):
    texts = parsed(written(tmp_path / "report.html", result, content, seconds=2.0)).texts
    assert "10.000%" in texts and any("Newly clipped: 10.000%." in text for text in texts)
    assert {"<sea>", "nothing of its own", "no partner", "0.40", "2.00", "1e-05"} <= set(texts)


def test_hostile_names_are_text(tmp_path, result, content, parsed):
    hostile = replace(content, file=FileFacts(path=HOSTILE))
    found = SimpleNamespace(provenance=replace(result.transform.provenance, style=HOSTILE))
    text = written(tmp_path / "report.html", replace(result, transform=found), hostile, command=HOSTILE, notes=[HOSTILE])
    page, shown = parsed(text), HOSTILE.replace("\udc80", "?")
    assert text.count("<script") == 1 and page.open == []
    assert shown in page.texts and any(shown in image["alt"] for image in page.all("img"))


def test_the_plot_has_a_line_a_term_with_gaps_where_it_is_0(tmp_path, result, content, parsed):
    page = parsed(written(tmp_path / "report.html", result, content))
    lines = [path["d"] for path in page.all("path")]
    assert len(lines) == 3 and lines[1] == "" and lines[0].count("L") == 5
    ends = [float(point.split(" ")[1]) for point in re.findall(r"[ML]([\d.]+ [\d.]+)", lines[0])]
    assert ends == sorted(ends)  # a falling loss goes down the page
    for history in ([], [{"total": 0.0}], [{"total": 2.0}], [{"total": float("nan")}, {"total": 3e-30}]):
        assert parsed(written(tmp_path / "odd.html", replace(result, history=history), content)).open == []


def test_where_it_cannot_be_written(tmp_path, result, content, monkeypatch):
    (tmp_path / "folder.html").mkdir()
    for path, words in (
        (tmp_path / "photo.jpg", "a name that ends in .html"),
        (tmp_path / "none" / "report.html", "its folder does not exist"),
        (tmp_path / "folder.html", "not a regular file"),
    ):
        with pytest.raises(FileError, match=words):
            check_report(path)

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("photostyle.pages.writing.write_whole", full)
    with pytest.raises(FileError, match="report.html: cannot be written .No space left on device.; choose another place"):
        written(tmp_path / "report.html", result, content)


def test_a_page_shows_where_a_network_with_attention_looks(tmp_path, result, content, parsed):
    shape = {"width": 4, "residuals": 2, "adds": True}
    for kind, seen in (("ugatit", 1), ("cyclegan", 0)):
        networks = Translators(built(kind, shape), built(kind, shape)).eval()
        transform = TranslationTransform(TrainedTranslators(networks, kind), "AtoB", None, result.content_regions, Provenance())
        page = parsed(written(tmp_path / f"{kind}.html", replace(result, transform=transform), content))
        assert page.texts.count("Where the network looks") == seen
