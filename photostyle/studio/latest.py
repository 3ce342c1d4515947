"""Of what was used, the latest."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def kept(values: "OrderedDict[K, V]", key: K, most: int, weight: Callable[[V], int] = lambda value: 0, limit: int = 0) -> V:
    """A value that is used just now; those that were not used for longest go.

    Args:
        values: that are kept.
        key: of the value.
        most: how many are kept.
        weight: of a value.
        limit: of all weights together; the value itself stays, however heavy.
    """
    values.move_to_end(key)
    while len(values) > 1 and (len(values) > most or sum(map(weight, values.values())) > limit):
        values.popitem(last=False)
    return values[key]
