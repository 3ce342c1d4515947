"""A server without a port, with small bounds, in a store that the next one finds again."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from starlette.testclient import TestClient

from photostyle.studio.room import Room
from photostyle.studio.serving.app import make_server
from photostyle.studio.serving.limits import ServerLimits
from tests.studio.conftest import png, sample

TOKEN = "0123456789abcdef-one"
OTHER = "0123456789abcdef-two"
BEARER = {"authorization": f"Bearer {TOKEN}"}
LIMITS = {"photo_bytes": 1 << 16, "photo_pixels": 1 << 16, "all_bytes": 1 << 17, "body_bytes": 1 << 12}
QUICK = {"steps": 2, "fast": True}


@pytest.fixture
def server_of(studio_session, tmp_path):
    """Clients of servers: `with server_of(queued=2) as client`, by the fields of `ServerLimits`."""

    def make(**limits):
        app = make_server(
            [TOKEN, OTHER],
            room=Room(tmp_path / "store"),
            session=studio_session,
            segmenter="none",
            limits=ServerLimits(**LIMITS | limits),
        )
        return TestClient(app, base_url="http://server", headers=BEARER, raise_server_exceptions=False)

    return make


@pytest.fixture
def client(server_of):
    with server_of() as client:
        yield client


def send(client, name: str, seed: int) -> str:
    """The id of a photo that is sent."""
    answer = client.post("/api/photos", params={"name": name}, content=png(sample(seed)))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
def both(client):
    """Two photos, as a job names them."""
    return {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}


def ended(client, job: str) -> dict:
    """A job when it is over."""
    for _ in range(1200):
        record = client.get(f"/api/jobs/{job}").json()
        if record["state"] in ("done", "failed", "cancelled"):
            return record
        time.sleep(0.05)
    raise AssertionError(record)


@contextmanager
def process(store, *more: str):
    """A server as a process: a client of it, and itself."""
    words = [sys.executable, "-m", "photostyle", "serve", "--port", "0", "--segmenter", "none", "--store", str(store), *more]
    env = {**os.environ, "PHOTOSTYLE_TOKENS": f"{TOKEN}, 0123456789abcdef-two"}
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        line = started.stdout.readline()
        assert line.startswith("photostyle is served at http://127.0.0.1:"), line + started.stderr.read()
        with httpx.Client(base_url=line.split()[4].rstrip(","), headers=BEARER, timeout=60) as client:
            yield client, started
    finally:
        started.kill()
        started.communicate()
