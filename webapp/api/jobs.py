"""Jobs: create, read, list, count, cancel, retry, delete. What a job is: ``core.jobs``; how it looks: ``job_view``."""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from core import canvases, jobs, metrics, tracing
from core.admission import Accepted, NewJob
from core.database import Connection
from core.erasure import erase_job
from core.errors import BudgetExhausted, CanvasNotFound, JobNotFound, RateLimited, TooManyActiveJobs
from core.jobs import Job
from core.settings import Settings
from core.spans import Span
from core.webhook_rules import check_url
from webapp.api import answers
from webapp.api.answers import name_operation, problems
from webapp.api.inputs import (
    CreateBody,
    CreateHeaders,
    EraseQuery,
    JobPath,
    ListQuery,
    StatsQuery,
    StatusHeaders,
    parse_id,
    quick,
)
from webapp.auth import get_caller, require_caller
from webapp.errors import Forbidden, InvalidRequest, ServerBusy, TooManyStreams
from webapp.http import get_request_id
from webapp.job_view import (
    API_PREFIX,
    QUEUED_POLL_SECONDS,
    Seen,
    links,
    poll_seconds,
    show_result,
)
from webapp.limits import left_fields, policy_fields, refused_fields
from webapp.replies import reply
from webapp.services import Services, get_services
from webapp.streams import wait_for_job

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SENT = tracing.messaging("send", queue="canvas")
CURSOR = struct.Struct(">q16s")  # microseconds since 1970, and the job's id

api = APIBlueprint(
    "jobs",
    __name__,
    url_prefix=API_PREFIX,
    operation_id_callback=name_operation,
    abp_tags=[Tag(name="Jobs", description="A sentence becomes a canvas, in the background.")],
    abp_security=[{"bearer": []}],
    abp_responses=problems(400, 401, 500, 503),
)
api.before_request(require_caller)


@api.post(
    "/create-canvas",
    summary="Draw a canvas from a sentence",
    responses={200: answers.FinishedAnswer, 202: answers.AcceptedAnswer, **problems(404, 413, 415, 422, 429)},
)
@quick
def create_canvas(header: CreateHeaders, body: CreateBody) -> Response:
    """Accept a job. 202 means that it is on record; with `Prefer: wait=N` a job that ends in time answers 200."""
    services = get_services()
    accepted = _accept(services, body, header.idempotency_key)
    if not accepted.is_replay:
        metrics.accepted.inc()
    limits, admission = services.limits, accepted.admission
    fields = policy_fields(limits) if admission is None else left_fields(limits, admission)
    fields["Location"] = links(accepted.job_id)["self"]
    if accepted.is_replay:
        fields["Idempotency-Replayed"] = "true"
    if header.wait and (finished := _wait_for_end(services, accepted.job_id, header.wait)):
        return reply(finished, headers=fields | {"Preference-Applied": f"wait={header.wait}"})
    return _accepted(accepted.job_id, "Your canvas will be drawn.", fields)


@api.get(
    "/job/<job_id>/status",
    summary="Read a job",
    responses={200: answers.StatusAnswer, 304: None, **problems(404)},
)
@quick
def read_status(path: JobPath, header: StatusHeaders) -> Response:
    """The job as it is now, or with `Prefer: wait=N` as soon as it differs from the version in `If-None-Match`."""
    services = get_services()
    view = services.view
    seen = services.see(parse_id(path.job_id, JobNotFound), get_caller().user_id)
    etag, known = view.make_etag(seen), request.if_none_match
    if header.wait and not seen.job.is_final and (not known or known.contains_weak(etag)):
        seen = _wait_for_change(services, seen, header.wait)
        etag = view.make_etag(seen)
    # Weak: gzip changes the bytes and time the estimate, not the meaning.
    fields = _status_fields(seen.job, header.wait) | {"ETag": f'W/"{etag}"'}
    if known.contains_weak(etag):
        return Response(status=304, headers=fields)
    return reply({"success": True, "job": view.show(seen)}, headers=fields)


@api.get(
    "/job/<job_id>/result",
    summary="Read what a job drew",
    responses={200: answers.ResultAnswer, **problems(404, 409, 410)},
)
def read_result(path: JobPath) -> Response:
    """The objects of a completed job; 409 while there are none."""
    services = get_services()
    with services.pool.connection() as conn:
        job = jobs.get_job(conn, job_id=parse_id(path.job_id, JobNotFound), user_id=get_caller().user_id)
        services.view.check_has_result(job)
        result = _read_result(conn, job)
    return reply({"success": True, "result": result})


@api.get("/jobs", summary="List your jobs", responses={200: answers.ListAnswer})
def list_jobs(query: ListQuery) -> Response:
    """Your jobs, newest first."""
    services = get_services()
    with services.pool.connection() as conn:
        found = jobs.page_jobs(
            conn,
            user_id=get_caller().user_id,
            status=query.status,
            limit=query.limit + 1,
            offset=query.offset,
            before=_parse_cursor(query.cursor) if query.cursor else None,
        )
        page = found[: query.limit]
        view = services.view
        shown = [view.show(seen) for seen in view.see(conn, page)]
    next_cursor = _make_cursor(page[-1]) if len(found) > query.limit else None
    return reply({"success": True, "jobs": shown, "next_cursor": next_cursor})


@api.get("/jobs/stats", summary="Count jobs", responses={200: answers.StatsAnswer, **problems(403)})
def count_jobs(query: StatsQuery) -> Response:
    """Your numbers, or everybody's for an admin."""
    caller = get_caller()
    if query.scope == "all" and not caller.is_admin:
        raise Forbidden("Only an admin's token may ask for the numbers of all users.")
    with get_services().heavy_pool.connection() as conn:
        numbers = jobs.count_jobs(conn, user_id=None if query.scope == "all" else caller.user_id)
    return reply({"success": True, **numbers, "stats": numbers})


@api.post(
    "/job/<job_id>/cancel",
    summary="Cancel a job",
    responses={200: answers.CancelAnswer, **problems(404, 409)},
)
def cancel_job(path: JobPath) -> Response:
    """From this answer on the job is cancelled for good and draws nothing."""
    job_id = parse_id(path.job_id, JobNotFound)
    with get_services().pool.connection() as conn, conn.transaction():
        jobs.cancel_job(conn, job_id=job_id, user_id=get_caller().user_id)
    return reply({"success": True, "message": "The job is cancelled.", "status": "cancelled"})


@api.post(
    "/job/<job_id>/retry",
    summary="Run a failed or cancelled job again",
    responses={202: answers.AcceptedAnswer, **problems(404, 409, 429)},
)
def retry_job(path: JobPath) -> Response:
    """The same job, its attempts counted afresh."""
    services = get_services()
    job_id = parse_id(path.job_id, JobNotFound)
    with (
        _sending() as span,
        _limits_in_headers(services),
        services.pool.connection() as conn,
        conn.transaction(),
    ):
        jobs.reopen_job(
            conn,
            job_id=job_id,
            user_id=get_caller().user_id,
            limits=services.limits,
            request_id=get_request_id(),
            traceparent=span.traceparent,
        )
        span.set({"messaging.message.id": job_id, "canvas.job.id": job_id})
    metrics.accepted.inc()
    return _accepted(job_id, "The job will run again.", {"Location": links(job_id)["self"]})


@api.delete("/job/<job_id>", summary="Delete a job", responses={204: None, **problems(404, 409)})
def delete_job(path: JobPath, query: EraseQuery) -> Response:
    """The job with its words and events, for good; 409 `job_not_deletable` until it has ended: cancel it first.

    Its canvas stays, unless `canvas=true` asks for that too: then the canvas that the job made goes as well or, of a
    canvas that was there before, the objects that the job drew. Deleting does not give back what limits count.
    """
    job_id = parse_id(path.job_id, JobNotFound)
    with get_services().pool.connection() as conn, conn.transaction():
        erase_job(conn, job_id=job_id, user_id=get_caller().user_id, with_canvas=query.canvas)
    return Response(status=204)


def _accept(services: Services, body: CreateBody, idempotency_key: str | None) -> Accepted:
    user_id = get_caller().user_id
    target_id = parse_id(body.canvas_id, CanvasNotFound) if body.canvas_id is not None else None
    webhook_url = _choose_webhook(services.settings, body.webhook_url)
    request_data = {
        "instructions": body.instructions,
        "style": body.style,
        "colorScheme": body.color_scheme,
        "canvas_id": None if target_id is None else str(target_id),
    }
    if body.webhook_url is not None:
        request_data["webhook_url"] = body.webhook_url
    with _sending() as span, _limits_in_headers(services):
        asked = NewJob(
            user_id=user_id,
            request_data=request_data,
            priority=body.priority,
            target_canvas_id=target_id,
            max_retries=services.settings.max_job_retries,
            idempotency_key=idempotency_key,
            request_id=get_request_id(),
            webhook_url=webhook_url,
            traceparent=span.traceparent,
        )
        verdict = services.accepting.ask(asked)
        if not isinstance(verdict, Accepted):
            raise verdict
        span.set({"messaging.message.id": verdict.job_id, "canvas.job.id": verdict.job_id})
        return verdict


def _sending() -> Span:
    return tracing.span("send canvas", kind="producer", attributes=SENT)


def _choose_webhook(settings: Settings, asked: str | None) -> str | None:
    """Return where to tell of the job's end: the caller's address, or else the deployment's; None for nowhere."""
    if asked is None:
        return settings.webhook_url
    try:
        if settings.webhook_secret is None:
            raise ValueError("This service sends no webhooks.")
        check_url(asked, allow_private=settings.webhook_allow_private)
    except ValueError as exc:
        raise InvalidRequest({"webhook_url": [str(exc)]}) from None
    return asked


@contextmanager
def _limits_in_headers(services: Services) -> Iterator[None]:
    try:
        yield
    except (TooManyActiveJobs, RateLimited, BudgetExhausted) as exc:
        exc.extra["headers"] = refused_fields(services.limits, exc)
        raise


def _accepted(job_id: uuid.UUID, message: str, fields: dict[str, str]) -> Response:
    body = {
        "success": True,
        "job_id": str(job_id),
        "status": "queued",
        "message": message,
        "links": links(job_id),
    }
    return reply(body, 202, headers=fields | {"Retry-After": str(QUEUED_POLL_SECONDS)})


def _wait_for_end(services: Services, job_id: uuid.UUID, seconds: int) -> dict[str, Any] | None:
    """Return the answer to a create request whose job ended in time, else None."""
    try:
        with services.live.follow(job_id, get_caller().user_id) as follower:
            ended = wait_for_job(
                services, follower, seconds=seconds, is_enough=lambda seen: seen.job.is_final
            )
        if ended is None or not ended.job.is_final:
            return None
        result = None
        if ended.job.result:
            with services.pool.connection() as conn:
                result = _read_result(conn, ended.job)
    except (psycopg.OperationalError, TooManyStreams, ServerBusy):
        # The job is on record: nothing that happens while waiting may turn its answer into an error.
        return None
    return {
        "success": True,
        "job_id": str(job_id),
        "status": ended.job.status,
        "message": ended.job.progress_message,
        "links": links(job_id),
        "job": services.view.show(ended),
        "result": result,
    }


def _wait_for_change(services: Services, seen: Seen, seconds: int) -> Seen:
    """Return the job as soon as it looks different, or as it is after ``seconds``; raise when it is gone."""
    etag = services.view.make_etag(seen)

    def has_changed(now: Seen) -> bool:
        return services.view.make_etag(now) != etag

    try:
        with services.live.follow(seen.job.id, seen.job.user_id) as follower:
            changed = wait_for_job(services, follower, seconds=seconds, is_enough=has_changed)
    except (TooManyStreams, ServerBusy):
        # Waiting is a preference: without room for it, the answer comes at once.
        return seen
    if changed is None:
        raise JobNotFound
    return changed


def _read_result(conn: Connection, job: Job) -> dict[str, Any]:
    assert job.canvas_id is not None  # noqa: S101 - the database holds a completed job to it
    return show_result(job, canvases.read_objects(conn, canvas_id=job.canvas_id, job_id=job.id))


def _status_fields(job: Job, wait: int) -> dict[str, str]:
    fields = {"Cache-Control": "private, no-cache"}
    if (seconds := poll_seconds(job)) is not None:
        fields["Retry-After"] = str(seconds)
    if wait:
        fields["Preference-Applied"] = f"wait={wait}"
    return fields


def _make_cursor(job: Job) -> str:
    microseconds = (job.created_at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(CURSOR.pack(microseconds, job.id.bytes)).decode()


def _parse_cursor(text: str) -> tuple[datetime, uuid.UUID]:
    try:
        microseconds, id_bytes = CURSOR.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
        return EPOCH + timedelta(microseconds=microseconds), uuid.UUID(bytes=id_bytes)
    except (ValueError, binascii.Error, struct.error, OverflowError) as exc:
        raise InvalidRequest({"cursor": ["This is not a cursor that a page gave out."]}) from exc
