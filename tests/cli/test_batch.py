"""`photostyle batch` as a user types it, with real transfers in real workers."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle import cli

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "1", "--device", "cpu", "--encoder", "compact"]
COMMAND = [sys.executable, "-m", "photostyle", "batch"]


@pytest.fixture
def shoot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    Path("in/sub dir").mkdir(parents=True)
    for name, tint in (
        ("in/a.b.png", (1, 1, 1)),
        ("in/sub dir/é.jpg", (0.8, 1, 1)),
        ("in/c.png", (1, 1, 0.8)),
        ("dusk.jpg", (1, 0.6, 0.4)),
    ):
        ramp = np.linspace(20, 190, 40)[:, None, None] * np.ones((40, 60, 3)) * np.array(tint)
        Image.fromarray(ramp.astype(np.uint8)).save(name)
    return tmp_path


def batch(*arguments, **more) -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, *arguments, *QUICK], capture_output=True, text=True, **more)


def test_a_set_with_a_bad_photo_and_its_page(shoot):
    Path("in/bad.jpg").write_bytes(b"no picture")
    run = batch("in", "-s", "dusk.jpg", "-o", "out/{reldir}/{stem}.{ext}", "--report", "page.html", "--jobs", "1")
    assert run.returncode == 1 and "3 done, 1 failed" in run.stderr and "\r" not in run.stderr
    assert "in/bad.jpg: not a photo that can be read, but a text" in run.stderr
    assert sorted(p.name for p in Path("out").rglob("*.*g")) == ["a.b.png", "c.png", "é.jpg"]
    assert Image.open("out/sub dir/é.jpg").size == (60, 40)
    page = Path("page.html").read_text("utf-8")
    assert page.count("<figure>") == 3 and "in/bad.jpg: not a photo" in page and "http:" not in page and "https:" not in page
    again = batch(".", "-s", "dusk.jpg", "-o", "out/{reldir}/{stem}.{ext}", "--json")  # results are no photos to relight
    summary = json.loads(again.stdout.splitlines()[-1])["summary"]
    assert summary["total"] == 5 and again.returncode in (1, 2)


def test_what_is_refused_leaves_nothing_behind(shoot, monkeypatch, capsys):
    if not cli.app.registered_commands:
        cli._add_commands()
    monkeypatch.setattr(cli, "_add_commands", lambda: None)
    Path("in/A.B.png").write_bytes(Path("in/a.b.png").read_bytes())
    for arguments, text in (
        (["in"], "one file where case does not count"),
        (["in/c.png", "--jobs", "many"], "jobs must be auto or a whole number"),
        (["in/c.png", "--memory", "much"], "memory must be auto or a size such as 8GB"),
        (["in/c.png", "--on-error", "cry"], "on-error must be one of skip, stop, got 'cry'"),
        (["in/c.png", "--set-mode", "all"], "set-mode must be one of each, shared, anchor"),
        (["in/c.png", "--shard", "2/2"], "shard 2/2: i must be from 0 to 1"),
        (["in/c.png", "--strength", "9"], "strength must be a number from 0 to"),
        (["in/c.png", "--report", "dusk.jpg/page.html"], "page.html: cannot be written, since"),
    ):
        monkeypatch.setattr("sys.argv", ["photostyle", "batch", *arguments, "-s", "dusk.jpg", "-o", "out/{stem}.{ext}", *QUICK])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr().err
        assert stop.value.code == 2 and text in said and said.count("\n") == 1
        assert not Path("out").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_interrupted_it_cleans_up_and_goes_on_later(shoot):
    """Ctrl-C while a worker is held still; then a worker is killed, and its photos are made all the same."""
    command = [*COMMAND, "in", "-s", "dusk.jpg", "-o", "out/{stem}.{ext}", "--jobs", "1", *QUICK]
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background of a shell are deaf to Ctrl-C
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    os.kill(_worker(run.pid), signal.SIGSTOP)
    run.send_signal(signal.SIGINT)
    assert "interrupted; run the same command again to go on" in run.communicate(timeout=120)[1] and run.returncode == 130
    assert [p.name for p in Path("out").iterdir()] == [".photostyle"]
    run = subprocess.Popen([*command, "--quiet"], stderr=subprocess.PIPE, text=True)
    os.kill(_worker(run.pid), signal.SIGKILL)
    assert run.communicate() == (None, "") and run.returncode == 0
    with sqlite3.connect("out/.photostyle/ledger.sqlite") as book:
        assert {row[0] for row in book.execute("SELECT status FROM photos")} == {"done"}


def _worker(parent: int) -> int:
    """The process of the first worker, when it has come up."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                facts, line = (process / "stat").read_text(), (process / "cmdline").read_bytes()
            except OSError:
                continue
            if facts.rpartition(")")[2].split()[1] == str(parent) and b"spawn_main" in line:
                return int(process.name)
        time.sleep(0.02)
    raise AssertionError("no worker came up")


@pytest.mark.slow
def test_a_shared_look_from_the_command_line(shoot):
    run = batch("in", "-s", "dusk.jpg", "-o", "out/{stem}.png", "--set-mode", "shared", "--jobs", "1", "--shard", "0/1", "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1])["summary"]["done"] == 3
    assert len(list(Path("out/.photostyle").glob("field-*.safetensors"))) == 1
    assert Path("out/.photostyle/ledger-0-of-1.sqlite").exists()
