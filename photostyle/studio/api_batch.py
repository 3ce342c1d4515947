"""Batches for the page: this look and these settings for the photos of the folder."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photostyle.errors import OptionError
from photostyle.option_text import parse_writing
from photostyle.photo.formats import format_named
from photostyle.studio.api_photos import desk_of
from photostyle.studio.api_solve import jobs_of
from photostyle.studio.batching import BatchOrder, batching, folder_named
from photostyle.studio.bodies import amounts_of, names_of, read_record, text_of
from photostyle.studio.desk import Desk, looks_for_regions
from photostyle.studio.networks import with_file
from photostyle.studio.problems import Refused
from photostyle.studio.solve_options import options_of
from photostyle.studio.works import asked_of

LANE = "batch"


async def send_to_batch(request: Request) -> Response:
    """POST batch {style, photos, choices, amounts, folder, format, depth, quality, metadata, overwrite}: queue it.

    `photos` are ids, `choices` as for a work, `format` a name or "keep" for each photo's own.
    """
    desk = desk_of(request)
    record = await read_record(request, desk.limits.body_bytes)
    order = await run_in_threadpool(_order, desk, record)
    job = jobs_of(request).add(batching(desk, order), LANE)
    return JSONResponse(job.record, 202)


async def describe_batch(request: Request) -> Response:
    """GET batch: `job`, the latest one, or null; `painted`, names of photos with a mask by hand; `segmenter`, null if usual."""
    desk = desk_of(request)
    latest = jobs_of(request).latest(LANE)
    segmenter = desk.segmenter if desk.segmenter != "auto" else None
    return JSONResponse({"job": latest.id if latest else None, "painted": desk.masks.photo_names(), "segmenter": segmenter})


def _order(desk: Desk, record: dict[str, Any]) -> BatchOrder:
    choices = record.get("choices", {})
    if not isinstance(choices, dict):
        raise Refused("choices must be an object")
    amounts = amounts_of(choices.get("amounts", {}))
    options = with_file(options_of(asked_of(choices)), desk.shelf.folder)
    options = options.changed(**vars(amounts), device=str(desk.session.device))
    if desk.segmenter != "auto" and looks_for_regions(options):
        options = options.changed(segmenter=desk.segmenter)
    style = desk.item(text_of(record, "style"))
    contents = [desk.item(id) for id in names_of(record, "photos")]
    if not contents:
        raise Refused("choose at least one photo of the folder")
    for item in contents:
        if item.brought:
            raise Refused(f"{item.name} does not lie in the folder; a batch takes the folder's photos")
    name = record.get("format", "keep")
    if not isinstance(name, str):
        raise OptionError(f"format must be a name, got {name!r}")
    writing = parse_writing(*(str(record.get(part, "keep")) for part in ("depth", "quality", "metadata")))
    return BatchOrder(
        contents,
        style,
        options,
        folder_named(desk, text_of(record, "folder")),
        None if name == "keep" else format_named(name),
        writing,
        record.get("overwrite") is True,
    )
