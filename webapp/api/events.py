"""A job's events as a stream. How a stream works is in ``webapp.streams``."""

from __future__ import annotations

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from core.errors import JobNotFound
from webapp.api.request_models import EventsHeaders, EventsQuery, JobPath, parse_id
from webapp.api.response_models import name_operation, problems
from webapp.auth import get_caller, require_caller
from webapp.services import get_services
from webapp.streams import Stream
from webapp.urls import API_PREFIX

HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
EVENT_STREAM = {
    "description": (
        "Server-sent events (WHATWG HTML 9.2), until the job has ended. Each has an `id`, its number, and `data`, a"
        " JSON object:\n\n"
        "| event | data |\n|---|---|\n"
        "| `status` | the fields of the job that changed; under the id 0 the whole job |\n"
        "| `progress` | `percent`, `message`, `objects`, as in the job's `progress` |\n"
        "| `object` | `id`, `object_type`, `properties`, `z_index`, and the `attempt` that drew it; an id seen before"
        " replaces that object |\n"
        "| `object_removed` | `id`: this object is no longer part of the drawing |\n"
        "| `done` | the job as it ended; the stream ends |\n\n"
        "A comment every 15 seconds keeps proxies awake. The server ends a stream after 14 minutes: come back with"
        " `Last-Event-ID`."
    ),
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}

api = APIBlueprint(
    "events",
    __name__,
    url_prefix=API_PREFIX,
    operation_id_callback=name_operation,
    abp_tags=[Tag(name="Jobs")],
    abp_security=[{"bearer": []}],
    abp_responses=problems(400, 401, 500, 503),
)
api.before_request(require_caller)


@api.get(
    "/job/<job_id>/events",
    summary="Follow a job",
    responses={200: EVENT_STREAM, **problems(404, 429)},
)
def follow_job(path: JobPath, header: EventsHeaders, query: EventsQuery) -> Response:
    """Each shape the moment it exists. Closing the stream never touches the job; resume by event number."""
    services, user_id = get_services(), get_caller().user_id
    job_id = parse_id(path.job_id, JobNotFound)
    snapshot = services.get_snapshot(job_id, user_id)
    if request.method == "HEAD":
        return Response(headers=HEADERS, mimetype="text/event-stream")
    subscription = services.notifier.subscribe(job_id, user_id)
    stream = Stream(
        services=services,
        subscription=subscription,
        user_id=user_id,
        number=header.last_event_id or query.after,
    )
    response = Response(
        stream.run(services.job_view.show(snapshot)), headers=HEADERS, mimetype="text/event-stream"
    )
    # Not a finally in the generator: that never runs when the reader is gone before the first byte.
    response.call_on_close(subscription.close)
    return response
