"""Stored canvases: as JSON, as SVG, as PNG. Drawing is left to ``drawing``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from core import canvases, versions
from core.canvases import StoredCanvas, StoredObject
from core.erasure import erase_canvas
from core.errors import VersionIsOld
from core.ids import new_id
from drawing.canvas import Canvas, Quality
from drawing.own.drawing import own_drawing
from drawing.revision import as_drawn
from drawing.svg import to_svg
from webapp.api import response_models
from webapp.api.canvas_changes import change_drawing
from webapp.api.change_models import PatchBody, PatchHeaders, RevertBody
from webapp.api.own_objects import OwnCanvasBody, read_own_objects
from webapp.api.request_models import CanvasPath, CanvasQuery
from webapp.api.response_models import name_operation, problems
from webapp.auth import get_caller, require_caller
from webapp.errors import InvalidRequest
from webapp.job_view import show_canvas, show_version
from webapp.services import get_services
from webapp.transport.responses import json_response
from webapp.urls import API_PREFIX

PAGE_SIZE = 1000.0  # canvas units; the picture grows with what lies beyond
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

api = APIBlueprint(
    "canvases",
    __name__,
    url_prefix=API_PREFIX,
    operation_id_callback=name_operation,
    abp_tags=[Tag(name="Canvases", description="What was drawn.")],
    abp_security=[{"bearer": []}],
    abp_responses=problems(400, 401, 404, 500, 503),
)
api.before_request(require_caller)


def _picture(media_type: str, schema: dict[str, Any]) -> dict[Any, Any]:
    return {200: {"description": "The picture.", "content": {media_type: {"schema": schema}}}, 304: None}


@api.get("/canvas/<canvas_id>", summary="Read a canvas", responses={200: response_models.CanvasResponse})
def read_canvas(path: CanvasPath, query: CanvasQuery) -> Response:
    """The stored canvas and its objects, from back to front."""
    canvas, objects = _read(path.canvas_id, query.version)
    headers = {"ETag": _etag(canvas), "Cache-Control": "private, no-cache"}
    return json_response({"success": True, "canvas": show_canvas(canvas, objects)}, headers=headers)


@api.post(
    "/canvases",
    summary="Hand over a canvas",
    responses={201: response_models.OwnCanvasResponse, **problems(413, 415, 422)},
)
def hand_over_canvas(body: OwnCanvasBody) -> Response:
    """Store what is on a canvas of your own app, so that jobs can draw beside it, change it and connect to it."""
    canvas_id, user_id = new_id(), get_caller().user_id
    objects, ids = read_own_objects(body.objects, canvas_id)
    with get_services().pool.connection() as conn, conn.transaction():
        canvases.create_canvas(
            conn,
            canvas_id=canvas_id,
            user_id=user_id,
            title=" ".join((body.title or "").split()),
            objects=objects,
        )
        canvas = canvases.get_canvas(conn, canvas_id=str(canvas_id), user_id=user_id)
        stored = canvases.read_objects(conn, canvas_id=canvas_id)
    shown = {"success": True, "canvas": show_canvas(canvas, stored), "ids": ids}
    headers = {"ETag": _etag(canvas), "Location": f"{API_PREFIX}/canvas/{canvas_id}"}
    return json_response(shown, status=201, headers=headers)


@api.patch(
    "/canvas/<canvas_id>",
    summary="Change a canvas",
    responses={200: response_models.ChangedResponse, **problems(408, 409, 412, 413, 415, 422)},
)
def change_canvas(path: CanvasPath, header: PatchHeaders, body: PatchBody) -> Response:
    """Change title, style, colours or notation at once, without a job; it is a version of the canvas."""
    user_id = get_caller().user_id
    if not body.model_fields_set:
        raise InvalidRequest({"body": ["Say what to change."]})
    with get_services().pool.connection() as conn, conn.transaction():
        found = canvases.get_canvas(conn, canvas_id=path.canvas_id, user_id=user_id)
        canvas = canvases.lock_own_canvas(conn, found)
        if header.if_match not in (None, "*", _etag(canvas)):
            raise VersionIsOld(version=canvas.version)
        changes = change_drawing(conn, canvas, body, revise=partial(get_services().pictures.revise, user_id))
        canvas = canvases.get_canvas(conn, canvas_id=path.canvas_id, user_id=user_id)
        objects = canvases.read_objects(conn, canvas_id=canvas.id)
    shown = {"success": True, "canvas": show_canvas(canvas, objects), "changes": changes.to_json()}
    return json_response(shown, headers={"ETag": _etag(canvas)})


@api.get(
    "/canvas/<canvas_id>.svg",
    summary="Draw a canvas as SVG",
    responses=_picture("image/svg+xml", {"type": "string"}),
)
def read_svg(path: CanvasPath) -> Response:
    """The canvas as a standalone SVG document."""
    canvas, objects = _read(path.canvas_id)
    return _picture_response(
        canvas, lambda: _aside(lambda: to_svg(_to_drawing(canvas, objects))), "image/svg+xml"
    )


@api.get(
    "/canvas/<canvas_id>.png",
    summary="Draw a canvas as PNG",
    responses=_picture("image/png", {"type": "string", "format": "binary"}),
)
def read_png(path: CanvasPath) -> Response:
    """The canvas as a PNG image."""
    canvas, objects = _read(path.canvas_id)
    pictures, version = get_services().pictures, (canvas.id, canvas.updated_at)
    return _picture_response(
        canvas,
        lambda: pictures.png(version, canvas.user_id, lambda: _to_drawing(canvas, objects)),
        "image/png",
    )


@api.get(
    "/canvas/<canvas_id>.mmd",
    summary="Read a canvas as notation",
    responses={
        200: {"description": "The notation.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
def read_notation(path: CanvasPath) -> Response:
    """The drawings of a canvas as notation (docs/notation.md), the oldest first, a blank line between them.

    What your app handed over comes first, as a sketch.
    """
    with get_services().pool.connection() as conn:
        canvas = canvases.get_canvas(conn, canvas_id=path.canvas_id, user_id=get_caller().user_id)
        drawings = versions.list_drawings(conn, canvas_id=canvas.id)
        own = own_drawing(canvas.id, canvases.read_objects(conn, canvas_id=canvas.id))
    sources = [*([own.source] if own else []), *(drawing.source for drawing in drawings)]
    response = Response("\n".join(sources), mimetype="text/plain")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@api.get(
    "/canvas/<canvas_id>/versions",
    summary="List the versions of a canvas",
    responses={200: response_models.VersionsResponse},
)
def list_versions(path: CanvasPath) -> Response:
    """What the canvas was and is, the newest version first; every change is one, and the last hundred are kept."""
    with get_services().pool.connection() as conn:
        canvas = canvases.get_canvas(conn, canvas_id=path.canvas_id, user_id=get_caller().user_id)
        found = versions.list_versions(conn, canvas_id=canvas.id)
    return json_response({"success": True, "versions": [show_version(each) for each in found]})


@api.post(
    "/canvas/<canvas_id>/revert",
    summary="Go back to a version",
    responses={200: response_models.CanvasResponse, **problems(408, 413, 415, 422)},
)
def revert_canvas(path: CanvasPath, body: RevertBody) -> Response:
    """The canvas becomes what it was at a version. That is a version of its own, so nothing is lost."""
    with get_services().pool.connection() as conn, conn.transaction():
        found = canvases.get_canvas(conn, canvas_id=path.canvas_id, user_id=get_caller().user_id)
        versions.revert(conn, canvases.lock_own_canvas(conn, found), body.version)
        canvas = canvases.get_canvas(conn, canvas_id=path.canvas_id, user_id=get_caller().user_id)
        objects = canvases.read_objects(conn, canvas_id=canvas.id)
    return json_response({"success": True, "canvas": show_canvas(canvas, objects)})


@api.delete("/canvas/<canvas_id>", summary="Delete a canvas", responses={204: None})
def delete_canvas(path: CanvasPath) -> Response:
    """The canvas and its objects, for good. The jobs that drew it stay; their result is 410 `canvas_deleted`."""
    with get_services().pool.connection() as conn, conn.transaction():
        erase_canvas(conn, canvas_id=path.canvas_id, user_id=get_caller().user_id)
    return Response(status=204)


def _read(canvas_id: str, version: int | None = None) -> tuple[StoredCanvas, list[StoredObject]]:
    with get_services().pool.connection() as conn:
        canvas = canvases.get_canvas(conn, canvas_id=canvas_id, user_id=get_caller().user_id)
        if version is not None and version != canvas.version:
            return versions.read_version(conn, canvas, version)
        return canvas, canvases.read_objects(conn, canvas_id=canvas.id)


def _etag(canvas: StoredCanvas) -> str:
    return f'"{canvas.version}-{canvas.updated_at.timestamp():.6f}"'


def _picture_response(canvas: StoredCanvas, draw: Callable[[], str | bytes], media_type: str) -> Response:
    response = Response(mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.set_etag(f"{canvas.updated_at.timestamp():.6f}", weak=True)
    # A picture that the caller has already is not drawn again.
    if response.make_conditional(request).status_code != 304:
        response.set_data(draw())
    return response


def _aside(work: Callable[[], str]) -> str:
    """Run work of many milliseconds in a real thread, so that the other requests of a gevent process go on."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return work()
    import gevent  # type: ignore[import-untyped]

    return cast(str, gevent.get_hub().threadpool.apply(work))


def _to_drawing(canvas: StoredCanvas, objects: list[StoredObject]) -> Canvas:
    drawn = tuple(map(as_drawn, objects))
    return Canvas(canvas.title, drawn, PAGE_SIZE, PAGE_SIZE, Quality(score=0))
