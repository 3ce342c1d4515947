"""Networks that users have trained: files known by their facts, and by name where they lie in photostyle's own folder.

Nothing here loads torch: a card is read from the head of its file.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from photostyle.errors import FileError, ModelError
from photostyle.models.files import locate, model_folder
from photostyle.models.known import MODELS, names
from photostyle.tensor_file import BROKEN, KEY, REMEDIES, FileKind, check_header
from photostyle.whole_file import replacing

NETWORKS = FileKind("network", 1, REMEDIES["network"])
SUFFIX = ".safetensors"
NetworkKind = Literal["styles", "any", "sets", "other"]
PHOTO = "photo"  # the style that is the photo itself


def trained_folder() -> Path:
    """Where networks lie that can be called by their names."""
    return model_folder() / "networks"


def trained_networks() -> dict[str, Path]:
    """The networks in photostyle's own folder: name -> file."""
    return {path.stem: path for path in sorted(trained_folder().glob(f"*{SUFFIX}"))}


def named_networks() -> dict[str, Path]:
    """The networks that can be called by their names: those that ship, then those in photostyle's own folder; name -> file."""
    shipped = {name: path for name in names("network") if (path := locate(name)) is not None}
    return shipped | {name: path for name, path in trained_networks().items() if name not in MODELS}


def find_network(name: str) -> Path:
    """The file of a network: a path, or the name of one that ships or lies in photostyle's own folder.

    Raises:
        ModelError: there is none.
    """
    if name.lower().endswith(SUFFIX) or Path(name).is_file():
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelError(f"{name}: no such network; train one (photostyle train), or give its file", option="network")
        return path
    known = named_networks()
    if name not in known:
        there = f"there are {', '.join(known)}" if known else "there are none yet"
        raise ModelError(
            f"no trained network is called {name!r} ({there}); give its file, or: photostyle models add FILE", option="network"
        )
    return known[name]


def network_facts(path: Path) -> dict[str, Any]:
    """What the head of a network's file says: architecture, shape, styles and card.

    Raises:
        FileError: it is no network.
    """
    from safetensors import SafetensorError, safe_open

    check_header(path, NETWORKS.name)
    try:
        with safe_open(path, "numpy") as file:
            facts = dict(json.loads(file.metadata()[KEY]))
        facts["styles"] = [str(name) for name in facts["styles"]]
        facts["shape"] = dict(facts["shape"])
        facts["card"] = dict(facts["card"])
    except (SafetensorError, *BROKEN) as error:
        raise NETWORKS.broken(path, error) from error
    return facts


def kind_of_network(facts: Mapping[str, Any]) -> NetworkKind:
    """What a network does, by the head of its file: paints in styles of its own, in any style, which is given as a picture,
    translates between two sets of pictures, or is none of these."""
    if facts["architecture"] == "translator":
        return "sets"
    if facts["architecture"] != "stylizer":
        return "other"
    return "any" if facts["shape"].get("numbers", 0) else "styles"


def paints_any_style(path: Path) -> bool:
    """Whether a network's file is one for any style, which is then given as a picture.

    Raises:
        FileError: it is no network.
    """
    return kind_of_network(network_facts(path)) == "any"


def translates(path: Path) -> bool:
    """Whether a network's file is one of generators between two sets of pictures.

    Raises:
        FileError: it is no network.
    """
    return kind_of_network(network_facts(path)) == "sets"


def described_styles(facts: Mapping[str, Any]) -> str:
    """What styles a network has, for people, such as "2 styles: monet, ink"."""
    styles = facts["styles"]
    kind = kind_of_network(facts)
    if kind == "sets":
        return f"{styles[0]} to {styles[1]} (AtoB), {styles[1]} to {styles[0]} (BtoA)"
    if kind == "any":
        return "any style, by a picture of it"
    return f"{len(styles)} {'style' if len(styles) == 1 else 'styles'}: {', '.join(styles)}"


def network_card(path: Path) -> str:
    """The card of a trained network as Markdown.

    Raises:
        FileError: it is no network.
    """
    facts = network_facts(path)
    shape = ", ".join(f"{name} {value}" for name, value in facts["shape"].items())
    lines = [f"# {facts['card'].get('name', path.stem)}: a trained network", ""]
    lines += [
        f"- **Network**: {facts['architecture']} ({shape})",
        f"- **Styles**: {described_styles(facts)}",
        f"- **Size**: {path.stat().st_size / 1e6:.1f} MB",
    ]
    for name, value in facts["card"].items():
        if name != "name":
            lines.append(f"- **{name.capitalize()}**: {_as_text(value)}")
    return "\n".join(lines) + "\n"


def add_network(path: Path, name: str | None = None) -> Path:
    """Copy a network into photostyle's own folder, so that it can be called by its name.

    Raises:
        FileError: it is no network, or cannot be written there.
        ModelError: a network that photostyle knows has that name.
    """
    check_header(path, NETWORKS.name)
    name = name or path.stem
    if name in MODELS or not name or "/" in name or name.startswith("."):
        raise ModelError(f"a trained network cannot be called {name!r}; give another name")
    target = trained_folder() / f"{name}{SUFFIX}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as temporary:
            shutil.copyfile(path, temporary)
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror or error}); make room there") from error
    return target


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_as_text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_as_text(each) for each in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
