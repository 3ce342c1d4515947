"""A small stand-in of ComfyUI, written from its documentation: the V3 and V1 schemas, its folders, and the running of workflows.

Strict where ComfyUI is: nodes run in inference mode, inputs have the parameters that are documented and no others, links join
equal types, and values lie in their ranges. What a node made is kept until one of its inputs changes.
"""

import asyncio
import enum
import importlib.util
import inspect
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

SHARED = ("display_name", "optional", "tooltip", "lazy", "raw_link", "advanced")
OF_WIDGETS = (*SHARED, "default", "socketless", "force_input")
PARAMETERS = {
    "INT": (*OF_WIDGETS, "min", "max", "step", "display_mode", "control_after_generate"),
    "FLOAT": (*OF_WIDGETS, "min", "max", "step", "round", "display_mode"),
    "STRING": (*OF_WIDGETS, "multiline", "placeholder", "dynamic_prompts"),
    "BOOLEAN": (*OF_WIDGETS, "label_on", "label_off"),
    "COMBO": (*OF_WIDGETS, "options", "control_after_generate"),
}


class Interrupted(BaseException):
    """Raised in a node whose run the user interrupts."""


class Refused(Exception):
    """ComfyUI does not start a workflow that is wrong."""


class Declared:
    """An input or an output of the V3 schema."""

    def __init__(self, io_type, id, facts):
        self.io_type, self.id, self.facts = io_type, id, facts


def declared_type(io_type):
    """A type of the V3 schema, such as io.Image."""

    class Input(Declared):
        def __init__(self, id, **facts):
            unknown = set(facts) - set(PARAMETERS.get(io_type, SHARED))
            assert isinstance(id, str) and not unknown, f"{io_type}.Input takes no {unknown}"
            super().__init__(io_type, id, facts)

    class Output(Declared):
        def __init__(self, id=None, display_name=None, tooltip=None, is_output_list=False):
            super().__init__(io_type, id, {"display_name": display_name, "tooltip": tooltip})

    return types.SimpleNamespace(io_type=io_type, Input=Input, Output=Output)


@dataclass
class Schema:
    node_id: str
    display_name: str | None = None
    category: str = "sd"
    description: str = ""
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    hidden: list = field(default_factory=list)
    search_aliases: list = field(default_factory=list)
    is_output_node: bool = False


class NodeOutput:
    def __init__(self, *args, ui=None):
        self.args, self.ui = args, ui


class ComfyNode:
    @classmethod
    def define_schema(cls):
        raise NotImplementedError

    @classmethod
    def execute(cls, **values):
        raise NotImplementedError


class ComfyExtension:
    async def on_load(self):
        """Called when the extension is loaded."""

    async def get_node_list(self):
        raise NotImplementedError


@dataclass
class Spec:
    """What ComfyUI knows of a node, of whichever schema: name -> (type, facts) of inputs, types of outputs, how to run it."""

    required: dict
    optional: dict
    outputs: list
    output_names: list
    run: object
    fingerprint: object
    is_output: bool

    @property
    def inputs(self):
        return self.required | self.optional

    def widgets(self):
        return [name for name, (kind, _) in self.inputs.items() if kind in PARAMETERS]


def spec_of_v3(cls):
    schema = cls.define_schema()
    sides = {True: {}, False: {}}
    for each in schema.inputs:
        sides[bool(each.facts.get("optional"))][each.id] = (each.io_type, each.facts)
    assert len({each.id for each in schema.inputs}) == len(schema.inputs)

    def run(**values):
        made = cls.execute(**values)
        assert isinstance(made, NodeOutput)
        return made.args

    outputs = [each.io_type for each in schema.outputs]
    names = [each.facts["display_name"] for each in schema.outputs]
    fingerprint = getattr(cls, "fingerprint_inputs", None)
    return Spec(sides[False], sides[True], outputs, names, run, fingerprint, schema.is_output_node)


def spec_of_v1(cls):
    groups = {}
    for group in ("required", "optional"):
        groups[group] = {}
        for name, (kind, *facts) in cls.INPUT_TYPES().get(group, {}).items():
            own = dict(facts[0]) if facts else {}
            if isinstance(kind, list):
                kind, own = "COMBO", own | {"options": kind}
            groups[group][name] = (kind, own)

    def run(**values):
        made = getattr(cls(), cls.FUNCTION)(**values)
        assert isinstance(made, tuple)
        return made

    names = list(getattr(cls, "RETURN_NAMES", cls.RETURN_TYPES))
    fingerprint = getattr(cls, "IS_CHANGED", None)
    return Spec(
        groups["required"],
        groups["optional"],
        list(cls.RETURN_TYPES),
        names,
        run,
        fingerprint,
        getattr(cls, "OUTPUT_NODE", False),
    )


class ComfyUI:
    """The program: its folders, its nodes, and what it shows while it runs."""

    def __init__(self, root: Path, monkeypatch, schema: str = "v3"):
        self.root = root
        self.classes = {}
        self.bars = []  # (value, total, preview) of each bar, in order
        self.videos = []  # that were saved
        self.interrupt_after = None  # so many questions whether the user has interrupted
        self.kept = {}
        self.ran = []  # ids of the nodes that ran, in order
        for name in ("models", "input", "output"):
            (root / name).mkdir()
        for name, module in self._modules(schema).items():
            monkeypatch.setitem(sys.modules, name, module)
        if schema != "v3":
            monkeypatch.setitem(sys.modules, "comfy_api", None)
        self._add_core()

    def _modules(self, schema):
        comfy, management, utils = (types.ModuleType(f"comfy{name}") for name in ("", ".model_management", ".utils"))
        comfy.model_management, comfy.utils = management, utils
        management.get_torch_device = lambda: torch.device("cpu")
        management.throw_exception_if_processing_interrupted = self._ask
        utils.ProgressBar = self._bar_class()
        modules = {"comfy": comfy, "comfy.model_management": management, "comfy.utils": utils, "folder_paths": self._folders()}
        if schema == "v3":
            kinds = {"Image": "IMAGE", "Mask": "MASK", "Int": "INT", "Float": "FLOAT", "String": "STRING", "Boolean": "BOOLEAN"}
            io = types.SimpleNamespace(**{name: declared_type(kind) for name, kind in (kinds | {"Combo": "COMBO"}).items()})
            io.Custom, io.Schema, io.NodeOutput, io.ComfyNode = declared_type, Schema, NodeOutput, ComfyNode
            io.Hidden = enum.Enum("Hidden", "unique_id prompt")
            latest = types.ModuleType("comfy_api.latest")
            latest.io, latest.ComfyExtension = io, ComfyExtension
            modules |= {"comfy_api": types.ModuleType("comfy_api"), "comfy_api.latest": latest}
        return modules

    def _ask(self):
        if self.interrupt_after is not None:
            self.interrupt_after -= 1
            if self.interrupt_after < 0:
                raise Interrupted

    def _bar_class(comfy):  # noqa: N805
        class ProgressBar:
            def __init__(self, total, node_id=None):
                self.shown = []
                comfy.bars.append(self.shown)

            def update_absolute(self, value, total=None, preview=None):
                self.shown.append((value, total, preview))

        return ProgressBar

    def _folders(self):
        paths = types.ModuleType("folder_paths")
        known = {}
        paths.models_dir = str(self.root / "models")
        paths.get_output_directory = lambda: str(self.root / "output")
        paths.get_input_directory = lambda: str(self.root / "input")
        paths.add_model_folder_path = lambda name, path: known.setdefault(name, []).append(path)

        def names(kind):
            found = []
            for top in known[kind]:
                found += [path.relative_to(top).as_posix() for path in Path(top).rglob("*") if path.is_file()]
            return sorted(set(found))

        def full_path(kind, name):
            return next((str(Path(top) / name) for top in known[kind] if (Path(top) / name).is_file()), None)

        def save_path(prefix, top):
            folder = Path(top) / Path(prefix).parent
            if not folder.resolve().is_relative_to(Path(top).resolve()):
                raise Exception("Saving image outside the output folder is not allowed.")
            folder.mkdir(parents=True, exist_ok=True)
            name = Path(prefix).name
            numbers = [int(path.name[len(name) + 1 :].split("_")[0]) for path in folder.glob(f"{name}_*")]
            return str(folder), name, max(numbers, default=0) + 1, Path(prefix).parent.as_posix(), prefix

        paths.get_filename_list, paths.get_full_path, paths.get_save_image_path = names, full_path, save_path
        return paths

    def _add_core(comfy):  # noqa: N805
        """The nodes of ComfyUI itself that workflows begin and end with."""

        class LoadImage:
            RETURN_TYPES, FUNCTION = ("IMAGE", "MASK"), "load"

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                return {"required": {"image": (sorted(path.name for path in (comfy.root / "input").glob("*.*")), {})}}

            def load(self, image):
                picture = Image.open(comfy.root / "input" / image)
                pixels = torch.from_numpy(np.array(picture.convert("RGB"), np.float32) / 255)[None]
                mask = torch.zeros(1, 64, 64)
                if "A" in picture.getbands():
                    mask = 1 - torch.from_numpy(np.array(picture.getchannel("A"), np.float32) / 255)[None]
                return pixels, mask

        class SaveImage:
            RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "save", True

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                return {"required": {"images": ("IMAGE",), "filename_prefix": ("STRING", {"default": "ComfyUI"})}}

            def save(self, images, filename_prefix):
                import folder_paths

                for image in images:
                    folder, name, counter, *_ = folder_paths.get_save_image_path(filename_prefix, str(comfy.root / "output"))
                    codes = (image.numpy() * 255).round().astype(np.uint8)
                    Image.fromarray(codes).save(Path(folder) / f"{name}_{counter:05}_.png")
                return ()

        class PreviewImage:
            RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "show", True

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                return {"required": {"images": ("IMAGE",)}}

            def show(self, images):
                assert images.ndim == 4 and 0 <= images.min() and images.max() <= 1
                return ()

        class LoadVideo:
            RETURN_TYPES, FUNCTION = ("VIDEO",), "load"

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                return {"required": {"file": (sorted(path.name for path in (comfy.root / "input").glob("*.mp4")), {})}}

            def load(self, file):
                return (comfy.root / "input" / file,)

        class GetVideoComponents:
            """A film is a picture here, of which each frame shows a part."""

            RETURN_TYPES, FUNCTION = ("IMAGE", "AUDIO", "FLOAT"), "read"

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                return {"required": {"video": ("VIDEO",)}}

            def read(self, video):
                whole = torch.from_numpy(np.array(Image.open(video), np.float32) / 255)
                return torch.stack([whole[:, place : place + 80] for place in range(4)]), {"sample_rate": 48000}, 12.5

        class CreateVideo:
            RETURN_TYPES, FUNCTION = ("VIDEO",), "make"

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                fps = ("FLOAT", {"default": 30.0, "min": 1.0, "max": 120.0})
                return {"required": {"images": ("IMAGE",), "fps": fps}, "optional": {"audio": ("AUDIO",)}}

            def make(self, images, fps, audio=None):
                return ((images, fps, audio),)

        class SaveVideo:
            RETURN_TYPES, FUNCTION, OUTPUT_NODE = (), "save", True

            @classmethod
            def INPUT_TYPES(cls):  # noqa: N802
                choices = {name: (["auto"], {}) for name in ("format", "codec")}
                return {"required": {"video": ("VIDEO",), "filename_prefix": ("STRING", {}), **choices}}

            def save(self, video, **_):
                comfy.videos.append(video)
                return ()

        core = (LoadImage, SaveImage, PreviewImage, LoadVideo, GetVideoComponents, CreateVideo, SaveVideo)
        comfy.classes |= {cls.__name__: cls for cls in core}

    def load_pack(self, folder: Path):
        """Import a pack from `custom_nodes` as ComfyUI does: V1 mappings where there are any, else the V3 entry point."""
        module_spec = importlib.util.spec_from_file_location(f"pack_{folder.name}", folder / "__init__.py")
        pack = importlib.util.module_from_spec(module_spec)
        module_spec.loader.exec_module(pack)
        mappings = getattr(pack, "NODE_CLASS_MAPPINGS", None)
        entry = getattr(pack, "comfy_entrypoint", None)
        assert (mappings is None) != (entry is None), "a pack registers its nodes in one way"
        if mappings is not None:
            self.classes |= mappings
            return pack
        made = entry()
        extension = asyncio.run(made) if inspect.isawaitable(made) else made
        assert isinstance(extension, ComfyExtension)
        for cls in asyncio.run(extension.get_node_list()):
            self.classes[cls.define_schema().node_id] = cls
        return pack

    def spec(self, kind: str) -> Spec:
        cls = self.classes[kind]
        return spec_of_v3(cls) if issubclass(cls, ComfyNode) else spec_of_v1(cls)

    def prompt_of(self, workflow: dict) -> dict:
        """The prompt that the page makes of a workflow: values of widgets by their places, links by their numbers."""
        links = {link[0]: link for link in workflow["links"]}
        prompt = {}
        for node in workflow["nodes"]:
            spec = self.spec(node["type"])
            inputs = dict(zip(spec.widgets(), node["widgets_values"], strict=False))
            for slot, each in enumerate(node["inputs"]):
                assert each["type"] == spec.inputs[each["name"]][0]
                if each["link"] is not None:
                    _, source, place, target, target_slot, kind = links[each["link"]]
                    assert (target, target_slot, kind) == (node["id"], slot, each["type"])
                    inputs[each["name"]] = [str(source), place]
            assert [output["type"] for output in node["outputs"]] == spec.outputs
            prompt[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
        return prompt

    def run(self, prompt: dict) -> dict:
        """Run a prompt; the outputs of each node by its id. Only what has changed since the last run is done again."""
        self.check(prompt)
        wanted = [id for id, node in prompt.items() if self.spec(node["class_type"]).is_output]
        if not wanted:
            raise Refused("Prompt has no outputs")
        made = {}
        for id in wanted:
            self._make(id, prompt, made)
        return {id: outputs for id, (_, outputs) in made.items()}

    def check(self, prompt: dict):
        for id, node in prompt.items():
            spec = self.spec(node["class_type"])
            missing = spec.required.keys() - node["inputs"].keys()
            unknown = node["inputs"].keys() - spec.inputs.keys()
            if missing or unknown:
                raise Refused(f"{node['class_type']}: missing {missing}, unknown {unknown}")
            for name, value in node["inputs"].items():
                self._check_value(f"{node['class_type']} {id} {name}", *spec.inputs[name], value, prompt)

    def _check_value(self, where, kind, facts, value, prompt):
        if isinstance(value, list):
            source = self.spec(prompt[value[0]]["class_type"]).outputs[value[1]]
            if source != kind:
                raise Refused(f"{where}: {source} is joined to {kind}")
        elif kind == "COMBO" and value not in facts["options"]:
            raise Refused(f"{where}: Value not in list: {value!r}")
        elif kind in ("INT", "FLOAT") and not facts.get("min", value) <= value <= facts.get("max", value):
            raise Refused(f"{where}: {value} lies outside {facts.get('min')} to {facts.get('max')}")
        elif kind not in PARAMETERS:
            raise Refused(f"{where}: {kind} must be connected")

    def _make(self, id, prompt, made):
        if id in made:
            return made[id]
        node = prompt[id]
        spec = self.spec(node["class_type"])
        values, key = {}, [node["class_type"]]
        for name, value in sorted(node["inputs"].items()):
            if isinstance(value, list):
                source_key, outputs = self._make(value[0], prompt, made)
                values[name] = outputs[value[1]]
                key.append((name, source_key, value[1]))
            else:
                values[name] = value
                key.append((name, value))
        if spec.fingerprint is not None:
            key.append(spec.fingerprint(**{name: value for name, value in node["inputs"].items() if not isinstance(value, list)}))
        key = repr(key)
        if key not in self.kept:
            self.ran.append(id)
            with torch.inference_mode():
                outputs = spec.run(**values)
            assert len(outputs) == len(spec.outputs)
            self.kept[key] = outputs
        made[id] = (key, self.kept[key])
        return made[id]


@pytest.fixture
def comfyui(tmp_path, monkeypatch):
    """A ComfyUI of the V3 schema with photostyle's nodes, as its entry point gives them."""
    from photostyle.comfy import v3

    comfy = ComfyUI(tmp_path, monkeypatch)
    latest = sys.modules["comfy_api.latest"]
    extension = v3.extension(latest.ComfyExtension, latest.io)
    comfy.classes |= {cls.define_schema().node_id: cls for cls in asyncio.run(extension.get_node_list())}
    return comfy


@pytest.fixture
def comfyui_of(tmp_path, monkeypatch):
    """Makes a ComfyUI of a schema, "v3" or "v1", without photostyle's nodes."""
    return lambda schema: ComfyUI(tmp_path, monkeypatch, schema)
