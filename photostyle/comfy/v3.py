"""The nodes as ComfyUI's V3 schema has them: `io.ComfyNode` with `define_schema` and `execute`, and an extension with all."""

import inspect
from typing import Any

from photostyle.comfy import host
from photostyle.comfy.definitions import CATEGORY, Input, Node
from photostyle.comfy.nodes import NODES

_TYPES = {
    "IMAGE": "Image",
    "MASK": "Mask",
    "INT": "Int",
    "FLOAT": "Float",
    "STRING": "String",
    "BOOLEAN": "Boolean",
    "COMBO": "Combo",
}


def extension(base: Any, io: Any) -> Any:
    """What `comfy_entrypoint` of a pack returns: an extension with all nodes.

    Args:
        base, io: ComfyUI's `ComfyExtension` and `io`, of `comfy_api.latest`.
    """
    host.register_folder()
    classes = [node_class(node, io) for node in NODES]

    class Photostyle(base):  # type: ignore[misc]  # of ComfyUI
        async def get_node_list(self) -> list[type]:
            return classes

    return Photostyle()


def node_class(node: Node, io: Any) -> type:
    """A node as a subclass of `io.ComfyNode`, which is not to be instantiated."""

    def define_schema(cls: type) -> Any:
        return io.Schema(
            node_id=node.id,
            display_name=node.title,
            category=CATEGORY,
            description=node.help,
            inputs=[_input(each, io) for each in node.inputs],
            outputs=[
                _type(each.type, io).Output(each.name, display_name=each.name, tooltip=each.help or None) for each in node.outputs
            ],
            is_output_node=node.writes,
        )

    def execute(cls: type, /, **values: Any) -> Any:
        return io.NodeOutput(*node(**values))

    members: dict[str, Any] = {"define_schema": classmethod(define_schema), "execute": classmethod(execute), "__doc__": node.help}
    if node.fingerprint is not None:
        of_values = node.fingerprint

        def fingerprint_inputs(cls: type, /, **values: Any) -> object:
            return of_values(**_own(node, values))

        members["fingerprint_inputs"] = classmethod(fingerprint_inputs)
    return type(node.id, (io.ComfyNode,), members)


def _own(node: Node, values: dict[str, Any]) -> dict[str, Any]:
    """Of what a node is given before it runs, its widgets."""
    names = {each.name for each in node.inputs if each.is_widget}
    return {name: value for name, value in values.items() if name in names}


def _type(name: str, io: Any) -> Any:
    return getattr(io, _TYPES[name]) if name in _TYPES else io.Custom(name)


def _input(each: Input, io: Any) -> Any:
    declared = _type(each.type, io).Input
    facts: dict[str, Any] = {"optional": each.optional, "tooltip": each.help}
    if each.advanced and _takes(declared, "advanced"):  # the first releases of V3 do not, and show all
        facts["advanced"] = True
    if each.is_widget and each.default is not None:
        facts["default"] = each.default
    if each.choices is not None:
        facts["options"] = list(each.choices())
    for name, value in (("min", each.low), ("max", each.high), ("step", each.step)):
        if value is not None:
            facts[name] = value
    return declared(each.name, **facts)


def _takes(declared: Any, name: str) -> bool:
    """Whether a class of inputs has a parameter of a name, or takes any."""
    parameters = inspect.signature(declared).parameters
    return name in parameters or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
