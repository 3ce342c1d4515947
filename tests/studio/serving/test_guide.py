"""docs/serve.md: its client in Python relights a photo at a server on a port; its requests by curl are answered."""

import re
import threading
from pathlib import Path

import pytest
import uvicorn
from PIL import Image

from photostyle.studio.room import Room
from photostyle.studio.server import bound_socket
from photostyle.studio.serving.app import make_server
from photostyle.studio.serving.operations import OPERATIONS
from tests.studio.conftest import sample
from tests.studio.serving.conftest import TOKEN

TEXT = (Path(__file__).parents[3] / "docs" / "serve.md").read_text("utf-8")


@pytest.fixture
def address(studio_session, tmp_path):
    app = make_server([TOKEN], room=Room(tmp_path / "store"), session=studio_session, segmenter="none")
    with bound_socket("127.0.0.1", 0) as bound:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.mark.slow
def test_the_client_in_python(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PHOTOSTYLE_URL", address)
    monkeypatch.setenv("PHOTOSTYLE_TOKEN", TOKEN)
    for seed, name in enumerate(("day.jpg", "dusk.jpg")):
        Image.fromarray(sample(seed)).save(name)
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    exec(compile(block, "serve.md", "exec"), {})
    relit, day = Image.open("relit.jpg"), Image.open("day.jpg")
    assert relit.size == day.size and relit.tobytes() != day.tobytes()


def test_each_request_that_is_named_is_answered():
    paths = {re.sub(r"\{id\}", "ID", each.path) for each in OPERATIONS}
    named = set(re.findall(r"`(?:[A-Z]+ )?(/(?:api/)?[\w/.]+)(?:\?[^`]*)?`", TEXT))
    assert named <= paths and len(named) > 9
    for path in re.findall(r"\$U(/api/[\w$/]+)", TEXT):
        assert re.sub(r"\$\w+", "ID", path) in paths
