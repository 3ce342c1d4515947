"""The site of the documentation builds without a network, its links lead somewhere, and its pages ask no other host."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = r"""<(?:script|img|iframe|source|video|audio)\b[^>]*?\ssrc=["']?(?:https?:)?//|<link\b[^>]*?\shref=["']?(?:https?:)?//"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where it was built: strictly, so that a link or an anchor that leads nowhere is an error."""
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed: pip install 'photostyle[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", "docs/site/mkdocs.yml", "-d", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_every_guide_is_a_page(site):
    for page in (ROOT / "docs").glob("*.md"):
        if page.name not in ("README.md", "index.md"):
            assert (site / page.stem / "index.html").is_file(), page.name
    for name in ("contributing", "changelog", "reference/models", "notes/quality"):
        assert (site / name / "index.html").is_file(), name


@pytest.mark.slow
def test_the_pages_ask_no_other_host(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(LOADED, text.replace('<link rel="canonical"', "")), page
        assert 'class="mermaid"' not in text, page  # its script would come from elsewhere
    for style in site.rglob("*.css"):
        assert not re.search(r"""(?:url\(|@import )["']?(?:https?:)?//""", style.read_text(encoding="utf-8")), style


def test_a_request_to_another_host_would_be_seen():
    for text in (
        '<script src="https://a.b/c.js">',
        '<link rel="stylesheet" href="//fonts.b/c">',
        "<img alt=x src=http://a/b.png>",
    ):
        assert re.search(LOADED, text), text
    assert not re.search(LOADED, '<a href="https://a.b"><img src="../sample/day.jpg">')
