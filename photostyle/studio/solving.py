"""A transform found for two photos of the desk: the steps of `transfer` up to the transform, which is kept."""

from collections.abc import Callable, Mapping
from typing import Any

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.options import Options
from photostyle.regions import Pair, pair_regions, pair_table
from photostyle.registry import find_method
from photostyle.story_notes import transfer_notes
from photostyle.studio.desk import Desk
from photostyle.studio.growing import Growing
from photostyle.studio.shelf import Item

# What a page may set: none of these names a file, or a module to import.
ALLOWED = ("fast", "steps", "size", "seed", "pairs", "ignore", "protect")


def options_of(values: Mapping[str, Any]) -> Options:
    """Options that a page asks for.

    Raises:
        OptionError: one is unknown, is not the page's to set, or has a wrong value.
    """
    for name in values:
        if name not in ALLOWED:
            raise OptionError(f"the studio takes the options {', '.join(ALLOWED)}, got {name!r}")
    return Options(**{name: _as_option(name, value) for name, value in values.items()})


def _as_option(name: str, value: Any) -> Any:
    if name in ("ignore", "protect") and isinstance(value, list):
        return tuple(value)
    return value


def solving(desk: Desk, content: Item, style: Item, options: Options) -> Callable[[Tell], dict[str, Any]]:
    """The work of finding a transform, for a job."""

    def work(tell: Tell) -> dict[str, Any]:
        with tell.stage("regions"):
            ours = desk.prepared(content)
            theirs = desk.prepared(style, "style")
        tell.callback = Growing(ours, tell.callback)
        method = find_method(options.method)()
        fitted = method.fit(ours, theirs, desk.session.begin(), options, tell)
        pairs = fitted.transform.provenance.pairs
        notes = transfer_notes(ours, theirs, fitted.notes, pairs)
        found = desk.keep(fitted.transform, content, ours, tuple(dict.fromkeys(notes)))
        return {
            "transform": found.id,
            "content": content.id,
            "style": style.id,
            "regions": list(fitted.transform.regions_for(ours).names),
            "pairs": pair_records(pairs),
            "notes": list(found.notes),
            "seconds": {name: round(value, 3) for name, value in tell.seconds.items()},
        }

    return work


def pair_records(pairs: tuple[Pair, ...]) -> list[dict[str, Any]]:
    """What each region of the content takes from, for the page."""
    records = []
    for pair in pairs:
        records.append(
            {"content": pair.content, "style": pair.style, "kind": pair.kind, "how": pair.how, "warning": pair.warning}
        )
    return records


def planned_pairs(desk: Desk, content: Item, style: Item, options: Options) -> dict[str, Any]:
    """Which region would take from which, before anything is solved.

    Raises:
        OptionError: a pair names a region that is not there.
    """
    ours = desk.prepared(content).regions
    theirs = desk.prepared(style, "style").regions
    pairs = pair_regions(ours, theirs, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
    rows = []
    for row in pair_table(ours, theirs, pairs):
        rows.append({"name": row.name, "takes": row.pair, "how": row.how, "content_share": row.content_share})
    return {"pairs": pair_records(pairs), "table": rows}
