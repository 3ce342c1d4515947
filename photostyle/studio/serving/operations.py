"""The one table of what the server answers: its routes and its OpenAPI document are made from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from photostyle.studio import api_photos, api_regions, api_results, api_solve
from photostyle.studio.serving import api
from photostyle.studio.serving.schemas import BOX, SIDE, TEXT, Schema, named
from photostyle.studio.serving.tokens import OPEN

JSON = "application/json"
BYTES = "application/octet-stream"
JPEG = "image/jpeg"
EVENTS = "text/event-stream"
PLAIN = "text/plain"

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """One request that is answered.

    Args:
        method, path: of it; {id} stands for an id.
        handler: that answers.
        summary: one line.
        media: type of what comes back.
        schema: of what comes back, where it is JSON.
        status: of the answer.
        query: name of a parameter -> its schema; None of them must be given.
        body: schema of the JSON object that is sent, or `BYTES` for a file; None for nothing.
        errors: statuses of other answers, each with one line, beside those that any request may get.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    media: str = JSON
    schema: Schema | None = None
    status: int = 200
    query: tuple[tuple[str, Schema], ...] = ()
    body: Schema | str | None = None
    errors: tuple[int, ...] = ()

    @property
    def open(self) -> bool:
        """Whether no token is needed."""
        return self.path in OPEN

    @property
    def statuses(self) -> tuple[int, ...]:
        """Of all errors."""
        common = () if self.open else (401, 500, 503, 507)
        of_body = (400, 413, 422) if self.body is not None else ()
        of_id = (404, 422) if "{" in self.path else ()
        return tuple(sorted({*self.errors, *common, *of_body, *of_id}))


_PHOTO = "/api/photos/{id}"
_JOB = "/api/jobs/{id}"
_TRANSFORM = "/api/transforms/{id}"
_NAME = (("name", TEXT),)

OPERATIONS = (
    Operation("GET", "/healthz", api.is_alive, "Whether the server runs", schema=named("Health")),
    Operation("GET", "/readyz", api.is_ready, "Whether it takes jobs", schema=named("Health"), errors=(503,)),
    Operation("GET", "/metrics", api.show_metrics, "Counts, as Prometheus reads them", media=PLAIN),
    Operation("GET", "/openapi.json", api.show_openapi, "This document", schema={"type": "object"}),
    Operation("GET", "/api/photos", api_photos.list_photos, "Photos that were sent", schema=named("Photos")),
    Operation(
        "POST",
        "/api/photos",
        api_photos.bring_photo,
        "Send a photo: the content of its file",
        schema=named("PhotoFacts"),
        status=201,
        query=_NAME,
        body=BYTES,
    ),
    Operation("GET", _PHOTO, api_photos.describe_photo, "Size, depth and notes of a photo", schema=named("PhotoFacts")),
    Operation("DELETE", _PHOTO, api.remove_photo, "Remove a photo and its mask", schema=named("Removed")),
    Operation(
        "GET",
        f"{_PHOTO}/view",
        api_photos.show_photo,
        "A photo small, or a part of it",
        media=JPEG,
        query=(("side", SIDE), ("box", BOX)),
        errors=(400,),
    ),
    Operation("GET", f"{_PHOTO}/regions", api_regions.describe_regions, "Regions of a photo", schema=named("Regions")),
    Operation("GET", f"{_PHOTO}/refined", api_regions.show_refined, "The photo tinted by its regions", media=JPEG),
    Operation("GET", f"{_PHOTO}/masks", api_regions.save_masks, "Its masks, in a ZIP", media=BYTES),
    Operation(
        "POST",
        f"{_PHOTO}/mask",
        api_regions.bring_mask,
        "Send a mask: the content of a file that is a mask",
        schema=named("Regions"),
        query=_NAME,
        body=BYTES,
    ),
    Operation("DELETE", f"{_PHOTO}/mask", api_regions.unpaint, "Back to the regions that are found", schema=named("Regions")),
    Operation("GET", f"{_PHOTO}/look", api_results.look_file, "Its look, in a file", media=BYTES),
    Operation("GET", "/api/methods", api_solve.list_methods, "Methods and their options", schema=named("Methods")),
    Operation(
        "POST",
        "/api/pairs",
        api_regions.plan_pairs,
        "Which region would take from which",
        schema=named("Pairs"),
        body=named("PairsOrder"),
        errors=(404,),
    ),
    Operation("GET", "/api/jobs", api.list_jobs, "All jobs, the latest first", schema=named("Jobs")),
    Operation(
        "POST",
        "/api/jobs",
        api.order_job,
        "Order a transform of one photo into the look of another",
        schema=named("Job"),
        status=202,
        body=named("JobOrder"),
        errors=(404, 429),
    ),
    Operation("GET", _JOB, api_solve.describe_job, "What is known of a job now", schema=named("Job")),
    Operation("DELETE", _JOB, api.remove_job, "Cancel a job; of one that is over, remove it and its result", schema=named("Job")),
    Operation("GET", f"{_JOB}/events", api_solve.follow_job, "The job at each change, as Server-Sent Events", media=EVENTS),
    Operation("GET", f"{_JOB}/picture", api_solve.show_job, "What it has found so far", media=JPEG),
    Operation(
        "POST",
        f"{_TRANSFORM}/preview",
        api_results.draw,
        "The result small; nothing is solved",
        media=JPEG,
        body=named("PreviewOrder"),
    ),
    Operation(
        "POST",
        f"{_TRANSFORM}/export",
        api_results.export,
        "The result at full size, in a file",
        media=BYTES,
        body=named("ExportOrder"),
    ),
    Operation("GET", f"{_TRANSFORM}/file", api_results.transform_file, "The transform itself, in a file", media=BYTES),
)


def operation_of(endpoint: Any) -> Operation | None:
    """The operation that a handler answers; None for another."""
    return next((each for each in OPERATIONS if each.handler is endpoint), None)
