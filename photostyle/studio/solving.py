"""A transform found for two photos of the desk: the steps of `transfer` up to the transform, which is kept."""

from collections.abc import Callable, Mapping
from typing import Any

from photostyle.events import Tell
from photostyle.options import Options
from photostyle.regions import Pair, pair_regions, pair_table
from photostyle.registry import find_method
from photostyle.story_notes import transfer_notes
from photostyle.studio.bodies import text_of
from photostyle.studio.desk import Desk
from photostyle.studio.growing import Growing
from photostyle.studio.networks import with_file
from photostyle.studio.problems import Refused
from photostyle.studio.shelf import Item
from photostyle.studio.solve_options import options_of


def asked_solving(desk: Desk, record: Mapping[str, Any]) -> Callable[[Tell], dict[str, Any]]:
    """The work that a record asks for: ids of `content` and `style`, perhaps `options`.

    `style` may lack where a network has its own.

    Raises:
        Refused: a part lacks, or is of a wrong kind; a photo or a network is not there.
        OptionError: an option is unknown or has a wrong value.
    """
    asked = record.get("options", {})
    if not isinstance(asked, Mapping):
        raise Refused(f"options must be an object, got {asked!r}")
    options = with_file(options_of(asked), desk.shelf.folder)
    content = desk.item(text_of(record, "content"))
    style = content
    if "style" in record or options.settings.style_file() is None:
        style = desk.item(text_of(record, "style"))
    return solving(desk, content, style, options)


def solving(desk: Desk, content: Item, style: Item, options: Options) -> Callable[[Tell], dict[str, Any]]:
    """The work of finding a transform, for a job; a style is not looked at where a network has its own."""

    def work(tell: Tell) -> dict[str, Any]:
        with tell.stage("regions"):
            ours = desk.prepared(content, options=options)
            theirs = ours
            if options.settings.style_file() is None:
                theirs = desk.prepared(style, "style", options)
        mask = desk.painted(content)
        settled = options.changed(hard_masks=bool(mask and mask.hard))
        tell.callback = Growing(ours, tell.callback)
        method = find_method(options.method)()
        fitted = method.fit(ours, theirs, desk.session.begin(), settled, tell)
        pairs = fitted.transform.provenance.pairs
        notes = transfer_notes(ours, None if theirs is ours else theirs, fitted.notes, pairs)
        found = desk.keep(fitted.transform, content, ours, tuple(dict.fromkeys(notes)))
        return {
            "transform": found.id,
            "method": options.method,
            "content": content.id,
            "style": style.id,
            "regions": list(fitted.transform.regions_for(ours).names),
            "pairs": pair_records(pairs),
            "attention": found.has_attention,
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
    ours = desk.prepared(content, options=options).regions
    theirs = desk.prepared(style, "style", options).regions
    pairs = pair_regions(ours, theirs, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
    rows = []
    for row in pair_table(ours, theirs, pairs):
        rows.append({"name": row.name, "takes": row.pair, "how": row.how, "content_share": row.content_share})
    return {"pairs": pair_records(pairs), "table": rows}
