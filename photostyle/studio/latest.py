"""Of what was used, the latest."""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def kept(values: "OrderedDict[K, V]", key: K, most: int) -> V:
    """A value that is used just now; of more than `most`, those that were not used for longest go."""
    values.move_to_end(key)
    while len(values) > most:
        values.popitem(last=False)
    return values[key]
