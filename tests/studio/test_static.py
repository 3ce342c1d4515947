"""The page's files: all that they ask for is there, and none of it on another host."""

import re

import pytest

from photostyle.studio.pages import load_files

FILES = {name: content.decode() for name, content in load_files().items()}
NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_asked_of_another_host(name):
    assert not re.findall(r"(?:https?:)?//[a-z]\w*\.\w+", FILES[name].replace(NAMESPACE, ""))


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_modules_import_what_is_there(name):
    for names, other in re.findall(r'import (?:\* as \w+|{ ([^}]*) }) from "\./([^"]+)"', FILES[name]):
        exported = set(re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", FILES[f"js/{other}"], re.M))
        assert {each.strip() for each in names.split(",") if each.strip()} <= exported
    assert "innerHTML" not in FILES[name]


def test_the_page_loads_what_is_there():
    for name in re.findall(r'(?:src|href)="static/([^"]+)"', FILES["index.html"]):
        assert name in FILES


def test_all_that_is_named_in_the_page_is_there():
    used = set(re.findall(r'find\("#([\w-]+)', "\n".join(FILES.values())))
    assert used <= set(re.findall(r'id="([\w-]+)"', FILES["index.html"]))


def test_english_stands_in_one_file():
    body = re.sub(r"<[^>]+>", " ", FILES["index.html"].partition("<body>")[2])
    assert set(body.split()) == {"photostyle", "studio"}
    assert not re.findall(r"(?:title|alt|placeholder|aria-label)=", FILES["index.html"])
    for name, content in FILES.items():
        if name.endswith(".js") and name != "js/texts.js":
            assert not re.findall(r'(?:textContent|title|"aria-label"): ["`][A-Z][a-z]', content), name


def contrast(one: str, other: str) -> float:
    """The contrast of two colours #rgb or #rrggbb, by WCAG 2."""
    lights = []
    for colour in (one, other):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        linear = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in linear]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_texts_can_be_read_in_light_and_dark():
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root {(.*?)}", FILES["style.css"], re.S)
    )
    assert light.keys() == dark.keys()
    for colours in (light, dark):
        for text, ground in (
            ("ink", "ground"),
            ("ink", "sheet"),
            ("faint", "ground"),
            ("faint", "sheet"),
            ("on-mark", "mark"),
            ("bad", "sheet"),
        ):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
