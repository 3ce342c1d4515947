"""What is kept, for the page: pairs of photos with what was chosen for them, and projects as files."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photostyle.studio.api_photos import desk_of
from photostyle.studio.bodies import file_answer, read_bytes, read_record, text_of
from photostyle.studio.desk import Desk
from photostyle.studio.projects import open_project, photo_record, save_project
from photostyle.studio.shelf import Item, file_name
from photostyle.studio.works import PhotoRecord, Work, checked_choices


async def list_works(request: Request) -> Response:
    """GET works: the recent pairs, the latest first; ids are null for photos that are not here."""
    desk = desk_of(request)

    def listed() -> dict[str, Any]:
        items = desk.shelf.items()
        works = [{role: _found(items, getattr(work, role)) for role in ("content", "style")} for work in desk.works.all()]
        return {"works": works, "notes": list(desk.shelf.room.notes), "opened": desk.opened}

    return JSONResponse(await run_in_threadpool(listed))


async def find_work(request: Request) -> Response:
    """GET work?content=ID&style=ID: what was chosen for two photos; an empty object where nothing was."""
    desk = desk_of(request)

    def found() -> dict[str, Any]:
        photos = _photos(desk, request.query_params)
        work = desk.works.of(photos["content"], photos["style"])
        if work is None:
            return {"choices": {}, "notes": []}
        notes = []
        is_same = work.key == (photos["content"].digest, photos["style"].digest)
        if not is_same:
            notes = ["a photo has changed since this pair was solved; solve again"]
        work = work.with_transforms(lambda id: is_same and desk.has_transform(id))
        return {"choices": work.choices, "notes": notes}

    return JSONResponse(await run_in_threadpool(found))


async def keep_work(request: Request) -> Response:
    """PUT work {content, style, choices}: keep what was chosen for two photos."""
    desk = desk_of(request)
    record = await read_record(request, desk.limits.body_bytes)
    choices = checked_choices(record.get("choices"))

    def keep() -> None:
        desk.works.put(Work(**_photos(desk, record), choices=choices))

    await run_in_threadpool(keep)
    return JSONResponse({"kept": True})


async def forget_works(request: Request) -> Response:
    """DELETE works: begin anew; masks, pairs, results and photos that were brought go."""
    await run_in_threadpool(desk_of(request).forget_all)
    return JSONResponse({"kept": False})


async def project_file(request: Request) -> Response:
    """GET project?content=ID&style=ID: the project of two photos as a file."""
    desk = desk_of(request)

    def made() -> tuple[bytes, str]:
        content, style = (desk.item(text_of(request.query_params, role)) for role in ("content", "style"))
        return save_project(desk, content, style)

    data, name = await run_in_threadpool(made)
    return file_answer(data, name)


async def take_project(request: Request) -> Response:
    """POST project?name=NAME with a file's content: put the project on the desk."""
    desk = desk_of(request)
    data = await read_bytes(request, desk.limits.project_bytes)
    name = file_name(request.query_params.get("name", "project"))
    return JSONResponse(await run_in_threadpool(open_project, desk, data, name))


def _photos(desk: Desk, record: Any) -> dict[str, PhotoRecord]:
    """The photos that a request names by their ids."""
    return {role: photo_record(desk, desk.item(text_of(record, role))) for role in ("content", "style")}


def _found(items: list[Item], photo: PhotoRecord) -> dict[str, Any]:
    """Name and id of a photo that was used; the id is null where it is not here."""
    known = [item for item in items if item.id == photo.id] or [item for item in items if item.name == photo.name]
    return {"name": photo.name, "id": known[0].id if known else None}
