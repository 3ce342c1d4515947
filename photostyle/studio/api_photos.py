"""Photos for the page: the list, thumbnails and views, photos that are brought. What is shown is sRGB of 8 bit."""

import io
from typing import Any

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photostyle.photo import Photo, shrunk
from photostyle.studio.bodies import claimed_length, read_file
from photostyle.studio.desk import PREVIEWED, Desk
from photostyle.studio.drawing import box_of, part_of
from photostyle.studio.problems import Refused
from photostyle.studio.shelf import Item
from photostyle.studio.thumbnails import SIDE

FINE = 98  # quality of parts at full size, which are looked at for noise and edges


def desk_of(request: Request) -> Desk:
    """The desk of the application that a request is for."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


async def list_photos(request: Request) -> Response:
    """GET photos: id and name of each."""
    desk = desk_of(request)
    items = await run_in_threadpool(desk.shelf.items)
    folder = desk.shelf.folder
    return JSONResponse({"folder": folder.name if folder else None, "photos": [_short(item) for item in items]})


async def bring_photo(request: Request) -> Response:
    """POST photos?name=NAME with a file's content: a photo that is dropped, pasted or chosen."""
    desk = desk_of(request)
    name = request.query_params.get("name", "photo")
    desk.shelf.check_room(name, claimed_length(request))
    with desk.shelf.room.part("brought") as part:
        if not await read_file(request, desk.limits.photo_bytes, part):
            raise Refused("the file is empty; choose a photo")
        item = await run_in_threadpool(desk.shelf.add, name, part)
    return JSONResponse(await run_in_threadpool(_described, desk, item), 201)


async def describe_photo(request: Request) -> Response:
    """GET photos/ID: size, depth and notes."""
    desk = desk_of(request)
    item = await run_in_threadpool(desk.item, request.path_params["id"])
    return JSONResponse(await run_in_threadpool(_described, desk, item))


async def show_photo(request: Request) -> Response:
    """GET photos/ID/view?side=N: a JPEG with a long side of at most so many pixels; ?box=left,top,width,height: a part."""
    desk = desk_of(request)
    box = request.query_params.get("box")
    side = side_of(request.query_params.get("side", "1024"))

    def picture() -> bytes:
        item = desk.item(request.path_params["id"])
        if box is not None:
            photo = desk.photo(item)
            return jpeg_of_photo(part_of(photo, box_of(box, photo.size)), max(photo.size), FINE)
        if side <= SIDE:
            return jpeg_of_photo(desk.thumbnails.of(item), side)
        return jpeg_of_photo(desk.photo(item), side)

    return Response(await run_in_threadpool(picture), media_type="image/jpeg")


def side_of(text: Any) -> int:
    """A long side in pixels, from a query or a record.

    Raises:
        Refused: it is none that is drawn.
    """
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 6:
        text = int(text)
    if not isinstance(text, int) or isinstance(text, bool) or not 16 <= text <= PREVIEWED:
        raise Refused(f"side must be 16 to {PREVIEWED} pixels, got {text!r}")
    return text


def jpeg_of_photo(photo: Photo, side: int, quality: int = 92) -> bytes:
    """A JPEG of a photo, shrunk; transparency lies on grey."""
    picture = shrunk(photo, side).to_pil()
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, (128, 128, 128))
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    return jpeg_of(picture, quality)


def jpeg_of(picture: Image.Image, quality: int = 92) -> bytes:
    """A JPEG for the screen."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, subsampling=0)
    return stream.getvalue()


def _short(item: Item) -> dict[str, Any]:
    return {"id": item.id, "name": item.name, "brought": item.brought}


def _described(desk: Desk, item: Item) -> dict[str, Any]:
    photo = desk.photo(item)
    width, height = photo.size
    return {
        **_short(item),
        "width": width,
        "height": height,
        "depth": photo.file.depth,
        "format": photo.file.format,
        "wide": photo.profile is not None,
        "notes": list(photo.notes),
    }
