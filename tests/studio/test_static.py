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
