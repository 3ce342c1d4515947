"""Regions for the page: those found, masks that are painted, and which region takes from which."""

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photostyle.photo.transparency import with_hidden_filled
from photostyle.regions import Regions, with_skin, write_masks
from photostyle.regions.labels import SKIN
from photostyle.regions.masks.overlay import overlay
from photostyle.studio.api_photos import desk_of, jpeg_of
from photostyle.studio.bodies import file_answer, names_of, read_bytes, read_record, text_of
from photostyle.studio.desk import Desk
from photostyle.studio.masks import brought_mask, encode_labels, painted_mask
from photostyle.studio.problems import NotThere
from photostyle.studio.solve_options import options_of
from photostyle.studio.solving import planned_pairs


async def describe_regions(request: Request) -> Response:
    """GET photos/ID/regions: name, colour and share of each; found, unless a mask was painted."""
    desk = desk_of(request)
    id = request.path_params["id"]
    return JSONResponse(await run_in_threadpool(_described, desk, id))


async def show_labels(request: Request) -> Response:
    """GET photos/ID/labels: a grey PNG with the place of each pixel's region; ?of=found of those that were found."""
    desk = desk_of(request)

    def png() -> bytes:
        item = desk.item(request.path_params["id"])
        if request.query_params.get("of") == "found":
            return encode_labels(desk.found_labels(item)[0])
        return encode_labels(desk.labels(item)[0])

    return Response(await run_in_threadpool(png), media_type="image/png")


async def paint(request: Request) -> Response:
    """PUT photos/ID/mask: labels that were painted, as `painted_mask` takes them; perhaps `after`, the key of the mask before."""
    desk = desk_of(request)
    id = request.path_params["id"]
    record = await read_record(request, desk.limits.body_bytes)

    def keep() -> dict[str, Any]:
        item = desk.item(id)
        mask = painted_mask(record, desk.photo(item).size)
        after = record.get("after")
        desk.paint(item, mask, after if isinstance(after, str) else None)
        return {"painted": True, "key": mask.key}

    return JSONResponse(await run_in_threadpool(keep))


async def bring_mask(request: Request) -> Response:
    """POST photos/ID/mask?name=NAME with a file's content: a mask that was made elsewhere."""
    desk = desk_of(request)
    id = request.path_params["id"]
    data = await read_bytes(request, desk.limits.mask_bytes)

    def keep() -> dict[str, Any]:
        item = desk.item(id)
        desk.paint(item, brought_mask(data, request.query_params.get("name", "mask.png"), desk.photo(item)))
        return _described(desk, id)

    return JSONResponse(await run_in_threadpool(keep))


async def save_masks(request: Request) -> Response:
    """GET photos/ID/masks: a ZIP of what `photostyle masks` writes."""
    desk = desk_of(request)

    def made() -> tuple[bytes, str]:
        item = desk.item(request.path_params["id"])
        prepared = desk.prepared(item)
        stem = Path(item.name).stem
        stream = io.BytesIO()
        with tempfile.TemporaryDirectory(prefix="photostyle-studio-") as folder, zipfile.ZipFile(stream, "w") as archive:
            write_masks(prepared.regions, with_hidden_filled(prepared.photo).pixels, Path(folder), stem)
            for path in sorted(Path(folder).rglob("*")):
                archive.write(path, path.relative_to(folder))
        return stream.getvalue(), f"{stem}-masks.zip"

    data, name = await run_in_threadpool(made)
    return file_answer(data, name)


async def unpaint(request: Request) -> Response:
    """DELETE photos/ID/mask: back to the regions that are found."""
    desk = desk_of(request)
    id = request.path_params["id"]

    def forget() -> dict[str, Any]:
        desk.paint(desk.item(id), None)
        return _described(desk, id)

    return JSONResponse(await run_in_threadpool(forget))


async def show_refined(request: Request) -> Response:
    """GET photos/ID/refined: the photo tinted by its regions, borders as they will be used."""
    desk = desk_of(request)

    def picture() -> bytes:
        prepared = desk.prepared(desk.item(request.path_params["id"]))
        pixels = prepared.copy.photo.pixels
        height, width = pixels.shape[:2]
        return jpeg_of(overlay(prepared.regions.resized((height, width)), pixels))

    return Response(await run_in_threadpool(picture), media_type="image/jpeg")


async def show_skin(request: Request) -> Response:
    """GET photos/ID/skin: a grey PNG of the size of the labels, 1 where the photo shows skin, as `--protect skin` finds it."""
    desk = desk_of(request)

    def png() -> bytes:
        item = desk.item(request.path_params["id"])
        prepared = desk.prepared(item)
        pixels = prepared.copy.photo.pixels
        regions = with_skin(prepared.regions, pixels)
        if SKIN not in regions.names:
            raise NotThere(f"no skin is seen in {item.name}; paint a region and call it {SKIN}")
        labels = regions.resized((pixels.shape[0], pixels.shape[1])).labels()
        return encode_labels((labels == regions.names.index(SKIN)).numpy().astype(np.uint8))

    return Response(await run_in_threadpool(png), media_type="image/png")


async def plan_pairs(request: Request) -> Response:
    """POST pairs {content, style, pairs, ignore, protect}: what each region would take from."""
    desk = desk_of(request)
    record = await read_record(request, desk.limits.body_bytes)
    options = options_of(
        {"pairs": record.get("pairs") or None, "ignore": names_of(record, "ignore"), "protect": names_of(record, "protect")}
    )

    def planned() -> dict[str, Any]:
        content = desk.item(text_of(record, "content"))
        style = desk.item(text_of(record, "style"))
        return planned_pairs(desk, content, style, options)

    return JSONResponse(await run_in_threadpool(planned))


def _described(desk: Desk, id: str) -> dict[str, Any]:
    item = desk.item(id)
    mask = desk.painted(item)
    note = desk.mask_note(item)
    found: tuple[str, ...] | None = None
    if mask is not None:
        shares = [float((mask.labels == place).mean()) for place in range(len(mask.names))]
        rows = zip(mask.names, mask.colours, shares, strict=True)
        height, width = mask.labels.shape
        notes = mask.brought.notes if mask.brought else ()
        made_of = mask.found
        if made_of is not None:
            found = desk.found_labels(item)[1]
    else:
        prepared = desk.prepared(item)
        regions: Regions = prepared.regions
        rows = zip(regions.names, regions.colours, regions.shares(), strict=True)
        width, height = prepared.copy.photo.size
        notes = regions.notes
        found = regions.names
        made_of = tuple((name,) for name in regions.names)
    records = []
    for place, (name, colour, share) in enumerate(rows):
        record = {"name": name, "colour": "#{:02x}{:02x}{:02x}".format(*colour), "share": round(share, 4)}
        if made_of is not None:
            record["found"] = list(made_of[place])
        records.append(record)
    return {
        "painted": mask is not None,
        "key": mask.key if mask else "",
        "width": width,
        "height": height,
        "regions": records,
        "found": list(found) if found is not None else None,
        "hard": bool(mask and mask.hard),
        "feather": mask.feather if mask else 0,
        "notes": [*notes, *([note] if note else [])],
    }
