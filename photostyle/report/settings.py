"""The tables of a report that help to repeat a run: its options, and the versions of what made it."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from photostyle import __version__
from photostyle.options import Options, option_fields
from photostyle.pages import Markup, table
from photostyle.story import Result

LIBRARIES = ("torch", "numpy", "scipy", "pillow", "tifffile", "imagecodecs")


def options_table(options: Options, result: Result) -> Markup:
    """Every option of the run, those of its method among them, with its value and its meaning."""
    fields = option_fields(options.method)
    rows = []
    for name, value in options.as_dict().items():
        rows.append((name.replace("_", " "), _as_written(value), fields[name].metadata["help"]))
    rows.append(("encoder used", result.encoder or "-", ""))
    rows.append(("device used", result.device, ""))
    return table(("Option", "value", "meaning"), rows, "Options")


def versions_table() -> Markup:
    """Versions of photostyle, Python, the system and the libraries that make the result."""
    rows = [
        ("photostyle", __version__),
        ("python", platform.python_version()),
        ("system", platform.platform(terse=True)),
    ]
    for name in LIBRARIES:
        rows.append((name, _version(name)))
    return table(("Part", "version"), rows, "Versions")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _as_written(value: object) -> str:
    """An option's value as a user would write it.

    >>> _as_written({"*": 0.8, "sky": 0.4}), _as_written(()), _as_written(True)
    ('0.8, sky=0.4', '-', 'yes')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(_assignments(value)) or "-"
    return str(value)


def _assignments(amounts: Mapping[str, object]) -> list[str]:
    texts = []
    for region, amount in amounts.items():
        if region == "*":
            texts.append(str(amount))
        else:
            texts.append(f"{region}={amount}")
    return texts
