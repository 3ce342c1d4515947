"""Solving for the page: a job is queued, its progress is sent as Server-Sent Events, it can be cancelled."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from photostyle.studio.api_photos import desk_of
from photostyle.studio.bodies import read_record
from photostyle.studio.jobs import Job, Jobs
from photostyle.studio.networks import networks_in
from photostyle.studio.problems import NotThere
from photostyle.studio.solve_options import methods_for_page
from photostyle.studio.solving import asked_solving

_LOOKED_EVERY = 0.05  # seconds
_ALIVE_EVERY = 15.0  # seconds, a comment that keeps the connection


def jobs_of(request: Request) -> Jobs:
    """The queue of the application that a request is for."""
    jobs = request.app.state.jobs
    assert isinstance(jobs, Jobs)
    return jobs


async def solve(request: Request) -> Response:
    """POST solve {content, style, options}: queue the search for a transform."""
    desk = desk_of(request)
    record = await read_record(request, desk.limits.body_bytes)
    job = jobs_of(request).add(await run_in_threadpool(asked_solving, desk, record))
    return JSONResponse(job.record, 202)


async def list_methods(request: Request) -> Response:
    """GET methods: each with its summary and the controls of its options, trained networks among them."""
    folder = desk_of(request).shelf.folder
    return JSONResponse({"methods": await run_in_threadpool(lambda: methods_for_page(networks_in(folder)))})


async def describe_job(request: Request) -> Response:
    """GET jobs/ID: what is known of it now."""
    return JSONResponse(jobs_of(request).job(request.path_params["id"]).record)


async def cancel_job(request: Request) -> Response:
    """DELETE jobs/ID: stop it, one that runs at its next step."""
    job = jobs_of(request).job(request.path_params["id"])
    job.stop()
    return JSONResponse(job.record)


async def show_job(request: Request) -> Response:
    """GET jobs/ID/picture: what it has found so far, a JPEG; its record's `picture` counts them."""
    picture = jobs_of(request).job(request.path_params["id"]).picture
    if picture is None:
        raise NotThere("there is nothing to see of this job")
    return Response(picture, media_type="image/jpeg")


async def follow_job(request: Request) -> Response:
    """GET jobs/ID/events: its record at each change, until it is over."""
    job = jobs_of(request).job(request.path_params["id"])
    return StreamingResponse(_events(job, jobs_of(request)), media_type="text/event-stream")


async def _events(job: Job, jobs: Jobs) -> AsyncIterator[str]:
    seen = -1
    quiet = 0.0
    while True:
        over = job.over or jobs.closing  # asked first, so that the last change is sent
        record: dict[str, Any] = job.record
        if job.version != seen:
            seen = job.version
            quiet = 0.0
            yield f"data: {json.dumps(record)}\n\n"
        if over:
            return
        await asyncio.sleep(_LOOKED_EVERY)
        quiet += _LOOKED_EVERY
        if quiet >= _ALIVE_EVERY:
            quiet = 0.0
            yield ": alive\n\n"
