"""The studio as an ASGI application: its routes, and errors as one line of JSON."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from photostyle.session import Session
from photostyle.studio import api_batch, api_photos, api_regions, api_results, api_solve, api_works, pages
from photostyle.studio.desk import Desk
from photostyle.studio.error_lines import AS_LINES
from photostyle.studio.guard import PageGuard
from photostyle.studio.jobs import Jobs
from photostyle.studio.limits import StudioLimits
from photostyle.studio.projects import open_project_file
from photostyle.studio.room import Room
from photostyle.studio.shelf import Shelf

_ROUTES = (
    Route("/", pages.page),
    Route("/static/{name:path}", pages.static),
    Route("/api/photos", api_photos.list_photos, methods=["GET"]),
    Route("/api/photos", api_photos.bring_photo, methods=["POST"]),
    Route("/api/photos/{id}", api_photos.describe_photo),
    Route("/api/photos/{id}/view", api_photos.show_photo),
    Route("/api/photos/{id}/regions", api_regions.describe_regions),
    Route("/api/photos/{id}/labels", api_regions.show_labels),
    Route("/api/photos/{id}/refined", api_regions.show_refined),
    Route("/api/photos/{id}/skin", api_regions.show_skin),
    Route("/api/photos/{id}/mask", api_regions.paint, methods=["PUT"]),
    Route("/api/photos/{id}/mask", api_regions.bring_mask, methods=["POST"]),
    Route("/api/photos/{id}/mask", api_regions.unpaint, methods=["DELETE"]),
    Route("/api/photos/{id}/masks", api_regions.save_masks),
    Route("/api/photos/{id}/look", api_results.look_file),
    Route("/api/works", api_works.list_works, methods=["GET"]),
    Route("/api/works", api_works.forget_works, methods=["DELETE"]),
    Route("/api/work", api_works.find_work, methods=["GET"]),
    Route("/api/work", api_works.keep_work, methods=["PUT"]),
    Route("/api/project", api_works.project_file, methods=["GET"]),
    Route("/api/project", api_works.take_project, methods=["POST"]),
    Route("/api/methods", api_solve.list_methods),
    Route("/api/pairs", api_regions.plan_pairs, methods=["POST"]),
    Route("/api/solve", api_solve.solve, methods=["POST"]),
    Route("/api/batch", api_batch.describe_batch, methods=["GET"]),
    Route("/api/batch", api_batch.send_to_batch, methods=["POST"]),
    Route("/api/jobs/{id}", api_solve.describe_job, methods=["GET"]),
    Route("/api/jobs/{id}", api_solve.cancel_job, methods=["DELETE"]),
    Route("/api/jobs/{id}/events", api_solve.follow_job),
    Route("/api/jobs/{id}/picture", api_solve.show_job),
    Route("/api/transforms/{id}/preview", api_results.draw, methods=["POST"]),
    Route("/api/transforms/{id}/marks", api_results.mark, methods=["POST"]),
    Route("/api/transforms/{id}/field", api_results.send_field),
    Route("/api/transforms/{id}/export", api_results.export, methods=["POST"]),
    Route("/api/transforms/{id}/file", api_results.transform_file),
)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """While an application runs; at its end its jobs and its desk are closed."""
    yield
    app.state.jobs.close()
    app.state.desk.close()


def make_app(
    folder: Path | None,
    *,
    host: str = "127.0.0.1",
    port: int,
    token: str | None = None,
    session: Session | None = None,
    segmenter: str = "auto",
    limits: StudioLimits | None = None,
    room: Room | None = None,
    project: Path | None = None,
) -> Starlette:
    """The application.

    Args:
        folder: whose photos are listed; None for none.
        host, port: where it is served; requests for another Host are refused.
        token: the secret of its address; None for the room's, `app.state.token`.
        session: device and networks; None makes one for this machine.
        segmenter: finds regions where none are painted.
        limits: how much may be sent and kept.
        room: where what is done is kept; None for a temporary one.
        project: a project's file to begin with.

    Raises:
        FileError: it is no project.
    """
    limits = limits or StudioLimits()
    room = room or Room()
    token = token or room.token()

    app = Starlette(
        routes=list(_ROUTES),
        middleware=[Middleware(PageGuard, token=token, host=host, port=port)],
        exception_handlers=AS_LINES,
        lifespan=lifespan,
    )
    app.state.token = token
    app.state.files = pages.load_files()
    desk = Desk(Shelf(folder, limits, room), session or Session(), limits, segmenter)
    if project is not None:
        desk.opened = open_project_file(desk, project)
    app.state.desk = desk
    app.state.jobs = Jobs(limits.queued)
    return app
