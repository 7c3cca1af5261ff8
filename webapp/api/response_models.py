"""What callers get, as models: the source of the OpenAPI document, and what the tests hold the answers against.

Views build plain dictionaries (``webapp.job_view``); validating each of them again would cost more than making it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.jobs import Status

JSON = "application/json"
PROBLEM = "application/problem+json"


class Answer(BaseModel):
    """An object with exactly these fields today; callers must expect more tomorrow."""

    model_config = ConfigDict(extra="allow")


class Problem(Answer):
    """What went wrong (RFC 9457). `error` and `message` are for people, `code` for programs."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(examples=["job_not_found"])
    error: str
    message: str
    retryable: bool
    request_id: str | None
    details: dict[str, list[str]] | None = Field(None, description="Complaints by field.")
    job_status: Status | None = None


class Links(Answer):
    """Addresses of a job."""

    self: str
    result: str
    events: str
    cancel: str
    retry: str


class Usage(Answer):
    """Tokens that the model took."""

    input_tokens: int
    output_tokens: int


class Progress(Answer):
    """How far a job is. The percentage never falls while the job runs."""

    percent: int = Field(ge=0, le=100)
    message: str
    objects: int


class Job(Answer):
    """A job."""

    id: str
    user_id: str
    canvas_id: str | None
    job_type: Literal["create_canvas"]
    status: Status
    priority: int
    request_data: dict[str, Any]
    error_message: str | None
    error_code: str | None
    retry_count: int
    max_retries: int
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    completed_at: AwareDatetime | None
    next_processing_at: AwareDatetime | None
    progress: Progress
    queue_position: int | None = Field(description="1 is next; null unless the job waits in line.")
    eta_seconds: float | None
    attempts: int
    model: str | None
    usage: Usage
    cancel_requested_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    links: Links


class CanvasObject(Answer):
    """One object on a canvas."""

    id: str
    canvas_id: str
    object_type: Literal["rectangle", "circle", "diamond", "star", "heart", "text", "arrow", "line"]
    properties: dict[str, Any]
    z_index: int
    created_by: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Result(Answer):
    """What a completed job drew."""

    success: Literal[True]
    canvas_id: str
    title: str | None
    objects: list[CanvasObject]
    message: str | None
    request_id: str
    model: str | None
    usage: Usage
    quality: dict[str, Any] | None
    generator: str | None
    canvas_size: dict[str, float] | None
    dropped: list[str]
    notes: list[str]
    source: str | None


class AcceptedResponse(Answer):
    """The job is on record and will run."""

    success: Literal[True]
    job_id: str
    status: Status
    message: str
    links: Links


class FinishedResponse(AcceptedResponse):
    """The job has ended while the caller waited."""

    job: Job
    result: Result | None


class StatusResponse(Answer):
    """A job."""

    success: Literal[True]
    job: Job


class ResultResponse(Answer):
    """A job's result."""

    success: Literal[True]
    result: Result


class CancelResponse(Answer):
    """The job is cancelled for good."""

    success: Literal[True]
    message: str
    status: Literal["cancelled"]


class ListResponse(Answer):
    """A page of jobs, newest first."""

    success: Literal[True]
    jobs: list[Job]
    next_cursor: str | None


class Percentiles(Answer):
    """Seconds."""

    p50: float | None
    p95: float | None


class Stats(Answer):
    """Numbers of jobs."""

    total_jobs: int
    queued_jobs: int
    processing_jobs: int
    completed_jobs: int
    failed_jobs: int
    cancelled_jobs: int
    success_rate: float
    wait_seconds: Percentiles
    run_seconds: Percentiles
    input_tokens: int
    output_tokens: int


class StatsResponse(Stats):
    """Numbers of jobs, at the top and once more under `stats`."""

    success: Literal[True]
    stats: Stats


class Canvas(Answer):
    """A stored canvas, its objects from back to front."""

    id: str
    user_id: str
    title: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
    objects: list[CanvasObject]


class CanvasResponse(Answer):
    """A stored canvas."""

    success: Literal[True]
    canvas: Canvas


class SecretResponse(Answer):
    """A secret of Standard Webhooks."""

    success: Literal[True]
    secret: str | None = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class Processor(Answer):
    """The workers, and the queue before them."""

    running: bool
    active_jobs: int
    max_concurrent_jobs: int
    processing_interval: float | None
    workers: int
    queued_jobs: int
    oldest_queued_seconds: float | None
    releases: list[str]


class Ai(Answer):
    """Who designs. ``available`` is false while the model's server is down and jobs wait for it."""

    provider: str | None
    model: str | None
    available: bool


class Paused(Answer):
    """What an operator has stopped for a while: new jobs, or the running of those that wait."""

    intake: bool
    workers: bool


class HealthResponse(Answer):
    """How the service is."""

    status: Literal["healthy", "degraded", "unhealthy"]
    database: Literal["connected", "unavailable"]
    job_processor: Processor
    ai: Ai
    paused: Paused
    release: str | None
    timestamp: AwareDatetime


class ProbeResponse(Answer):
    """A probe's answer."""

    status: Literal["ok"]


def problems(*statuses: int) -> dict[Any, Any]:
    """Return the documentation of these error statuses for a route."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": DESCRIPTIONS[status], "content": {PROBLEM: {"schema": schema}}}
        for status in statuses
    }


def name_operation(*, name: str, path: str, method: str) -> str:
    """Return the operation's id: the name of its view."""
    return name


DESCRIPTIONS = {
    400: "The request is not valid; `details` says why.",
    401: "There is no valid token.",
    403: "The token does not allow this.",
    404: "There is no such thing, or it is somebody else's.",
    409: "The job is not in the right state.",
    410: "The result is past its retention time, or its canvas was deleted.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not application/json in UTF-8.",
    422: "The Idempotency-Key belongs to another request.",
    429: "Too much at a time; `Retry-After` says when to come back.",
    500: "Something went wrong on the service's side.",
    503: "The service is not ready: no database, no keys, or a paused intake; `Retry-After` says when to come back.",
}
