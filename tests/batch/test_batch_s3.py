"""Photos at URLs: fsspec's own memory, and a real S3 server (moto's) in a process of its own."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from photostyle.batch import remote
from photostyle.batch.plan import make_plan
from photostyle.errors import OptionError, PhotoError

fsspec = pytest.importorskip("fsspec", reason="needs photostyle[cloud]")


def picture(tint) -> bytes:
    ramp = np.linspace(20, 190, 40)[:, None, None] * np.ones((40, 60, 3)) * np.array(tint)
    file = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_a_plan_of_urls(tmp_path):
    memory = fsspec.filesystem("memory")
    for name in ("shoot/a.jpg", "shoot/sub/b c.jpg", "shoot/notes.txt", "dusk.jpg"):
        memory.pipe(f"/{name}", b"x")
    jobs = make_plan(["memory://shoot"], "memory://relit/{reldir}/{stem}.{ext}", ["memory://dusk.jpg"])
    assert {job.content: job.output for job in jobs} == {
        "memory:///shoot/a.jpg": "memory://relit/a.jpg",
        "memory:///shoot/sub/b c.jpg": "memory://relit/sub/b c.jpg",
    }
    globbed = make_plan(["memory://shoot/**/*.jpg"], str(tmp_path / "{stem}.{ext}"), ["memory://dusk.jpg"])
    assert len(globbed) == 2
    (tmp_path / "a.jpg").touch()
    assert make_plan([f"file://{tmp_path}/a.jpg"], "x.png", ["memory://dusk.jpg"])[0].content == str(tmp_path / "a.jpg")
    with pytest.raises(OptionError, match="nothing:// is no kind of address"):
        make_plan(["nothing://a.jpg"], "x.png", ["memory://dusk.jpg"])
    with pytest.raises(PhotoError, match="no photos there"):
        make_plan(["memory://empty"], "x.png", ["memory://dusk.jpg"])


def test_fetched_and_put_whole(tmp_path):
    (tmp_path / "a.png").write_bytes(b"abc")
    remote.put(tmp_path / "a.png", "memory://there/a.png")
    assert remote.fingerprint("memory://there/a.png")[0] == 3
    asked = ["memory://there/a.png", "memory://there/b.png", "memory://nowhere/a.png"]
    assert remote.existing(asked) == {"memory://there/a.png"}
    assert remote.fetch("memory://there/a.png", tmp_path).read_bytes() == b"abc"
    assert fsspec.filesystem("memory").ls("/there", detail=False) == ["/there/a.png"]
    with pytest.raises(PhotoError, match="gone.png: no such file"):
        remote.fetch("memory://there/gone.png", tmp_path)


@pytest.fixture
def s3(monkeypatch):
    """A bucket "shoot" on a server of its own; the environment points to it."""
    pytest.importorskip("s3fs", reason="needs photostyle[cloud]")
    pytest.importorskip("moto.server", reason="needs moto[server]")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield _bucket(port)
    finally:
        server.kill()
        server.wait()


def _bucket(port: int):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with closing(socket.socket()) as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    remote._file_system.cache_clear()
    store = remote._file_system("s3")
    store.mkdir("shoot")
    return store


@pytest.mark.slow
def test_from_s3_to_s3(s3, tmp_path):
    for name, tint in (("in/day.png", (1, 1, 1)), ("in/sub/b c.png", (0.9, 1, 1)), ("dusk.png", (1, 0.6, 0.4))):
        s3.pipe(f"shoot/{name}", picture(tint))
    s3.pipe("shoot/in/bad.png", b"no picture")
    command = [sys.executable, "-m", "photostyle", "batch", "s3://shoot/in", "-s", "s3://shoot/dusk.png", "--json", "--jobs", "1"]
    command += [
        "-o",
        "s3://shoot/out/{reldir}/{stem}.png",
        "--segmenter",
        "none",
        "--size",
        "64",
        "--steps",
        "1",
        "--device",
        "cpu",
    ]
    run = [subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=os.environ) for _ in range(2)]
    summaries = [json.loads(r.stdout.splitlines()[-1])["summary"] for r in run]
    assert [r.returncode for r in run] == [1, 1], run[0].stderr
    assert [(s["done"], s["kept"], s["failed"]) for s in summaries] == [(2, 0, 1), (0, 2, 1)]
    assert "s3://shoot/in/bad.png" in summaries[0]["failures"][0][0]
    s3.invalidate_cache()
    assert sorted(s3.find("shoot/out")) == ["shoot/out/day.png", "shoot/out/sub/b c.png"]
    assert Image.open(io.BytesIO(s3.cat("shoot/out/day.png"))).size == (60, 40)
