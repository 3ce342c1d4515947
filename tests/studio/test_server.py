"""The studio as a process: its address, its end; and what the command says where it cannot begin."""

import importlib.util
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from photostyle.cli import studio as command


@pytest.fixture
def running(folder):
    """The address of a studio on a port of its own, and its process."""
    words = [sys.executable, "-m", "photostyle", "studio", str(folder), "--no-browser", "--port", "0", "--segmenter", "none"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("the studio is at http://127.0.0.1:"), line + process.stderr.read()
        yield line.split()[-1], process
    finally:
        process.kill()
        process.communicate()


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
