"""Pages of the site that lie elsewhere in the repository, and links to them: how to contribute, changes, cards, the README."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
# What pages link to in the repository -> where that is on the site.
_LEADS = {
    r"(?:\.\./)*CONTRIBUTING\.md": "contributing.md",
    r"(?:\.\./)*CHANGELOG\.md": "changelog.md",
    r"(?:\.\./)+README\.md": "index.md",
    r"(?:\.\./)+photostyle/assets/\w+\.md": "reference/models.md",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages."""
    for name, source in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Have the links lead to them."""
    for pattern, name in _LEADS.items():
        markdown = re.sub(rf"\]\({pattern}\)", f"]({get_relative_url(name, page.file.src_uri)})", markdown)
    return markdown
