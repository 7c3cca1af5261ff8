"""What the operator's page reads: everybody's jobs, the workers, numbers over time. For tokens with the role admin.

Not part of the public contract, so the OpenAPI document leaves it out.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from core import operator_actions, webhooks
from core.errors import JobNotFound
from core.jobs import STATUSES
from core.workers import read_processor
from webapp.api.headline import describe_troubles
from webapp.api.request_models import parse_id
from webapp.auth import get_caller, require_caller
from webapp.errors import Forbidden, InvalidRequest
from webapp.job_view import show_time
from webapp.services import get_services
from webapp.transport.responses import json_response
from webapp.urls import API_PREFIX

MINUTES = 60
MAX_JOBS = 50

api = Blueprint("admin_api", __name__, url_prefix=f"{API_PREFIX}/admin")
api.before_request(require_caller)


@api.before_request
def require_admin() -> None:
    """Refuse tokens without the role."""
    if not get_caller().is_admin:
        raise Forbidden("Only an admin's token may do this.")


@api.get("/overview")
def read_overview() -> Response:
    """Queue, workers, pauses, and how jobs ended in the last hour."""
    services = get_services()
    timeout = services.settings.worker_timeout_seconds
    with services.heavy_pool.connection() as conn:
        body: dict[str, Any] = {
            "processor": read_processor(conn, timeout_seconds=timeout),
            "workers": operator_actions.list_workers(conn, timeout_seconds=timeout),
            "minutes": operator_actions.count_minutes(conn, minutes=MINUTES),
            "pauses": [
                {"what": each.what, "reason": each.reason, "paused_at": each.paused_at}
                for each in operator_actions.read_pauses(conn)
            ],
            "failures": operator_actions.count_failures(conn),
            "pending_webhooks": webhooks.count_pending(conn),
        }
        last_completed_at = operator_actions.find_last_completion(conn)
    body["troubles"] = describe_troubles(
        processor=body["processor"],
        pauses=body["pauses"],
        workers=body["workers"],
        failures=body["failures"],
        last_completed_at=last_completed_at,
        completed=sum(minute["completed"] for minute in body["minutes"]),
        timeout_seconds=timeout,
    )
    return _respond(**body)


@api.get("/jobs")
def list_jobs() -> Response:
    """Everybody's newest jobs, ``?status=`` of one kind."""
    status = request.args.get("status") or None
    if status is not None and status not in STATUSES:
        raise InvalidRequest({"status": [f"Use one of {', '.join(STATUSES)}."]})
    with get_services().heavy_pool.connection() as conn:
        return _respond(jobs=operator_actions.list_newest(conn, status=status, limit=MAX_JOBS))


@api.get("/job/<job_id>")
def read_job(job_id: str) -> Response:
    """All that is known of a job, but for what its user wrote and what was drawn."""
    number = parse_id(job_id, JobNotFound)
    with get_services().pool.connection() as conn:
        history = operator_actions.read_history(conn, job_id=number)
        deliveries = webhooks.list_deliveries(conn, job_id=number)
    return _respond(
        job=history.record, queue=history.queue_rows, events=history.events, deliveries=deliveries
    )


@api.post("/job/<job_id>/cancel")
def cancel_job(job_id: str) -> Response:
    """Cancel anybody's job for good."""
    with get_services().pool.connection() as conn, conn.transaction():
        job = operator_actions.cancel_any(conn, job_id=parse_id(job_id, JobNotFound))
    return _respond(status=job.status)


@api.post("/job/<job_id>/retry")
def retry_job(job_id: str) -> Response:
    """Put anybody's unfinished, failed or cancelled job on the queue again."""
    with get_services().pool.connection() as conn, conn.transaction():
        job = operator_actions.requeue_job(conn, job_id=parse_id(job_id, JobNotFound))
    return _respond(status=job.status)


def _respond(**body: Any) -> Response:
    return json_response(_plain({"success": True, **body}))


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: ids as text, times in RFC 3339."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case datetime():
            return show_time(value)
        case uuid.UUID():
            return str(value)
        case _:
            return value
