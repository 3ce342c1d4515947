"""Trained networks as methods of the studio: by name, never by path; solved without a style; for a whole folder."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import load_transform
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.translation import TrainedTranslators, Translators
from photostyle.networks.translation.file import built
from photostyle.networks.translation.generator import initialise
from tests.studio.conftest import events, sample

NAMES = ("monet", "ink")


def save_network(path) -> None:
    torch.manual_seed(1)
    made = Stylizer(StylizerShape(2, 4, 1)).requires_grad_(False)
    made.norms += 0.4 * torch.randn_like(made.norms)
    path.parent.mkdir(parents=True, exist_ok=True)
    TrainedStylizer(made, NAMES, {"name": path.stem, "licence": "CC0"}).save(path)


@pytest.fixture
def networks(folder, tmp_path, monkeypatch):
    """One in photostyle's own folder, one among the photos; others that must not be found."""
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    save_network(tmp_path / "home" / "models" / "networks" / "wave.safetensors")
    save_network(folder / "dots.safetensors")
    save_network(tmp_path / "secret.safetensors")
    (folder / "link.safetensors").symlink_to(tmp_path / "secret.safetensors")
    (folder / "broken.safetensors").write_bytes(b"no network")


def methods_of(client) -> dict[str, dict]:
    return {method["name"]: method for method in client.get("/api/methods").json()["methods"]}


def solved(client, ids, **options) -> dict:
    record = {"content": ids["day.png"], "style": ids["day.png"], "options": options}
    answer = client.post("/api/solve", json=record)
    assert answer.status_code == 202, answer.text
    return events(client, answer.json()["job"])[-1]


def test_networks_are_methods_with_their_own_controls(networks, client):
    methods = methods_of(client)
    assert [name for name in methods if name.startswith("network")] == [
        "network:painters",
        "network:any",
        "network:restore",
        "network:nineteenth",
        "network:wave",
        "network:dots.safetensors",
    ]
    wave = methods["network:wave"]
    assert not wave["needs_style"] and methods["field"]["needs_style"]
    assert "monet, ink" in wave["summary"] and "CC0" in wave["summary"]
    controls = {control["name"]: control for control in wave["controls"]}
    assert set(controls) == {"style_name", "size", "seed"}
    assert (controls["style_name"]["kind"], controls["style_name"]["choices"]) == ("styles", list(NAMES))


def _mixture_of(transform) -> list[float]:
    """How much of each of two styles a transform's norms are."""
    rows = transform.trained.network.norms
    share = float(((transform.norms[0] - rows[0]) * (rows[1] - rows[0])).sum() / (rows[1] - rows[0]).pow(2).sum())
    return [1 - share, share]


@pytest.mark.parametrize("name", ["wave", "dots.safetensors"])
def test_a_network_paints_in_a_mixture_of_its_styles(networks, client, ids, name, tmp_path):
    told = solved(client, ids, method=f"network:{name}", style_name=["monet:0.25", "ink:0.75"])
    assert told["state"] == "done", told
    path = tmp_path / "saved.safetensors"
    path.write_bytes(client.get(f"/api/transforms/{told['result']['transform']}/file").content)
    assert _mixture_of(load_transform(path)) == pytest.approx([0.25, 0.75], abs=0.01)
    drawn = client.post(f"/api/transforms/{told['result']['transform']}/preview", json={"side": 96})
    assert drawn.status_code == 200 and drawn.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("name", ["secret", "link.safetensors", "broken.safetensors", "../secret.safetensors", "{path}", ""])
def test_no_other_file_is_opened_as_a_network(networks, client, ids, name, tmp_path):
    name = name.format(path=tmp_path / "secret.safetensors")
    record = {"content": ids["day.png"], "style": ids["day.png"], "options": {"method": f"network:{name}"}}
    answer = client.post("/api/solve", json=record)
    assert answer.status_code == 404
    assert "no trained network" in answer.json()["error"]


def test_a_page_may_not_name_the_file_of_a_network(networks, client, ids, tmp_path):
    path = str(tmp_path / "secret.safetensors")
    for options in ({"method": "network", "network": path}, {"method": path}, {"method": "network:wave", "network": path}):
        record = {"content": ids["day.png"], "style": ids["day.png"], "options": options}
        answer = client.post("/api/solve", json=record)
        assert answer.status_code in (404, 422), answer.text
        assert client.get("/api/batch").json()["job"] is None
    told = client.post("/api/solve", json={"content": ids["day.png"], "style": ids["day.png"], "options": {"method": "network"}})
    assert told.status_code == 404


def test_choices_outlive_a_network(networks, client, ids, tmp_path):
    """What was chosen with a network stays, pairs and all, when the network has gone."""
    record = {"content": ids["day.png"], "style": ids["day.png"], "choices": {"method": "network:wave", "amounts": {"luma": 0.5}}}
    (tmp_path / "home" / "models" / "networks" / "wave.safetensors").unlink()
    assert client.put("/api/work", json=record).status_code == 200
    told = client.get(f"/api/work?content={ids['day.png']}&style={ids['day.png']}").json()
    assert told["choices"]["amounts"] == {"luma": 0.5}
    gone = solve_record(ids, "network:wave")
    assert client.post("/api/solve", json=gone).status_code == 404


def solve_record(ids, method: str) -> dict:
    return {"content": ids["day.png"], "style": ids["day.png"], "options": {"method": method}}


def test_a_folder_is_painted_by_a_network(networks, client, ids, folder):
    order = {
        "style": ids["day.png"],
        "photos": [ids["dusk.png"]],
        "choices": {"method": "network:dots.safetensors", "options": {"style_name": ["ink"]}},
        "folder": "painted",
    }
    answer = client.post("/api/batch", json=order)
    assert answer.status_code == 202, answer.text
    told = events(client, answer.json()["job"])[-1]
    assert told["state"] == "done" and told["result"]["done"] == 1, told
    from photostyle import read_photo

    made = read_photo(folder / "painted" / "dusk.png").pixels
    assert np.abs(made - sample(1) / 255).mean() > 0.02


def save_translators(path, kind: str) -> None:
    shape = {"width": 4, "residuals": 2, "adds": True}
    networks = Translators(built(kind, shape), built(kind, shape))
    for number, part in enumerate(networks.children()):
        initialise(part, number)
    TrainedTranslators(networks, kind, ("photo", "painting"), {"name": path.stem}).save(path)


def test_attention_is_laid_over_the_photo(folder, client, ids, tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    save_translators(folder / "looks.safetensors", "ugatit")
    told = solved(client, ids, method="network:looks.safetensors")
    assert told["state"] == "done" and told["result"]["attention"] is True
    address = f"/api/transforms/{told['result']['transform']}/marks"
    whole = client.post(address, json={"side": 96, "attention": True})
    marks = np.asarray(Image.open(io.BytesIO(whole.content)))
    assert marks.shape == (64, 96, 4) and marks[..., 3].max() > 150 and marks[..., 3].min() == 0
    part = np.asarray(Image.open(io.BytesIO(client.post(address, json={"box": [40, 20, 30, 25], "attention": True}).content)))
    assert np.abs(part[..., 3].astype(int) - marks[20:45, 40:70, 3]).mean() < 25
    assert not np.asarray(Image.open(io.BytesIO(client.post(address, json={"side": 96}).content))).any()


def test_a_result_without_attention_has_none_to_show(folder, client, ids, tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    save_translators(folder / "plain.safetensors", "cyclegan")
    told = solved(client, ids, method="network:plain.safetensors")
    assert told["result"]["attention"] is False
    answer = client.post(f"/api/transforms/{told['result']['transform']}/marks", json={"side": 96, "attention": True})
    assert answer.status_code == 400 and "no network with attention" in answer.json()["error"]
