"""What callers get, as models: the source of the OpenAPI document and of ``api.d.ts``.

Routes build plain dictionaries (``webapp.job_view``), and tests hold those against the models: validating each response
would cost more than making it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field
from typing_extensions import TypeAliasType

from core.jobs import Status
from webapp.api.base_model import Response
from webapp.api.object_models import CanvasObject

# Named, so that the documents have one schema for each instead of a list at every use.
JobStatus = TypeAliasType("JobStatus", Status)

JSON = "application/json"
PROBLEM = "application/problem+json"


class Problem(Response):
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
    job_status: JobStatus | None = None
    version: int | None = Field(
        None, description="The canvas' present version, where a change came too late."
    )


class Links(Response):
    """URLs of a job."""

    self: str
    result: str
    events: str
    cancel: str
    retry: str


class Usage(Response):
    """Tokens that the model used."""

    input_tokens: int
    output_tokens: int


class Progress(Response):
    """How far a job is. The percentage never falls while the job runs."""

    percent: int = Field(ge=0, le=100)
    message: str
    objects: int


class Job(Response):
    """A job."""

    id: str
    user_id: str
    canvas_id: str | None
    job_type: Literal["create_canvas"]
    status: JobStatus
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


class Changes(Response):
    """Ids of the objects that a change added, made look different, or removed."""

    added: list[str]
    changed: list[str]
    removed: list[str]


class Result(Response):
    """What a completed job drew, or changed."""

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
    version: int | None
    changes: Changes | None


class AcceptedResponse(Response):
    """The job is on record and will run."""

    success: Literal[True]
    job_id: str
    status: JobStatus
    message: str
    links: Links


class FinishedResponse(AcceptedResponse):
    """The job has ended while the caller waited."""

    job: Job
    result: Result | None


class StatusResponse(Response):
    """A job."""

    success: Literal[True]
    job: Job


class ResultResponse(Response):
    """A job's result."""

    success: Literal[True]
    result: Result


class CancelResponse(Response):
    """The job is cancelled for good."""

    success: Literal[True]
    message: str
    status: Literal["cancelled"]


class ListResponse(Response):
    """A page of jobs, newest first."""

    success: Literal[True]
    jobs: list[Job]
    next_cursor: str | None


class Percentiles(Response):
    """Seconds."""

    p50: float | None
    p95: float | None


class Stats(Response):
    """Counts of jobs."""

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
    """Counts of jobs, at the top and again under `stats`."""

    success: Literal[True]
    stats: Stats


class Canvas(Response):
    """A stored canvas, its objects from back to front."""

    id: str
    user_id: str
    title: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int
    objects: list[CanvasObject]


class Version(Response):
    """One version of a canvas; `job_id` is null when a person made it, `objects` their number."""

    version: int
    author: Literal["ai-agent", "person"]
    job_id: str | None
    message: str
    created_at: AwareDatetime
    objects: int


class VersionsResponse(Response):
    """The versions of a canvas that are kept, the newest first."""

    success: Literal[True]
    versions: list[Version]


class CanvasResponse(Response):
    """A stored canvas."""

    success: Literal[True]
    canvas: Canvas


class OwnCanvasResponse(CanvasResponse):
    """A canvas that was handed over, and our ids of the objects whose ids are no UUIDs, by those."""

    ids: dict[str, str]


class ChangedResponse(CanvasResponse):
    """A canvas after a change, and what looks different."""

    changes: Changes


class SecretResponse(Response):
    """The secret that signs your webhooks (Standard Webhooks)."""

    success: Literal[True]
    secret: str | None = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class EndedJob(Response):
    """What a webhook says of a job that has ended."""

    job_id: str
    user_id: str
    status: Literal["completed", "failed", "cancelled"]
    canvas_id: str | None
    error_code: str | None
    error_message: str | None
    model: str | None
    usage: Usage
    created_at: AwareDatetime
    completed_at: AwareDatetime


class JobEnded(Response):
    """The body of a webhook."""

    type: Literal["job.completed", "job.failed", "job.cancelled"]
    timestamp: AwareDatetime
    data: EndedJob


class Processor(Response):
    """The workers, and the queue before them."""

    running: bool
    active_jobs: int
    max_concurrent_jobs: int
    processing_interval: float | None
    workers: int
    queued_jobs: int
    oldest_queued_seconds: float | None
    releases: list[str]


class Ai(Response):
    """Who designs. `available` is false while the model's server is down and jobs wait for it."""

    provider: str | None
    model: str | None
    available: bool


class Paused(Response):
    """What an operator has paused: accepting new jobs, or running the waiting ones."""

    intake: bool
    workers: bool


class HealthResponse(Response):
    """How the service is."""

    status: Literal["healthy", "degraded", "unhealthy"]
    database: Literal["connected", "unavailable"]
    job_processor: Processor
    ai: Ai
    paused: Paused
    release: str | None
    timestamp: AwareDatetime


class ProbeResponse(Response):
    """The response to a probe."""

    status: Literal["ok"]


def problems(*statuses: int) -> dict[Any, Any]:
    """Return the documentation of these error statuses for a route."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": DESCRIPTIONS[status], "content": {PROBLEM: {"schema": schema}}}
        for status in statuses
    }


def name_operation(*, name: str, path: str, method: str) -> str:
    """Return the operation's id: the name of its function."""
    return name


DESCRIPTIONS = {
    400: "The request is not valid; `details` says why.",
    401: "There is no valid token.",
    403: "The token does not allow this.",
    404: "Not found, or it belongs to somebody else.",
    408: "The body took longer than 15 seconds to arrive.",
    409: "The job or canvas is not in the right state.",
    410: "The result is past its retention time, or its canvas was deleted.",
    412: "The canvas has changed since.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not application/json in UTF-8.",
    422: "The Idempotency-Key belongs to another request.",
    429: "Too many requests or jobs; `Retry-After` says when to try again.",
    500: "Something went wrong on the service's side.",
    503: "Not ready: no database, no keys, or new jobs are paused; `Retry-After` says when to try again.",
}
