"""The pack that is published: ComfyUI of either schema loads it, its workflows run, and it has what the registry asks for."""

import importlib
import json
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from photostyle.comfy.nodes import NODES
from photostyle.errors import FileError

ROOT = Path(__file__).resolve().parents[2]
QUICK = {
    "PhotostyleSolve": {"steps": 2, "size": 64, "segmenter": "none"},
    "PhotostyleSolveClip": {"steps": 2, "size": 64, "segmenter": "none"},
    "PhotostylePaint": {"steps": 2, "size": 64},
    "PhotostyleMeasureLook": {"size": 64},
}


@pytest.fixture
def pack(tmp_path_factory, monkeypatch):
    """The folder of the pack."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    folder = tmp_path_factory.mktemp("custom_nodes") / "photostyle"
    importlib.import_module("make_comfy_pack").write_pack(folder, "somebody", "https://example.org/photostyle-nodes/")
    return folder


def small_inputs(comfy):
    """Small copies of the sample in ComfyUI's folder for inputs."""
    for name in ("day.jpg", "sunset.jpg"):
        Image.open(ROOT / "docs" / "sample" / name).resize((96, 64)).save(comfy.root / "input" / name, quality=95)


def quick_prompt(comfy, pack, name):
    prompt = comfy.prompt_of(json.loads((pack / "example_workflows" / f"{name}.json").read_text("utf-8")))
    for node in prompt.values():
        node["inputs"] |= QUICK.get(node["class_type"], {})
        if "content_regions" in node["inputs"]:
            node["inputs"]["segmenter"] = "auto"  # all regions are connected
    return prompt


@pytest.mark.parametrize("schema", ["v3", "v1"])
def test_a_workflow_runs_node_by_node_in_both_schemas(comfyui_of, pack, schema):
    comfy = comfyui_of(schema)
    comfy.load_pack(pack)
    small_inputs(comfy)
    prompt = quick_prompt(comfy, pack, "relight")
    comfy.run(prompt)
    (path,) = (comfy.root / "output").rglob("*.png")
    made, before = np.asarray(Image.open(path), float), np.asarray(Image.open(comfy.root / "input" / "day.jpg"), float)
    assert made.shape == before.shape and np.abs(made - before).mean() > 3

    ids = {node["class_type"]: id for id, node in prompt.items()}
    comfy.ran.clear()
    prompt[ids["PhotostyleApply"]]["inputs"]["strength"] = 0.0
    comfy.run(prompt)
    assert comfy.ran == [ids["PhotostyleApply"], ids["SaveImage"]]  # nothing was solved again
    _, again = sorted((comfy.root / "output").rglob("*.png"))
    assert np.array_equal(np.asarray(Image.open(again)), before)


@pytest.mark.parametrize("name", ["regions", "look", "paint", "restore"])
def test_the_other_workflows_run(comfyui_of, pack, name):
    comfy = comfyui_of("v3")
    comfy.load_pack(pack)
    small_inputs(comfy)
    prompt = quick_prompt(comfy, pack, name)
    comfy.run(prompt)
    assert list((comfy.root / "output").rglob("*.png"))
    assert len(comfy.ran) == len(prompt)
    assert bool(list((comfy.root / "output" / "photostyle").rglob("*.look"))) == (name == "look")


def test_the_workflow_of_a_clip_keeps_its_sound_and_rate(comfyui_of, pack):
    comfy = comfyui_of("v3")
    comfy.load_pack(pack)
    small_inputs(comfy)
    with Image.open(comfy.root / "input" / "day.jpg") as picture, open(comfy.root / "input" / "clip.mp4", "wb") as file:
        picture.save(file, "PNG")
    comfy.run(quick_prompt(comfy, pack, "clip"))
    ((images, rate, sound),) = comfy.videos
    assert images.shape == (4, 64, 80, 3) and rate == 12.5 and sound == {"sample_rate": 48000}


def test_both_schemas_say_the_same(comfyui_of, pack):
    """Names, types, order, defaults and ranges; so a workflow of one is a workflow of the other."""
    from photostyle.comfy import v1

    comfy = comfyui_of("v3")
    comfy.load_pack(pack)
    v3_classes = dict(comfy.classes)
    comfy.classes, titles = v1.mappings()
    assert set(titles) == {node.id for node in NODES} <= set(v3_classes)
    for node in NODES:
        of_v1 = comfy.spec(node.id)
        comfy.classes = v3_classes
        of_v3 = comfy.spec(node.id)
        comfy.classes, _ = v1.mappings()
        assert list(of_v1.inputs) == list(of_v3.inputs) == [each.name for each in node.inputs]
        for name, (kind, facts) in of_v3.inputs.items():
            assert of_v1.inputs[name] == (kind, {key: value for key, value in facts.items() if key != "optional"})
        assert (of_v1.outputs, of_v1.output_names, of_v1.is_output) == (of_v3.outputs, of_v3.output_names, of_v3.is_output)
        assert (of_v1.fingerprint is None) == (of_v3.fingerprint is None)


def test_a_v3_without_advanced_inputs_shows_them_all(comfyui_of):
    import sys

    from photostyle.comfy import v3

    comfyui_of("v3")
    io = sys.modules["comfy_api.latest"].io
    strict = io.Boolean.Input

    class OfTheFirstReleases:
        def __init__(self, id, display_name=None, optional=False, tooltip=None, default=None):
            self.made = strict(id, optional=optional, tooltip=tooltip, default=default)

    io.Boolean.Input = OfTheFirstReleases
    schema = v3.node_class(next(node for node in NODES if node.id == "PhotostyleApply"), io).define_schema()
    (force,) = [each for each in schema.inputs if isinstance(each, OfTheFirstReleases)]
    assert force.made.facts["default"] is False
    assert next(each for each in schema.inputs if each.__dict__.get("id") == "device").facts["advanced"]


def test_wrong_workflows_are_refused_before_they_run(comfyui_of, pack):
    comfy = comfyui_of("v3")
    comfy.load_pack(pack)
    small_inputs(comfy)
    prompt = quick_prompt(comfy, pack, "relight")
    apply = next(node for node in prompt.values() if node["class_type"] == "PhotostyleApply")
    for name, value in (("strength", 9.0), ("transform", ["1", 0]), ("strenght", 1.0)):
        before = dict(apply["inputs"])
        apply["inputs"][name] = value
        with pytest.raises(Exception, match="PhotostyleApply"):
            comfy.run(prompt)
        apply["inputs"] = before


def own_use(pack, tmp_path):
    """The pyproject.toml of a pack that is not published."""
    importlib.import_module("make_comfy_pack").write_pack(tmp_path / "own", "", "")
    return (tmp_path / "own" / "pyproject.toml").read_text("utf-8")


def test_the_pack_has_what_the_registry_asks_for(pack, tmp_path):
    project = tomllib.loads((pack / "pyproject.toml").read_text("utf-8"))
    name = project["project"]["name"]
    assert re.fullmatch(r"[A-Za-z]+([-_.]?[A-Za-z0-9]+)*", name) and len(name) < 100 and "comfyui" not in name.lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["project"]["version"])
    assert (pack / project["project"]["license"]["file"]).read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")
    assert project["project"]["dependencies"] == (pack / "requirements.txt").read_text("utf-8").split()
    comfy = project["tool"]["comfy"]
    assert "comfy" not in tomllib.loads(own_use(pack, tmp_path)).get("tool", {})
    assert comfy["PublisherId"] == "somebody" and comfy["Icon"] == "https://example.org/photostyle-nodes/raw/main/icon.svg"
    icon = ElementTree.parse(pack / "icon.svg").getroot()
    assert int(icon.get("width")) <= 800 and int(icon.get("height")) <= 400
    for forbidden in ("eval(", "exec(", "subprocess"):
        assert forbidden not in (pack / "__init__.py").read_text("utf-8")


def test_the_page_of_the_pack_lists_the_nodes(pack):
    page = (pack / "README.md").read_text("utf-8")
    assert all(f"| {node.title} |" in page for node in NODES)
    guide = (ROOT / "docs" / "comfyui.md").read_text("utf-8")
    assert all(f"**{node.title}**" in guide for node in NODES)


def test_a_pack_is_written_again_over_itself_and_over_nothing_else(pack, tmp_path, monkeypatch):
    make = importlib.import_module("make_comfy_pack")
    make.write_pack(pack, "somebody", "https://example.org/x")
    (tmp_path / "own.txt").write_text("mine")
    with pytest.raises(FileError, match="holds something else than this pack; name a new or empty folder"):
        make.write_pack(tmp_path, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["own.txt"]
