"""A studio without a port: two small photos in a folder, a client that knows the token."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="the studio needs the extra: pip install 'photostyle[studio]'")
pytest.importorskip("httpx", reason="starlette's test client needs httpx")

from starlette.testclient import TestClient  # noqa: E402

from photostyle import Session  # noqa: E402
from photostyle.studio.app import make_app  # noqa: E402
from photostyle.studio.limits import StudioLimits  # noqa: E402

PORT = 8321
ADDRESS = f"http://127.0.0.1:{PORT}"
TOKEN = {"x-photostyle-token": "secret"}
LIMITS = StudioLimits(photo_bytes=1 << 20, photo_pixels=1 << 20, body_bytes=1 << 18, brought=3)


def sample(seed: int, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    """(h, w, 3) uint8: a bright sky over a dark ground, with some noise."""
    width, height = size
    pixels = np.random.default_rng(seed).normal(0, 3, (height, width, 3))
    pixels[: height // 2] += (120 + 40 * seed, 160, 220 - 60 * seed)
    pixels[height // 2 :] += (70, 80 - 10 * seed, 50)
    return pixels.clip(0, 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def mask(labels: np.ndarray, *names: str, **more) -> dict:
    """A painted mask as the page sends it."""
    colours = ("#3366cc", "#669933", "#cc3333")
    rows = [{"name": name, "colour": colour} for name, colour in zip(names, colours, strict=False)]
    return {"regions": rows, "png": base64.b64encode(png(labels)).decode(), **more}


@pytest.fixture(scope="session")
def studio_session():
    return Session("cpu", cache=False)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "day.png").write_bytes(png(sample(0)))
    (folder / "dusk.png").write_bytes(png(sample(1)))
    (folder / "notes.txt").write_text("no photo")
    (tmp_path / "secret.png").write_bytes(png(sample(2)))
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    return folder


@pytest.fixture
def client(folder, studio_session):
    app = make_app(folder, port=PORT, token="secret", session=studio_session, segmenter="none", limits=LIMITS)
    with TestClient(app, base_url=ADDRESS, headers=TOKEN) as client:
        yield client


@pytest.fixture
def ids(client):
    """Ids of the folder's photos by name."""
    return {photo["name"]: photo["id"] for photo in client.get("/api/photos").json()["photos"]}
