"""The nodes as ComfyUI's V1 schema has them, for a ComfyUI without V3: classes with `INPUT_TYPES`, and the two mappings."""

from typing import Any

from photostyle.comfy import host
from photostyle.comfy.definitions import CATEGORY, Input, Node
from photostyle.comfy.nodes import NODES


def mappings() -> tuple[dict[str, type], dict[str, str]]:
    """NODE_CLASS_MAPPINGS and NODE_DISPLAY_NAME_MAPPINGS of a pack."""
    host.register_folder()
    return {node.id: node_class(node) for node in NODES}, {node.id: node.title for node in NODES}


def node_class(node: Node) -> type:
    """A node as a class of the V1 schema."""

    def input_types(cls: type) -> dict[str, dict[str, Any]]:
        groups: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
        for each in node.inputs:
            groups["optional" if each.optional else "required"][each.name] = _input(each)
        return groups

    def execute(self: object, **values: Any) -> tuple[Any, ...]:
        return node(**values)

    members: dict[str, Any] = {
        "INPUT_TYPES": classmethod(input_types),
        "RETURN_TYPES": tuple(each.type for each in node.outputs),
        "RETURN_NAMES": tuple(each.name for each in node.outputs),
        "OUTPUT_TOOLTIPS": tuple(each.help for each in node.outputs),
        "FUNCTION": "execute",
        "CATEGORY": CATEGORY,
        "DESCRIPTION": node.help,
        "OUTPUT_NODE": node.writes,
        "execute": execute,
        "__doc__": node.help,
    }
    if node.fingerprint is not None:
        of_values = node.fingerprint
        names = {each.name for each in node.inputs if each.is_widget}

        def is_changed(cls: type, /, **values: Any) -> object:
            return of_values(**{name: value for name, value in values.items() if name in names})

        members["IS_CHANGED"] = classmethod(is_changed)
    return type(node.id, (), members)


def _input(each: Input) -> tuple[Any, ...]:
    facts: dict[str, Any] = {"tooltip": each.help}
    if each.advanced:
        facts["advanced"] = True
    if each.is_widget and each.default is not None:
        facts["default"] = each.default
    for name, value in (("min", each.low), ("max", each.high), ("step", each.step)):
        if value is not None:
            facts[name] = value
    if each.choices is not None:
        return (list(each.choices()), facts)
    return (each.type, facts)
