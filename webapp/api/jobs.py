"""Jobs: create, read, list, count, cancel, retry, delete. What a job is: ``core.jobs``; how it looks: ``job_view``."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from core import canvases, jobs, metrics, tracing
from core.admission import Accepted, NewJob
from core.database import Connection
from core.erasure import erase_job
from core.errors import BudgetExhausted, JobNotFound, RateLimited, TooManyActiveJobs
from core.jobs import Job
from core.settings import Settings
from core.spans import Span
from core.webhook_rules import check_url
from webapp.api import response_models
from webapp.api.cursors import make_cursor, parse_cursor
from webapp.api.request_models import (
    CreateBody,
    CreateHeaders,
    EraseQuery,
    JobPath,
    ListQuery,
    StatsQuery,
    StatusHeaders,
    parse_id,
)
from webapp.api.response_models import name_operation, problems
from webapp.auth import get_caller, require_caller
from webapp.errors import Forbidden, InvalidRequest, ServerBusy, TooManyStreams
from webapp.job_view import QUEUED_POLL_SECONDS, poll_seconds, show_result
from webapp.live.queue_position import JobSnapshot
from webapp.services import Services, get_services
from webapp.streams import wait_for_job
from webapp.transport.envelope import get_request_id
from webapp.transport.rate_limit import policy_headers, refused_headers, remaining_headers
from webapp.transport.responses import json_response
from webapp.urls import API_PREFIX, job_links

SEND_ATTRIBUTES = tracing.messaging("send", queue="canvas")

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
    responses={
        200: response_models.FinishedResponse,
        202: response_models.AcceptedResponse,
        **problems(404, 408, 413, 415, 422, 429),
    },
)
def create_canvas(header: CreateHeaders, body: CreateBody) -> Response:
    """Accept a job. 202 means that it is on record; with `Prefer: wait=N` a job that ends in time gets 200."""
    services = get_services()
    accepted = _accept(services, body, header.idempotency_key)
    if not accepted.is_replay:
        metrics.accepted.inc()
    limits, admission = services.limits, accepted.admission
    headers = policy_headers(limits) if admission is None else remaining_headers(limits, admission)
    headers["Location"] = job_links(accepted.job_id)["self"]
    if accepted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    if header.wait and (finished := _wait_for_end(services, accepted.job_id, header.wait)):
        return json_response(finished, headers=headers | {"Preference-Applied": f"wait={header.wait}"})
    return _accepted(accepted.job_id, "Your canvas will be drawn.", headers)


@api.get(
    "/job/<job_id>/status",
    summary="Read a job",
    responses={200: response_models.StatusResponse, 304: None, **problems(404)},
)
def read_status(path: JobPath, header: StatusHeaders) -> Response:
    """The job as it is now, or with `Prefer: wait=N` as soon as it differs from the version in `If-None-Match`."""
    services = get_services()
    view = services.job_view
    snapshot = services.get_snapshot(parse_id(path.job_id, JobNotFound), get_caller().user_id)
    etag, known = view.make_etag(snapshot), request.if_none_match
    if header.wait and not snapshot.job.is_final and (not known or known.contains_weak(etag)):
        snapshot = _wait_for_change(services, snapshot, header.wait)
        etag = view.make_etag(snapshot)
    # Weak: gzip changes the bytes and time the estimate, not the meaning.
    headers = _status_headers(snapshot.job, header.wait) | {"ETag": f'W/"{etag}"'}
    if known.contains_weak(etag):
        return Response(status=304, headers=headers)
    return json_response({"success": True, "job": view.show(snapshot)}, headers=headers)


@api.get(
    "/job/<job_id>/result",
    summary="Read what a job drew",
    responses={200: response_models.ResultResponse, **problems(404, 409, 410)},
)
def read_result(path: JobPath) -> Response:
    """The objects of a completed job; 409 while there are none."""
    services = get_services()
    with services.pool.connection() as conn:
        job = jobs.get_job(conn, job_id=parse_id(path.job_id, JobNotFound), user_id=get_caller().user_id)
        services.job_view.check_has_result(job)
        result = _read_result(conn, job)
    return json_response({"success": True, "result": result})


@api.get("/jobs", summary="List your jobs", responses={200: response_models.ListResponse})
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
            before=parse_cursor(query.cursor) if query.cursor else None,
        )
        page = found[: query.limit]
        view = services.job_view
        shown = [view.show(snapshot) for snapshot in services.queue_positions.snapshots(conn, page)]
    next_cursor = make_cursor(page[-1]) if len(found) > query.limit else None
    return json_response({"success": True, "jobs": shown, "next_cursor": next_cursor})


@api.get("/jobs/stats", summary="Count jobs", responses={200: response_models.StatsResponse, **problems(403)})
def count_jobs(query: StatsQuery) -> Response:
    """Your numbers, or everybody's for an admin."""
    caller = get_caller()
    if query.scope == "all" and not caller.is_admin:
        raise Forbidden("Only an admin's token may ask for the numbers of all users.")
    with get_services().heavy_pool.connection() as conn:
        numbers = jobs.count_jobs(conn, user_id=None if query.scope == "all" else caller.user_id)
    return json_response({"success": True, **numbers, "stats": numbers})


@api.post(
    "/job/<job_id>/cancel",
    summary="Cancel a job",
    responses={200: response_models.CancelResponse, **problems(404, 409)},
)
def cancel_job(path: JobPath) -> Response:
    """From this response on the job is cancelled for good and draws nothing."""
    job_id = parse_id(path.job_id, JobNotFound)
    with get_services().pool.connection() as conn, conn.transaction():
        jobs.cancel_job(conn, job_id=job_id, user_id=get_caller().user_id)
    return json_response({"success": True, "message": "The job is cancelled.", "status": "cancelled"})


@api.post(
    "/job/<job_id>/retry",
    summary="Run a failed or cancelled job again",
    responses={202: response_models.AcceptedResponse, **problems(404, 409, 429)},
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
    return _accepted(job_id, "The job will run again.", {"Location": job_links(job_id)["self"]})


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
    target_id = canvases.parse_own_id(body.canvas_id) if body.canvas_id is not None else None
    webhook_url = _choose_webhook(services.settings, body.webhook_url)
    words = {"source": body.source} if body.source is not None else {"instructions": body.instructions}
    request_data: dict[str, Any] = {
        **words,
        "style": body.style,
        "colorScheme": body.color_scheme,
        "canvas_id": body.canvas_id,
        "connectors": body.connectors or services.settings.default_connectors,
        "square_diamonds": _first(body.square_diamonds, services.settings.default_square_diamonds),
    }
    if body.theme == "dark":
        request_data["theme"] = body.theme
    if body.mode != "add" and body.canvas_id is not None:
        request_data |= {"mode": body.mode, "selection": body.selection or []}
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
        verdict = services.acceptances.run(asked)
        if not isinstance(verdict, Accepted):
            raise verdict
        span.set({"messaging.message.id": verdict.job_id, "canvas.job.id": verdict.job_id})
        return verdict


def _first(asked: bool | None, default: bool) -> bool:
    return default if asked is None else asked


def _sending() -> Span:
    return tracing.span("send canvas", kind="producer", attributes=SEND_ATTRIBUTES)


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
        exc.extra["headers"] = refused_headers(services.limits, exc)
        raise


def _accepted(job_id: uuid.UUID, message: str, headers: dict[str, str]) -> Response:
    body = {
        "success": True,
        "job_id": str(job_id),
        "status": "queued",
        "message": message,
        "links": job_links(job_id),
    }
    return json_response(body, 202, headers=headers | {"Retry-After": str(QUEUED_POLL_SECONDS)})


def _wait_for_end(services: Services, job_id: uuid.UUID, seconds: int) -> dict[str, Any] | None:
    """Return the response to a create request whose job ended in time, else None."""
    try:
        with services.notifier.subscribe(job_id, get_caller().user_id) as subscription:
            ended = wait_for_job(
                services, subscription, seconds=seconds, is_enough=lambda snapshot: snapshot.job.is_final
            )
        if ended is None or not ended.job.is_final:
            return None
        result = None
        if ended.job.result:
            with services.pool.connection() as conn:
                result = _read_result(conn, ended.job)
    except (psycopg.OperationalError, TooManyStreams, ServerBusy):
        # The job is on record: nothing that happens while waiting may turn its response into an error.
        return None
    return {
        "success": True,
        "job_id": str(job_id),
        "status": ended.job.status,
        "message": ended.job.progress_message,
        "links": job_links(job_id),
        "job": services.job_view.show(ended),
        "result": result,
    }


def _wait_for_change(services: Services, snapshot: JobSnapshot, seconds: int) -> JobSnapshot:
    """Return the job as soon as it looks different, or as it is after ``seconds``; raise when it is gone."""
    etag = services.job_view.make_etag(snapshot)

    def has_changed(now: JobSnapshot) -> bool:
        return services.job_view.make_etag(now) != etag

    try:
        with services.notifier.subscribe(snapshot.job.id, snapshot.job.user_id) as subscription:
            changed = wait_for_job(services, subscription, seconds=seconds, is_enough=has_changed)
    except (TooManyStreams, ServerBusy):
        # Waiting is a preference: without room for it, the response comes at once.
        return snapshot
    if changed is None:
        raise JobNotFound
    return changed


def _read_result(conn: Connection, job: Job) -> dict[str, Any]:
    assert job.canvas_id is not None  # noqa: S101 - the database holds a completed job to it
    drawing_id = (job.result or {}).get("drawing_id")  # of a job that changed what another one had drawn
    return show_result(
        job,
        canvases.read_objects(
            conn, canvas_id=job.canvas_id, job_id=uuid.UUID(drawing_id) if drawing_id else job.id
        ),
    )


def _status_headers(job: Job, wait: int) -> dict[str, str]:
    headers = {"Cache-Control": "private, no-cache"}
    if (seconds := poll_seconds(job)) is not None:
        headers["Retry-After"] = str(seconds)
    if wait:
        headers["Preference-Applied"] = f"wait={wait}"
    return headers
