"""Trained networks that a page may use: those that ship, those in photostyle's own folder, and files that
lie in the folder of photos.

A page names one by its name, never by a path.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photostyle.errors import FileError
from photostyle.models import kind_of_network, named_networks, network_facts
from photostyle.options import NETWORK_SUFFIX, Options
from photostyle.studio.problems import NotThere
from photostyle.studio.shelf import files_in, place_of

METHOD = "network"
PREFIX = f"{METHOD}:"  # before a network's name, where a page names a method
_MOST = 200  # files of the folder that are looked at


@dataclass(frozen=True)
class Network:
    """A trained network.

    Args:
        name: as `photostyle models list` has it, or that of a file in the folder.
        path: of its file.
        styles: that it paints in, or the sets of pictures between which it translates.
        licence: of its weights, as its card states it.
        kind: styles of its own, any style, which is given as a picture, or sets: from one set of pictures to another.
    """

    name: str
    path: Path
    styles: tuple[str, ...]
    licence: str
    kind: Literal["styles", "any", "sets"] = "styles"


def networks_in(folder: Path | None) -> list[Network]:
    """The networks that there are now; other files of their suffix, such as transforms that were saved, are none."""
    files = [path for path in files_in(folder, {NETWORK_SUFFIX}) if place_of(path)]
    paths = named_networks() | {path.name: path for path in files[:_MOST]}
    networks = []
    for name, path in paths.items():
        try:
            facts = network_facts(path)
        except FileError:
            continue
        kind = kind_of_network(facts)
        if kind != "other":
            licence = str(facts["card"].get("licence", "not stated"))
            networks.append(Network(name, path, tuple(facts["styles"]), licence, kind))
    return networks


def with_file(options: Options, folder: Path | None) -> Options:
    """The options with the file of the network that they name; as they are where they name none.

    Raises:
        NotThere: there is none of the name.
    """
    if options.method != METHOD:
        return options
    name = options.as_dict()["network"]
    for network in networks_in(folder):
        if network.name == name:
            return options.changed(network=str(network.path))
    raise NotThere(f"there is no trained network called {name!r} here any more; choose another method")
