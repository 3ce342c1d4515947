"""The JSON beside a mask picture, which gives its colours their names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from photostyle.errors import MaskError
from photostyle.regions.swatches import Colour
from photostyle.text_file import read_text


@dataclass(frozen=True)
class Names:
    """What a JSON says of a mask's colours.

    Args:
        colours: by name, in its order.
        ours: whether it is as `photostyle masks` writes it, with all regions of the photo.
    """

    colours: Mapping[str, Colour] = field(default_factory=dict)
    ours: bool = False


def read_names(path: Path, numbered: Mapping[int, Colour]) -> Names:
    """Colours by name from a JSON file.

    As `photostyle masks` writes it, `{"regions": [{"name": "sky", "colour": [0, 0, 255]}, ...]}`; or in short
    `{"sky": [0, 0, 255]}`, `{"sky": "#0000ff"}`, `{"sky": 1}`, `{"1": "sky"}`, `["sky", "sea"]`.

    Args:
        path: the JSON; when there is none, no names are known.
        numbered: the colour that each number stands for.

    Raises:
        MaskError: when it says something else.
    """
    if not path.exists():
        return Names()
    try:
        record = json.loads(read_text(path))
        if _is_annotation(record):
            return Names()
        ours = isinstance(record, dict) and "regions" in record
        if ours:
            record = record["regions"]
        return Names({str(name): _colour(value, numbered) for name, value in _entries(record)}, ours)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MaskError(
            f"{path} beside the mask should name its colours, such as "
            f'{{"sky": [0, 0, 255]}} or {{"1": "sky"}} ({error!r}); mend it or move it away'
        ) from error


def _is_annotation(record: Any) -> bool:
    """Whether it is an annotation program's own, of the same photo."""
    if isinstance(record, dict):
        return "shapes" in record or "annotations" in record
    return isinstance(record, list) and any(isinstance(entry, dict) and "data" in entry for entry in record)


def _entries(record: Any) -> Iterator[tuple[Any, Any]]:
    """Names and what says their colours, of any of the ways to write them."""
    if isinstance(record, list):
        for number, entry in enumerate(record):
            if isinstance(entry, dict):
                yield entry["name"], entry["colour"]
            else:
                yield entry, number
        return
    for key, value in record.items():
        is_name = isinstance(value, str) and not value.startswith("#")
        if is_name:
            yield value, key
        else:
            yield key, value


def _colour(value: Any, numbered: Mapping[int, Colour]) -> Colour:
    """A colour from [r, g, b], "#rrggbb" or a number."""
    if isinstance(value, str) and value.startswith("#"):
        value = [int(value[start : start + 2], 16) for start in (1, 3, 5)]
    if isinstance(value, (int, str)):
        return numbered[int(value)]
    red, green, blue = (int(level) for level in value)
    return red, green, blue
