"""Finding, checking and fetching weights, against a server of our own on this machine."""

import hashlib
import http.server
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from photostyle import models
from photostyle.errors import ModelError, OptionError

BODY = bytes(range(256)) * 8000


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves BODY, by range where asked; the server's fields say how it misbehaves."""

    def do_GET(self):
        server, start = self.server, 0
        asked = self.headers.get("Range")
        server.requests.append(asked)
        if self.path == "/missing":
            return self.send_error(404)
        if asked and server.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(BODY):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        stop = server.stops.pop(0) if server.stops else len(BODY)
        self.wfile.write(BODY[start:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests, server.stops, server.ranges = [], [], True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "home" / "models"


@pytest.fixture
def toy(server, monkeypatch):
    """A model of the registry whose file the server has."""
    record = models.ModelFile(
        name="toy",
        role="network",
        file="toy-0.pth",
        url=f"http://127.0.0.1:{server.server_port}/toy-0.pth",
        sha256=hashlib.sha256(BODY).hexdigest()[:12],
        size=len(BODY),
        use="tests",
        licence="MIT",
        training="none",
    )
    monkeypatch.setitem(models.MODELS, "toy", record)
    return record


def test_two_that_fetch_at_once_download_once(toy, home, server):
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(models.fetch, ["toy"] * 4))
    assert paths == {home / "toy-0.pth"} and (home / "toy-0.pth").read_bytes() == BODY
    assert len(server.requests) == 1 and [path.name for path in home.iterdir()] == ["toy-0.pth"]


def test_fetch_downloads_checks_and_reports(toy, home):
    steps = []
    path = models.fetch("toy", steps.append)
    assert path == home / "toy-0.pth" and path.read_bytes() == BODY
    assert steps[-1].stage == "download" and steps[-1].step == steps[-1].total == len(BODY)
    assert [s.step for s in steps] == sorted(s.step for s in steps)
    assert models.find("toy") == models.verify("toy") == path


def test_fetch_of_what_is_here_asks_nobody(toy, server, home):
    models.fetch("toy")
    assert models.fetch("toy") == home / "toy-0.pth" and len(server.requests) == 1


def test_a_broken_download_goes_on_where_it_stopped(toy, server, home):
    server.stops = [700_000]
    with pytest.raises(ModelError, match="run it again to go on"):
        models.fetch("toy")
    assert not (home / "toy-0.pth").exists() and models.locate("toy") is None
    assert (home / "toy-0.pth.part").stat().st_size == 700_000
    steps = []
    assert models.fetch("toy", steps.append).read_bytes() == BODY
    assert server.requests == [None, "bytes=700000-"] and steps[0].step > 700_000
    assert not (home / "toy-0.pth.part").exists()


def test_a_server_without_ranges_starts_over(toy, server, home):
    server.ranges, server.stops = False, [700_000]
    with pytest.raises(ModelError):
        models.fetch("toy")
    assert models.fetch("toy").read_bytes() == BODY


def test_a_part_longer_than_the_file_is_dropped(toy, server, home):
    home.mkdir(parents=True)
    (home / "toy-0.pth.part").write_bytes(BODY + b"more")
    assert models.fetch("toy").read_bytes() == BODY


def test_a_wrong_file_is_not_kept(toy, home, monkeypatch):
    monkeypatch.setitem(models.MODELS, "toy", replace(toy, sha256="00000000"))
    with pytest.raises(ModelError, match="should have SHA-256 00000000..., got .*; nothing was kept"):
        models.fetch("toy")
    assert list(home.iterdir()) == []


def test_a_part_with_foreign_bytes_is_not_kept(toy, home):
    home.mkdir(parents=True)
    (home / "toy-0.pth.part").write_bytes(b"x" * 1000)
    with pytest.raises(ModelError, match="should have SHA-256"):
        models.fetch("toy")
    assert models.fetch("toy").read_bytes() == BODY


def test_verify_sees_a_changed_file(toy, home):
    models.fetch("toy").write_bytes(BODY[:-1] + b"?")
    with pytest.raises(ModelError, match="delete it and run: photostyle models pull toy"):
        models.verify("toy")


@pytest.mark.parametrize("path", ["/missing", None])
def test_no_file_or_no_server_is_one_line(toy, server, monkeypatch, path):
    url = f"http://127.0.0.1:{server.server_port}{path}" if path else "http://127.0.0.1:9/toy"
    monkeypatch.setitem(models.MODELS, "toy", replace(toy, url=url))
    with pytest.raises(ModelError, match="cannot download toy from http") as caught:
        models.fetch("toy")
    assert "\n" not in str(caught.value)


def test_a_shipped_model_is_not_downloaded():
    with pytest.raises(ModelError, match="ships with photostyle"):
        models.fetch("lost", model=replace(models.model_file("compact"), name="lost", file="lost"))


def test_unknown_models_are_named_with_the_known():
    known = "compact, compact5, scene, autoencoder, painters, any, restore, nineteenth, vgg19, vgg16"
    with pytest.raises(ModelError, match=f"no model is called 'vgg11'; known are {known}"):
        models.find("vgg11")


def test_every_model_states_licence_and_training_data():
    for model in models.MODELS.values():
        assert model.licence and model.training and model.use
        assert model.shipped or (model.url and model.size > 0 and (model.sha256 or model.file.endswith(".safetensors")))
        if model.shipped:
            assert models.find(model.name).with_suffix(".md").is_file(), "a shipped model has its card beside it"
            assert models.find(model.name).stat().st_size == model.size


@pytest.mark.parametrize("name", ["compact", "compact5", "scene", "autoencoder", "painters", "any", "restore", "nineteenth"])
def test_shipped_models_have_the_recorded_hash(name, tmp_path):
    assert models.verify(name) == models.find(name)
    changed = tmp_path / "changed.safetensors"
    data = bytearray(models.find(name).read_bytes())
    data[-1] ^= 1
    changed.write_bytes(data)
    with pytest.raises(ModelError, match="should have SHA-256 .*; install photostyle again"):
        models.verify(name, changed)


def test_roles_names_and_choices_come_from_the_list():
    assert models.names("encoder") == ("compact", "compact5", "vgg19", "vgg16")
    assert models.choices("encoder") == ("auto", "compact", "compact5", "vgg19", "vgg16")
    segmenters = ("scene", *(f"ade20k-b{number}" for number in range(6)))
    assert models.names("segmenter") == segmenters
    assert models.choices("segmenter") == ("auto", *segmenters, "none")
    assert models.by_preference("segmenter") == segmenters[::-1]
    assert {model.role for model in models.MODELS.values()} == {"encoder", "segmenter", "network", "autoencoder"}


def test_auto_takes_the_best_that_is_here(home):
    assert models.best_present("encoder") == "compact" and models.best_present("segmenter") == "scene"
    for name in ("vgg16", "vgg19", "ade20k-b1"):
        path = home / models.model_file(name).file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"weights")
    assert models.best_present("encoder") == "vgg19" and models.best_present("segmenter") == "ade20k-b1"
    assert models.best_present("network") is None


def test_segmenters_say_how_their_network_is_built():
    for name in models.names("segmenter"):
        assert models.segmenter_network(name).long_side > 0
    assert models.segmenter_network("ade20k-b5") == models.SegmenterNetwork("mit_b5", 768, 640)
    with pytest.raises(ModelError, match="vgg19 is no segmenter; segmenters are scene, ade20k-b0"):
        models.segmenter_network("vgg19")


def test_every_model_has_a_card():
    for name in models.MODELS:
        text = models.card(name)
        assert text.startswith(f"# {name}: ") and "**Licence**: " in text and "**Training data**" in text
    with pytest.raises(ModelError, match="no model is called 'vgg11'"):
        models.card("vgg11")


def test_commands_list_pull_and_verify(toy, home):
    from photostyle.cli.models import app

    run = CliRunner().invoke
    assert "photostyle models pull toy" in run(app, ["list"]).output
    assert "**Licence**: MIT" in run(app, ["show", "toy"]).output
    pulled = run(app, ["pull", "toy"])
    assert pulled.exit_code == 0 and str(home / "toy-0.pth") in pulled.output.replace("\n", "")
    assert "toy: whole" in run(app, ["verify", "toy"]).output
    (home / "toy-0.pth").write_bytes(b"other")
    assert isinstance(run(app, ["verify", "toy"]).exception, ModelError)  # one line and exit code 2, by the command line's main
    assert isinstance(run(app, ["pull"]).exception, OptionError)
    assert isinstance(run(app, ["pull", "vgg11"]).exception, ModelError)


def test_the_commands_load_no_torch():
    code = "import sys, photostyle.cli.models, photostyle.models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_file_of_no_known_hash_must_be_safetensors(toy, server, monkeypatch, home):
    home.mkdir(parents=True)
    (home / "toy-0.pth").write_bytes(b"no tensors")
    monkeypatch.setitem(models.MODELS, "toy", replace(toy, sha256=None))
    with pytest.raises(ModelError, match="should be a safetensors file, got another; delete it and run: photostyle models pull"):
        models.verify("toy")


def test_a_download_of_no_known_hash_must_be_safetensors(toy, server, monkeypatch, home):
    monkeypatch.setitem(models.MODELS, "toy", replace(toy, sha256=None))
    with pytest.raises(ModelError, match="should be a safetensors file, got another; nothing was kept"):
        models.fetch("toy")
    assert not list(home.iterdir())


def test_pull_says_the_licence_before_it_downloads(toy, monkeypatch):
    from photostyle.cli.models import app

    monkeypatch.setitem(models.MODELS, "toy", replace(toy, licence="for research only"))
    said = CliRunner().invoke(app, ["pull", "toy"]).stdout.splitlines()
    assert said[0] == "toy: licence: for research only" and said[1].endswith("toy-0.pth")
