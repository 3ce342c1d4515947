"""The files of the page, read once; only these are served, so that no path of a request is opened."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from photostyle.studio.problems import NotThere

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def load_files() -> dict[str, bytes]:
    """Content of each file of the page, by its path below static."""
    files = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.suffix in _TYPES:
            files[path.relative_to(_FOLDER).as_posix()] = path.read_bytes()
    return files


async def page(request: Request) -> Response:
    """GET /: the page itself."""
    return _file(request, "index.html")


async def static(request: Request) -> Response:
    """GET static/NAME: a module or a style of the page."""
    return _file(request, request.path_params["name"])


def _file(request: Request, name: str) -> Response:
    files: dict[str, bytes] = request.app.state.files
    if name not in files:
        raise NotThere("the page has no such file")
    return Response(files[name], media_type=_TYPES[Path(name).suffix])
