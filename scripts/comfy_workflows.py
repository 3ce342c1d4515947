"""Workflow files of ComfyUI, laid out from a list of nodes and of what is joined; for the pack that make_comfy_pack.py writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from photostyle.comfy.definitions import Input, Node, Output
from photostyle.comfy.nodes import NODES

COLUMN, ROW = 420, 60  # pixels between nodes
WIDTH, LINE = 340, 26  # of a node, and of each of its slots and widgets
PICTURE = 320  # pixels more, where a node shows a picture


def _core(id: str, inputs: Sequence[Input], outputs: Sequence[Output]) -> Node:
    return Node(id, id, "", tuple(inputs), tuple(outputs), run=lambda **values: ())


# Nodes of ComfyUI itself, as far as the workflows use them.
CORE = (
    _core(
        "LoadImage",
        [Input("image", "COMBO", ""), Input("upload", "STRING", "", "image")],  # the second is the page's button
        [Output("IMAGE", "IMAGE"), Output("MASK", "MASK")],
    ),
    _core("PreviewImage", [Input("images", "IMAGE", "")], []),
    _core("SaveImage", [Input("images", "IMAGE", ""), Input("filename_prefix", "STRING", "", "photostyle/relit")], []),
    _core("LoadVideo", [Input("file", "COMBO", ""), Input("upload", "STRING", "", "image")], [Output("VIDEO", "VIDEO")]),
    _core(
        "GetVideoComponents",
        [Input("video", "VIDEO", "")],
        [Output("images", "IMAGE"), Output("audio", "AUDIO"), Output("fps", "FLOAT")],
    ),
    _core(
        "CreateVideo",
        [Input("images", "IMAGE", ""), Input("audio", "AUDIO", ""), Input("fps", "FLOAT", "", 30.0)],
        [Output("VIDEO", "VIDEO")],
    ),
    _core(
        "SaveVideo",
        [
            Input("video", "VIDEO", ""),
            Input("filename_prefix", "STRING", "", "photostyle/clip"),
            Input("format", "COMBO", "", "auto"),
            Input("codec", "COMBO", "", "auto"),
        ],
        [],
    ),
)
KNOWN = {node.id: node for node in (*NODES, *CORE)}
WITH_PICTURE = ("LoadImage", "PreviewImage", "SaveImage", "LoadVideo", "SaveVideo")


@dataclass(frozen=True)
class Placed:
    """A node of a workflow.

    Args:
        name: by which others are joined to it.
        type: the node's id.
        column: from the left, from 0.
        joined: name of an input -> ("name of a node", "name of its output").
        values: of widgets, by name; the others have their defaults.
    """

    name: str
    type: str
    column: int
    joined: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def workflow(placed: Sequence[Placed]) -> dict[str, Any]:
    """The workflow as ComfyUI's page opens it (schema 0.4).

    Raises:
        KeyError: a node, an input, an output or a widget that is named is not there.
    """
    ids = {each.name: number for number, each in enumerate(placed, 1)}
    types = {each.name: KNOWN[each.type] for each in placed}
    links: list[list[Any]] = []
    nodes = []
    bottoms: dict[int, int] = {}
    for order, each in enumerate(placed):
        node = KNOWN[each.type]
        _check_names(each, node)
        sockets = []
        for slot, socket in enumerate(one for one in node.inputs if not one.is_widget or one.name in each.joined):
            link = None
            if socket.name in each.joined:
                source, output = each.joined[socket.name]
                place = [one.name for one in types[source].outputs].index(output)
                link = len(links) + 1
                links.append([link, ids[source], place, ids[each.name], slot, socket.type])
            facts: dict[str, Any] = {"name": socket.name, "type": socket.type, "link": link}
            if socket.is_widget:
                facts["widget"] = {"name": socket.name}
            sockets.append(facts)
        widgets = [each.values.get(one.name, one.default) for one in node.inputs if one.is_widget]
        height = LINE * (len(sockets) + len(widgets) + 2) + (PICTURE if each.type in WITH_PICTURE else 0)
        top = bottoms.get(each.column, 0)
        bottoms[each.column] = top + height + ROW
        nodes.append(
            {
                "id": ids[each.name],
                "type": each.type,
                "pos": [COLUMN * each.column, top],
                "size": [WIDTH, height],
                "flags": {},
                "order": order,
                "mode": 0,
                "inputs": sockets,
                "outputs": [{"name": one.name, "type": one.type, "links": []} for one in node.outputs],
                "properties": {"Node name for S&R": each.type},
                "widgets_values": widgets,
            }
        )
    for link, source, place, *_ in links:
        nodes[source - 1]["outputs"][place]["links"].append(link)
    return {
        "last_node_id": len(nodes),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _check_names(placed: Placed, node: Node) -> None:
    names = {each.name for each in node.inputs}
    unknown = {*placed.joined, *placed.values} - names
    if unknown:
        raise KeyError(f"{node.id} has no inputs {sorted(unknown)}; it has {sorted(names)}")


_PHOTOS = (
    Placed("photo", "LoadImage", 0, values={"image": "day.jpg"}),
    Placed("style", "LoadImage", 0, values={"image": "sunset.jpg"}),
)
_CONTENT = {"content": ("photo", "IMAGE"), "style": ("style", "IMAGE")}
_APPLIED = {"image": ("photo", "IMAGE"), "transform": ("found", "transform")}
_SAVED = Placed("saved", "SaveImage", 3, {"images": ("applied", "image")})

WORKFLOWS: dict[str, tuple[Placed, ...]] = {
    "relight": (
        *_PHOTOS,
        Placed("found", "PhotostyleSolve", 1, _CONTENT),
        Placed("applied", "PhotostyleApply", 2, _APPLIED),
        _SAVED,
    ),
    "regions": (
        *_PHOTOS,
        Placed("ours", "PhotostyleFindRegions", 1, {"image": ("photo", "IMAGE")}),
        Placed("theirs", "PhotostyleFindRegions", 1, {"image": ("style", "IMAGE")}),
        Placed("tints", "PreviewImage", 2, {"images": ("ours", "overlay")}),
        Placed("style tints", "PreviewImage", 2, {"images": ("theirs", "overlay")}),
        Placed(
            "found",
            "PhotostyleSolve",
            2,
            {**_CONTENT, "content_regions": ("ours", "regions"), "style_regions": ("theirs", "regions")},
        ),
        Placed("applied", "PhotostyleApply", 3, _APPLIED, {"strength_by_region": "sky=0.6"}),
        Placed("saved", "SaveImage", 4, {"images": ("applied", "image")}),
    ),
    "look": (
        *_PHOTOS,
        Placed("look", "PhotostyleMeasureLook", 1, {"style": ("style", "IMAGE")}),
        Placed("kept", "PhotostyleSaveLook", 2, {"look": ("look", "look")}, {"prefix": "photostyle/sunset"}),
        Placed("found", "PhotostyleSolve", 2, {"content": ("photo", "IMAGE"), "look": ("look", "look")}),
        Placed("applied", "PhotostyleApply", 3, _APPLIED),
        Placed("saved", "SaveImage", 4, {"images": ("applied", "image")}),
    ),
    "paint": (
        *_PHOTOS,
        Placed("found", "PhotostylePaint", 1, _CONTENT, {"fast": True}),
        Placed("applied", "PhotostyleApply", 2, _APPLIED),
        _SAVED,
    ),
    "restore": (
        _PHOTOS[0],
        Placed("found", "PhotostyleNetwork", 1, {"content": ("photo", "IMAGE")}, {"network": "restore"}),
        Placed("applied", "PhotostyleApply", 2, _APPLIED),
        _SAVED,
    ),
    "clip": (
        Placed("film", "LoadVideo", 0, values={"file": "clip.mp4"}),
        Placed("style", "LoadImage", 0, values={"image": "sunset.jpg"}),
        Placed("parts", "GetVideoComponents", 1, {"video": ("film", "VIDEO")}),
        Placed("found", "PhotostyleSolveClip", 2, {"frames": ("parts", "images"), "style": ("style", "IMAGE")}),
        Placed("applied", "PhotostyleApply", 3, {"image": ("parts", "images"), "transform": ("found", "transform")}),
        Placed(
            "made",
            "CreateVideo",
            4,
            {"images": ("applied", "image"), "audio": ("parts", "audio"), "fps": ("parts", "fps")},
        ),
        Placed("saved", "SaveVideo", 5, {"video": ("made", "VIDEO")}),
    ),
}
