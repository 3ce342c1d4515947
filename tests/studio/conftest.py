"""A studio without a port: two small photos in a folder, a client that knows the token."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="the studio needs the extra: pip install 'photostyle[studio]'")
pytest.importorskip("httpx", reason="starlette's test client needs httpx")

from starlette.testclient import TestClient  # noqa: E402

from photostyle import Session  # noqa: E402
from photostyle.studio.app import make_app  # noqa: E402
from photostyle.studio.limits import StudioLimits  # noqa: E402
from photostyle.studio.room import room_of  # noqa: E402

PORT = 8321
ADDRESS = f"http://127.0.0.1:{PORT}"
TOKEN = {"x-photostyle-token": "secret"}
LIMITS = StudioLimits(photo_bytes=1 << 20, photo_pixels=1 << 20, body_bytes=1 << 19, project_bytes=1 << 20, brought=3)


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
def client_of(folder, studio_session, tmp_path):
    """Clients of studios: `with client_of() as client`, in a room that the next one finds again; or by `make_app`'s arguments."""

    def make(**more):
        settings = {"folder": folder, "segmenter": "none", "room": room_of(folder, tmp_path / "rooms"), **more}
        app = make_app(settings.pop("folder"), port=PORT, token="secret", session=studio_session, limits=LIMITS, **settings)
        return TestClient(app, base_url=ADDRESS, headers=TOKEN)

    return make


@pytest.fixture
def client(client_of):
    with client_of(room=None) as client:
        yield client


@pytest.fixture
def ids(client):
    """Ids of the folder's photos by name."""
    return ids_of(client)


def ids_of(client) -> dict[str, str]:
    return {photo["name"]: photo["id"] for photo in client.get("/api/photos").json()["photos"]}


def events(client, job: str) -> list[dict]:
    """What a job tells, to its end."""
    with client.stream("GET", f"/api/jobs/{job}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]


HALVES = np.repeat(np.array([[0], [1]], np.uint8), 32, axis=0) * np.ones(96, np.uint8)


def solve(client, ids, **options) -> dict:
    """Both photos painted with a sky and a ground, and solved: what the job told last."""
    for name, second in (("day.png", "ground"), ("dusk.png", "sea")):
        answer = client.put(f"/api/photos/{ids[name]}/mask", json=mask(HALVES, "sky", second))
        assert answer.status_code == 200, answer.text
    record = {"content": ids["day.png"], "style": ids["dusk.png"], "options": {"steps": 2, "fast": True, **options}}
    job = client.post("/api/solve", json=record)
    assert job.status_code == 202, job.text
    told = events(client, job.json()["job"])
    assert told[-1]["state"] == "done", told[-1]
    return told[-1]["result"]
