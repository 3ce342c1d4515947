"""The page of photostyle's public names, read from the source: signatures as they are written there, and docstrings."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import Field
from typing import Any

import photostyle
from photostyle.options import MethodOptions, Options
from photostyle.registry import find_method, method_names

_SECTIONS = ("Args", "Returns", "Raises", "Attributes", "Example")
_KINDS = (
    ("Functions", lambda value: inspect.isfunction(value)),
    ("Classes", lambda value: inspect.isclass(value) and not issubclass(value, Exception)),
    ("Errors", lambda value: inspect.isclass(value) and issubclass(value, Exception)),
)


def api_page(made: str) -> str:
    """The page: functions, classes and errors, then the options of all methods."""
    values = {name: getattr(photostyle, name) for name in photostyle.__all__ if name != "__version__"}
    parts = [
        "# Public names",
        made,
        "All are attributes of `photostyle`, loaded on first use; `photostyle.__version__` is the version.",
    ]
    for heading, is_of_kind in _KINDS:
        parts.append(f"## {heading}")
        for name, value in values.items():
            if is_of_kind(value):
                parts += _entry(name, value)
    parts += _options()
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    return "\n".join(lines)


def _entry(name: str, value: Any) -> list[str]:
    """The entry of a function or class, and of a class's public methods."""
    node = _source(value)
    if isinstance(node, ast.FunctionDef):
        return [f"### {name}", _code(_signature(node, name)), _docstring(value)]
    if issubclass(value, Exception):
        return [f"### {name}", _docstring(value)]
    assert isinstance(node, ast.ClassDef)
    parts = [f"### {name}"]
    signature = _constructor(value, node, name)
    if signature:
        parts.append(_code(signature))
    parts.append(_docstring(value))
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and (not member.name.startswith("_") or member.name == "__call__"):
            parts.append(_code(_member_signature(member, name)))
            parts.append(_docstring(getattr(value, member.name)))
    return parts


def _source(value: Any) -> ast.stmt:
    """The definition of a function or class as it is written."""
    return ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]


def _constructor(value: type, node: ast.ClassDef, name: str) -> str:
    """How an object is made: by its `__init__`, or by the fields of its dataclass; "" where it is abstract."""
    if inspect.isabstract(value):
        return ""
    fields = []
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return _signature(member, name)
        if isinstance(member, ast.AnnAssign) and "ClassVar" not in ast.unparse(member.annotation):
            fields.append(f"{ast.unparse(member.target)}: {_type(member.annotation)}{_field_default(member.value)}")
    return _call(name, fields)


def _field_default(value: ast.expr | None) -> str:
    """The default of a dataclass's field, as it follows the type."""
    if value is None:
        return ""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        for keyword in value.keywords:
            if keyword.arg == "default":
                return " = " + ast.unparse(keyword.value)
            if keyword.arg == "default_factory":
                return f" = {ast.unparse(keyword.value)}()".replace("dict()", "{}")
        return ""
    return " = " + ast.unparse(value).replace("'", '"')


def _member_signature(member: ast.FunctionDef, owner: str) -> str:
    """The signature of a method or property; what is called on the class has the class's name before it."""
    decorators = [ast.unparse(decorator) for decorator in member.decorator_list]
    if any(decorator.endswith("property") for decorator in decorators):
        return f".{member.name}: {_type(member.returns)}"
    if "classmethod" in decorators or "staticmethod" in decorators:
        return _signature(member, f"{owner}.{member.name}")
    return _signature(member, f".{member.name}")


def _signature(node: ast.FunctionDef, name: str) -> str:
    """A signature with the types as they are written, without self."""
    text = _call(name, [each for each in _arguments(node.args) if each not in ("self", "cls")])
    if node.returns is not None and node.name != "__init__":
        text += f" -> {_type(node.returns)}"
    return text


def _arguments(arguments: ast.arguments) -> list[str]:
    """The arguments of a function, each as it is written."""
    places = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(places) - len(arguments.defaults)) + list(arguments.defaults)
    made = [_argument(place, default) for place, default in zip(places, defaults, strict=True)]
    if arguments.vararg is not None:
        made.append("*" + _argument(arguments.vararg, None))
    elif arguments.kwonlyargs:
        made.append("*")
    for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        made.append(_argument(name, default))
    if arguments.kwarg is not None:
        made.append("**" + _argument(arguments.kwarg, None))
    return made


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    text = argument.arg
    if argument.annotation is not None:
        text += f": {_type(argument.annotation)}"
    if default is not None:
        text += f" = {ast.unparse(default)}".replace("'", '"')
    return text


def _call(name: str, arguments: Sequence[str]) -> str:
    """A name and its arguments, one a line where they are long."""
    text = ", ".join(arguments)
    if len(name) + len(text) <= 100:
        return f"{name}({text})"
    return f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _type(node: ast.expr | None) -> str:
    """A type as it is written, without the quotes of forward references."""
    if node is None:
        return "None"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ast.unparse(node).replace("'", '"')


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _docstring(value: Any) -> str:
    """A docstring as Markdown: its sections under headings, what they list as lists, its example as code."""
    text, _, example = (inspect.getdoc(value) or "").partition(">>> ")
    parts = re.split(rf"^({'|'.join(_SECTIONS)}|Args, raises):(.*)$", text, flags=re.M)
    made = [parts[0].strip()]
    for name, rest, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        body = textwrap.dedent(body).strip()
        if re.match(r"\*{0,2}\w[\w, ]*: ", body) and name in ("Args", "Raises", "Attributes"):
            made.append(f"*{name}*\n\n{_list(body)}")
        elif rest or body:
            made.append(f"*{name}*: {rest.strip()}{body}")
    if example:
        made.append(_code(textwrap.dedent(" " * _indent(text) + ">>> " + example).strip()))
    return "\n\n".join(part for part in made if part)


def _indent(text: str) -> int:
    """How far in the line begins that the text breaks off in."""
    return len(text) - len(text.rstrip(" "))


def _list(body: str) -> str:
    """What a section lists as a Markdown list: an item for each line that is not indented."""
    items: list[str] = []
    for line in body.splitlines():
        if line and not line.startswith(" "):
            name, sign, rest = line.partition(": ")
            items.append(f"- `{name}`: {rest}" if sign else f"- {line}")
        else:
            items.append(f"  {line.strip()}" if line.strip().startswith("- ") else "  " + line[4:])
    return "\n".join(item.rstrip() for item in items)


def _options() -> list[str]:
    """Tables of the options: those of all methods by group, then those of each."""
    parts = ["## Options of a transfer"]
    parts.append(
        "Given by name to `transfer`, `measure`, `relight` and `Options`, as columns of a batch's manifest, and on the command "
        "line (with `-` for `_`; `pairs` is `--pair` there)."
    )
    groups: dict[str, list[Field[Any]]] = {}
    for name, field in Options.fields_by_name().items():
        if name != "settings":
            groups.setdefault(field.metadata["group"], []).append(field)
    for heading, fields in groups.items():
        parts += [f"### {heading}", _option_table(Options, fields)]
    for name in method_names():
        method = find_method(name)
        parts += [f"### Only of the method {name}", f"{method.summary[:1].upper()}{method.summary[1:]}."]
        parts.append(_option_table(method.own_options, list(method.own_options.fields_by_name().values())))
    return parts


def _option_table(owner: type, fields: Sequence[Field[Any]]) -> str:
    types = _written_types(owner)
    rows = []
    for field in fields:
        default = field.metadata["usual"] or _said(field.default)
        kind = types[field.name].replace(" | ", " or ")
        rows.append((f"`{field.name}`", kind, default, _range(field), field.metadata["help"]))
    return table(("option", "type", "default", "range", ""), rows)


def _written_types(owner: type) -> dict[str, str]:
    """The types of a dataclass's fields as they are written, inherited ones too; aliases of choices by what they are."""
    types: dict[str, str] = {}
    for each in reversed(owner.__mro__):
        if each is object or not issubclass(each, MethodOptions | Options):
            continue
        module = importlib.import_module(each.__module__)
        for member in _source(each).body:  # type: ignore[attr-defined]
            if isinstance(member, ast.AnnAssign):
                types[ast.unparse(member.target)] = _spelled_out(_type(member.annotation), module)
    return types


def _spelled_out(text: str, module: Any) -> str:
    alias = getattr(module, text, None)
    if alias is not None and not isinstance(alias, type):
        text = str(alias).replace("typing.", "").replace("collections.abc.", "")
    if text.startswith("Literal["):
        choices = ast.literal_eval(text.removeprefix("Literal")) if alias is None else alias.__args__
        return " or ".join(repr(choice) for choice in choices)
    return text


def _said(default: Any) -> str:
    return "" if default is None else f"`{default!r}`"


def _range(field: Field[Any]) -> str:
    low, high = field.metadata["low"], field.metadata["high"]
    if low is None and high is None:
        return ""
    return f"{low} to {high}"
