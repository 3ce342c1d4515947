"""What the server answers beyond the studio's page: jobs that last, removal, health, counts, its own description."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from photostyle.studio.api_photos import desk_of
from photostyle.studio.bodies import read_record
from photostyle.studio.error_lines import error_answer
from photostyle.studio.serving.lasting_jobs import LastingJobs


def _jobs_of(request: Request) -> LastingJobs:
    jobs = request.app.state.jobs
    assert isinstance(jobs, LastingJobs)
    return jobs


async def order_job(request: Request) -> Response:
    """POST jobs {content, style, options}: queue a solve; once it is answered, it is done even if the server is killed."""
    record = await read_record(request, desk_of(request).limits.body_bytes)
    job = await run_in_threadpool(_jobs_of(request).order, record)
    return JSONResponse(job.record, 202, {"location": f"/api/jobs/{job.id}"})


async def list_jobs(request: Request) -> Response:
    """GET jobs: all that are kept, the latest first."""
    return JSONResponse({"jobs": [job.record for job in reversed(_jobs_of(request).all())]})


async def remove_job(request: Request) -> Response:
    """DELETE jobs/ID: stop one that is not over; remove one that is, with its result."""
    jobs = _jobs_of(request)
    job = jobs.job(request.path_params["id"])
    if job.over:
        await run_in_threadpool(jobs.forget, job.id)
    else:
        await run_in_threadpool(job.stop)
    return JSONResponse(job.record)


async def remove_photo(request: Request) -> Response:
    """DELETE photos/ID: remove a photo that was sent, and its mask."""
    desk = desk_of(request)
    await run_in_threadpool(lambda: desk.forget_photo(desk.item(request.path_params["id"])))
    return JSONResponse({"removed": True})


async def is_alive(request: Request) -> Response:
    """GET healthz: 200 as long as requests are answered."""
    return JSONResponse({"status": "alive"})


async def is_ready(request: Request) -> Response:
    """GET readyz: 503 where the server is about to end, or its disk takes nothing."""
    jobs = _jobs_of(request)
    if jobs.closing:
        return error_answer("the server is about to end", 503)
    await run_in_threadpool(desk_of(request).shelf.room.write, "ready", b"")
    return JSONResponse({"status": "ready"})


async def show_metrics(request: Request) -> Response:
    """GET metrics: counts, in Prometheus' text format."""
    text = await run_in_threadpool(request.app.state.metrics.text, _jobs_of(request), desk_of(request).shelf)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


async def show_openapi(request: Request) -> Response:
    """GET openapi.json: the description of all this."""
    document: dict[str, Any] = request.app.state.openapi
    return JSONResponse(document)
