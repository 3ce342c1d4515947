"""The studio as a process: its address, its end; and what the command says where it cannot begin."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import httpx
import pytest

from photostyle.cli import studio as command
from tests.studio.conftest import HALVES, ids_of, mask


@contextmanager
def studio(folder, home):
    """The address of a studio on a port of its own, and its process."""
    words = [sys.executable, "-m", "photostyle", "studio", str(folder), "--no-browser", "--port", "0", "--segmenter", "none"]
    env = {**os.environ, "PHOTOSTYLE_HOME": str(home)}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        line = process.stdout.readline()
        assert line.startswith("the studio is at http://127.0.0.1:"), line + process.stderr.read()
        yield line.split()[-1], process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def running(folder, tmp_path):
    with studio(folder, tmp_path / "home") as started:
        yield started


def client_at(address: str) -> httpx.Client:
    """A client of a studio at an address with its token."""
    base, token = address.split("?token=")
    return httpx.Client(base_url=base, headers={"x-photostyle-token": token}, timeout=60)


def test_nothing_is_lost_when_it_is_killed_in_mid_solve(folder, tmp_path):
    with studio(folder, tmp_path / "home") as (address, process), client_at(address) as client:
        ids = ids_of(client)
        both = {"content": ids["day.png"], "style": ids["dusk.png"]}
        choices = {"pairs": {"ground": "sea"}, "options": {"steps": 90_000}}
        for name, second in (("day.png", "ground"), ("dusk.png", "sea")):
            client.put(f"/api/photos/{ids[name]}/mask", json=mask(HALVES, "sky", second)).raise_for_status()
        client.put("/api/work", json={**both, "choices": choices}).raise_for_status()
        job = client.post("/api/solve", json={**both, "options": {"steps": 90_000}}).json()["job"]
        while client.get(f"/api/jobs/{job}").json().get("stage") != "solve":
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    with studio(folder, tmp_path / "home") as (address, _), client_at(address) as client:
        assert client.get("/api/works").json()["notes"] == []
        assert client.get("/api/work", params=both).json()["choices"] == choices
        told = client.get(f"/api/photos/{ids['dusk.png']}/regions").json()
        assert [region["name"] for region in told["regions"]] == ["sky", "sea"]


def test_it_is_served_until_it_is_interrupted(running):
    address, process = running
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert b"photostyle studio" in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address.split("?")[0], timeout=60)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert err == ""


def test_what_to_install_is_said_in_one_line(call, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "starlette" else find(name))
    code, _, err = call("studio")
    assert code == 2
    assert err == "photostyle: the studio needs starlette; run: pip install 'photostyle[studio]'\n"


@pytest.fixture(autouse=True)
def a_home_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))


def test_a_project_that_is_none_is_one_line(call, tmp_path):
    path = tmp_path / "a.photostyle"
    path.write_bytes(b"none")
    code, _, err = call("studio", "--no-browser", "--port", "0", str(path))
    assert code == 2
    assert "is no project of the studio" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words, problem", [(("nowhere",), "is no folder"), (("--port", "99999"), "0 to 65535"), (("--port", "x"), "port")]
)
def test_what_cannot_be_is_one_line(call, words, problem):
    code, _, err = call("studio", "--no-browser", *words)
    assert code == 2
    assert problem in err
    assert err.count("\n") == 1


def test_a_port_that_is_taken_is_said(call):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = call("studio", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert code == 2
    assert "cannot serve at 127.0.0.1" in err
