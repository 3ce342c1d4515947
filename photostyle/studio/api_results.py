"""Results for the page: drawn at once with other amounts, saved at full size; transforms and looks as files."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from photostyle.errors import OptionError
from photostyle.look import look_of, save_look
from photostyle.option_text import amount_text, parse_writing
from photostyle.options import AMOUNTS, Amounts, EncoderOptions, Options
from photostyle.pages.heat import heat_layer
from photostyle.photo import write_photo
from photostyle.photo.formats import WRITABLE, format_named
from photostyle.studio.api_photos import FINE, desk_of, jpeg_of, side_of
from photostyle.studio.bodies import amounts_of, file_answer, read_record
from photostyle.studio.desk import Desk, Found
from photostyle.studio.drawing import Drawn, box_of, part_of
from photostyle.studio.live import MOST_REGIONS
from photostyle.studio.shelf import Item
from photostyle.transforms import FieldTransform, RenderTarget


async def draw(request: Request) -> Response:
    """POST transforms/ID/preview {strength, luma, chroma, side or box}: a JPEG; nothing is solved."""
    record = await read_record(request, desk_of(request).limits.body_bytes)
    drawn = await _drawn(request, record)
    quality = FINE if "box" in record else 92
    return Response(await run_in_threadpool(jpeg_of, Image.fromarray(drawn.codes), quality), media_type="image/jpeg")


async def mark(request: Request) -> Response:
    """POST transforms/ID/marks {strength, luma, chroma, side or box, clipping, gamut, attention}: a PNG to be laid over it."""
    desk = desk_of(request)
    record = await read_record(request, desk.limits.body_bytes)
    drawn = await _drawn(request, record)

    def picture() -> bytes:
        stream = io.BytesIO()
        marks = drawn.marks(record.get("clipping") is True, record.get("gamut") is True)
        if record.get("attention") is True:
            layer = _attention(desk, desk.found(request.path_params["id"]), record, drawn)
            marks = np.where(marks[..., 3:] > 0, marks, layer)
        Image.fromarray(marks).save(stream, "PNG", compress_level=1)
        return stream.getvalue()

    return Response(await run_in_threadpool(picture), media_type="image/png")


async def send_field(request: Request) -> Response:
    """GET transforms/ID/field?side=N or ?box=left,top,width,height: `live.packed`; 204 where no shader can."""
    desk = desk_of(request)
    box = request.query_params.get("box")

    def made() -> bytes | None:
        found = desk.found(request.path_params["id"])
        transform = found.transform
        if not isinstance(transform, FieldTransform) or len(transform.field.names) > MOST_REGIONS:
            return None
        if box is None:
            return desk.live.view(transform, found.prepared, side_of(request.query_params.get("side", "900")))
        content = desk.at_full_size(found)
        return desk.live.part(transform, content, box_of(box, content.photo.size))

    data = await run_in_threadpool(made)
    return Response(data, 204 if data is None else 200, media_type="application/octet-stream")


async def _drawn(request: Request, record: dict[str, Any]) -> Drawn:
    """The result as the record of a request asks for it: as a whole, or a part of it at full size."""
    desk = desk_of(request)
    amounts = amounts_of(record)

    def drawn() -> Drawn:
        found = desk.found(request.path_params["id"])
        if "box" not in record:
            return found.drawn(amounts, side_of(record.get("side", 900)))
        photo = desk.photo(found.content)
        box = box_of(record["box"], photo.size)
        if amounts.change_nothing:
            return Drawn.of(part_of(photo, box).pixels)
        return desk.drawn_in_full(found, amounts).part(box)

    return await run_in_threadpool(drawn)


def _attention(desk: Desk, found: Found, record: dict[str, Any], drawn: Drawn) -> np.ndarray:
    """(h, w, 4) uint8: where the network looks, in the part of the photo that was drawn."""
    height, width = drawn.codes.shape[:2]
    heat = found.attention()
    if "box" not in record:
        return heat_layer(heat, (width, height))
    size = desk.photo(found.content).size
    left, top, width, height = box_of(record["box"], size)
    rows, columns = heat.shape
    down = ((top + np.arange(height) + 0.5) / size[1] * rows).astype(int)
    across = ((left + np.arange(width) + 0.5) / size[0] * columns).astype(int)
    return heat_layer(heat[down[:, None], across], (width, height))


async def export(request: Request) -> Response:
    """POST transforms/ID/export {strength, luma, chroma, format, depth, quality, metadata}: the result at full size."""
    desk = desk_of(request)
    record = await read_record(request, desk.limits.body_bytes)
    amounts = amounts_of(record)
    format = format_named(str(record.get("format", "jpeg")))
    writing = parse_writing(*(str(record.get(name, "keep")) for name in ("depth", "quality", "metadata")))

    def made() -> tuple[IO[bytes], str, tuple[str, ...]]:
        found = desk.found(request.path_params["id"])
        file = desk.shelf.room.nameless()  # a slow reader does not hold memory
        with desk.exporting:
            applied = found.transform.apply(desk.at_full_size(found), amounts, target=RenderTarget(desk.session.device))
            notes = write_photo(applied.photo, file, format=format, history=_history(amounts), **writing)
        name = f"{Path(found.content.name).stem}-relit{WRITABLE[format].suffixes[0]}"
        return file, name, (*applied.notes, *notes)

    data, name, notes = await run_in_threadpool(made)
    return file_answer(data, name, notes)


async def transform_file(request: Request) -> Response:
    """GET transforms/ID/file: what `photostyle render --transform` takes."""
    desk = desk_of(request)

    def made() -> tuple[bytes, str]:
        found: Found = desk.found(request.path_params["id"])
        return _saved(found.transform.save, ".safetensors"), f"{Path(found.content.name).stem}.safetensors"

    data, name = await run_in_threadpool(made)
    return file_answer(data, name)


async def look_file(request: Request) -> Response:
    """GET photos/ID/look: the look of a photo with its regions, which takes a style's place."""
    desk = desk_of(request)

    def made() -> tuple[bytes, str]:
        item = desk.item(request.path_params["id"])
        return _saved(lambda path: save_look(_look(desk, item), path), ".look"), f"{Path(item.name).stem}.look"

    data, name = await run_in_threadpool(made)
    return file_answer(data, name)


def _look(desk: Desk, item: Item) -> Any:
    settings = Options().settings
    size = settings.working_size()
    if not isinstance(settings, EncoderOptions) or size is None:
        raise OptionError("the default method measures no looks")
    return look_of(desk.prepared(item, "style"), desk.session.begin().encoder(settings.encoder, settings.weights), size)


def _saved(save: Callable[[Path], None], suffix: str) -> bytes:
    """The content of a file that is saved by its path."""
    with tempfile.TemporaryDirectory(prefix="photostyle-studio-") as folder:
        path = Path(folder) / f"file{suffix}"
        save(path)
        return path.read_bytes()


def _history(amounts: Amounts) -> str:
    text = "photostyle studio"
    for name in AMOUNTS:
        text += f" --{name} {amount_text(getattr(amounts, name))}"
    return text
