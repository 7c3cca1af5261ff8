"""How the service is: for people and dashboards, for a platform's liveness probe, and for its readiness probe."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import psycopg
from flask import Blueprint, Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from core.settings import Settings, SettingsError
from core.workers import prove_writable, read_processor
from webapp.api import response_models
from webapp.api.response_models import name_operation, problems
from webapp.job_view import show_time
from webapp.services import Services, get_services
from webapp.transport.problems import DATABASE_RETRY_SECONDS
from webapp.transport.responses import json_response
from webapp.urls import API_PREFIX

NOBODY: dict[str, Any] = {
    "active_jobs": 0,
    "max_concurrent_jobs": 0,
    "processing_interval": None,
    "workers": 0,
    "queued_jobs": 0,
    "oldest_queued_seconds": None,
}
TROUBLES = ("model_is_down", "intake_is_paused", "workers_are_paused")
UNKNOWN = NOBODY | dict.fromkeys(TROUBLES, False) | {"releases": None}

api = APIBlueprint(
    "health",
    __name__,
    url_prefix=API_PREFIX,
    operation_id_callback=name_operation,
    abp_tags=[Tag(name="Health", description="No token needed.")],
    abp_responses=problems(400, 500),
)


@api.get(
    "/health",
    summary="Read the state of the service",
    responses={200: response_models.HealthResponse, 503: response_models.HealthResponse},
)
def read_health() -> Response:
    """`degraded` when jobs would not be accepted or would not run now, `unhealthy` (503) without a database.

    They do not run without a worker, nor while the model's server is down (`ai.available` is false): they wait. An
    operator may have `paused` the intake or the workers.
    """
    services = get_services()
    try:
        processor = _read_processor(services)
    except psycopg.OperationalError:
        return _health(services, "unhealthy", UNKNOWN, 503)
    is_well = processor["workers"] and not any(processor[name] for name in TROUBLES)
    return _health(services, "healthy" if is_well else "degraded", processor, 200)


root = Blueprint("root_health", __name__)
root.add_url_rule("/health", view_func=read_health)  # where some platforms and scripts look for it


@api.get(
    "/health/live",
    summary="Check whether the process is alive",
    responses={200: response_models.ProbeResponse},
)
def read_live() -> Response:
    """Never touches the database: restarting this process would not bring that back."""
    return json_response({"status": "ok"})


@api.get(
    "/health/ready",
    summary="Check whether requests can be handled",
    responses={200: response_models.ProbeResponse, **problems(503)},
)
def read_ready() -> Response:
    """Writes to the database: one that can only be read is not ready."""
    with get_services().pool.connection() as conn:
        prove_writable(conn)
    return json_response({"status": "ok"})


def _read_processor(services: Services) -> dict[str, Any]:
    with services.pool.connection() as conn:
        return read_processor(conn, timeout_seconds=services.settings.worker_timeout_seconds)


def _health(services: Services, status: str, processor: dict[str, Any], http_status: int) -> Response:
    body = {
        "status": status,
        "database": "unavailable" if http_status == 503 else "connected",
        "job_processor": {
            "running": bool(processor["workers"]),
            **{name: processor[name] for name in NOBODY},
            "releases": processor["releases"] or [],
        },
        "ai": _ai(services.settings, processor),
        "paused": {
            "intake": processor["intake_is_paused"],
            "workers": processor["workers_are_paused"],
        },
        "release": services.settings.release,
        "timestamp": show_time(datetime.now(UTC)),
    }
    response = json_response(body, http_status)
    if http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(DATABASE_RETRY_SECONDS)
    return response


def _ai(settings: Settings, processor: dict[str, Any]) -> dict[str, str | bool | None]:
    """What the workers say; without any, what this process' own settings would make of it."""
    available = not processor["model_is_down"]
    if processor["workers"]:
        return {"provider": processor["provider"], "model": processor["model"], "available": available}
    try:
        provider = settings.provider
    except SettingsError:
        return {"provider": None, "model": None, "available": available}
    model = settings.openai_model if provider == "openai" else None
    return {"provider": provider, "model": model, "available": available}
