"""The networks photostyle knows: one list, where their files lie, and how they are downloaded and checked.

record      what is recorded of a network
known       the list, and the names, choices and order that follow from it
files       `locate`, `find` and `best_present`: the files on this machine
verifying   `verify`: a file against what is recorded
download    `fetch`: into photostyle's own folder
checkpoints folders with networks of the user's own
cards       the card of a network, as text
trained     networks that users have trained
"""

from photostyle.models.cards import card
from photostyle.models.download import fetch
from photostyle.models.files import best_present, find, folders, locate, model_folder
from photostyle.models.known import (
    MODELS,
    UNTRIED,
    by_preference,
    choices,
    model_file,
    names,
    segmenter_network,
    unknown_segmenter,
)
from photostyle.models.presence import Standing, standing
from photostyle.models.record import ModelFile, Role, SegmenterNetwork
from photostyle.models.trained import (
    add_network,
    described_styles,
    find_network,
    kind_of_network,
    named_networks,
    network_card,
    network_facts,
    paints_any_style,
    trained_networks,
    translates,
)
from photostyle.models.verifying import digest, verify

__all__ = [
    "MODELS",
    "UNTRIED",
    "ModelFile",
    "Role",
    "SegmenterNetwork",
    "Standing",
    "add_network",
    "best_present",
    "by_preference",
    "card",
    "choices",
    "described_styles",
    "digest",
    "fetch",
    "find",
    "find_network",
    "kind_of_network",
    "folders",
    "locate",
    "model_file",
    "model_folder",
    "names",
    "network_card",
    "network_facts",
    "paints_any_style",
    "translates",
    "segmenter_network",
    "standing",
    "named_networks",
    "trained_networks",
    "unknown_segmenter",
    "verify",
]
