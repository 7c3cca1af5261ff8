"""A job as JSON: maps the record and the queue's state to what callers of the API see."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core import clock
from core.canvases import StoredCanvas, StoredObject
from core.errors import CanvasDeleted, JobExpired, JobNotCompleted
from core.eta import eta_seconds
from core.jobs import Job
from core.versions import Version
from webapp.live.queue_position import JobSnapshot
from webapp.urls import job_links

QUEUED_POLL_SECONDS = 2
PROCESSING_POLL_SECONDS = 1
VIEW_VERSION = 1  # to be raised when jobs look different: it is part of their ETag


@dataclass(frozen=True, slots=True)
class JobView:
    """Renders jobs; ``retention`` is how long a finished one is kept."""

    retention: timedelta

    def show(self, snapshot: JobSnapshot) -> dict[str, Any]:
        """Return the job as the API documents it."""
        job, queue_position, capacity = snapshot
        return {
            "id": str(job.id),
            "user_id": job.user_id,
            "canvas_id": public_canvas_id(job),
            "job_type": job.job_type,
            "status": job.status,
            "priority": job.priority,
            "request_data": job.request_data,
            "error_message": job.error_message,
            "error_code": job.error_code,
            "retry_count": job.retry_count,
            "max_retries": job.max_retries,
            "created_at": show_time(job.created_at),
            "started_at": show_time(job.started_at),
            "completed_at": show_time(job.completed_at),
            "next_processing_at": show_time(job.next_processing_at),
            "progress": {
                "percent": job.progress_percent,
                "message": job.progress_message,
                "objects": job.progress_objects,
            },
            "queue_position": queue_position,
            "eta_seconds": eta_seconds(job, capacity, position=queue_position, now=clock.now()),
            "attempts": job.attempt - job.first_attempt,
            "model": job.model,
            "usage": usage(job),
            "cancel_requested_at": show_time(job.cancel_requested_at),
            "expires_at": show_time(self.expires_at(job)),
            "links": job_links(job.id),
        }

    def make_etag(self, snapshot: JobSnapshot) -> str:
        """Return the version of a job: two responses with the same one differ at most in the estimate.

        Every change of the record moves ``updated_at``; the queue knows the rest.
        """
        job = snapshot.job
        version = (job.id, job.last_event, job.status, job.updated_at, job.next_processing_at)
        text = f"{VIEW_VERSION}{self.retention}{version}{snapshot.queue_position}"
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def expires_at(self, job: Job) -> datetime | None:
        """Return when a finished job is forgotten; None while it is unfinished."""
        return None if job.completed_at is None else job.completed_at + self.retention

    def check_has_result(self, job: Job) -> None:
        """Raise ``JobNotCompleted``, ``JobExpired`` or ``CanvasDeleted`` when there is no result to show."""
        if job.status != "completed":
            reason = job.error_message if job.status == "failed" else None
            raise JobNotCompleted(
                f"The job is {job.status} and has no result." + (f" {reason}" if reason else ""),
                job_status=job.status,
                retry_after_seconds=poll_seconds(job),
                **({"error_code": job.error_code} if job.error_code else {}),
            )
        expires_at = self.expires_at(job)
        if expires_at is not None and expires_at < clock.now():
            raise JobExpired
        if not job.result:
            raise CanvasDeleted


def show_result(job: Job, objects: Sequence[StoredObject]) -> dict[str, Any]:
    """Return the result of a completed job: what it drew, and how."""
    stored = job.result or {}
    return {
        "success": True,
        "canvas_id": public_canvas_id(job),
        "title": stored.get("title"),
        "objects": [show_object(item, public_canvas_id(job)) for item in objects],
        "message": stored.get("message"),
        "request_id": str(job.id),
        "model": job.model,
        "usage": usage(job),
        "quality": stored.get("quality"),
        "generator": stored.get("generator"),
        "canvas_size": stored.get("canvas_size"),
        "dropped": stored.get("dropped", []),
        "notes": stored.get("notes", []),
        "source": stored.get("source"),
        "version": stored.get("version"),
        "changes": stored.get("changes"),
    }


def show_object(item: StoredObject, canvas_id: str | None) -> dict[str, Any]:
    """Return one object of a canvas that its owner calls ``canvas_id``."""
    return {
        "id": str(item.id),
        "canvas_id": canvas_id,
        "object_type": item.object_type,
        "properties": item.properties,
        "z_index": item.z_index,
        "created_by": item.created_by,
        "created_at": show_time(item.created_at),
        "updated_at": show_time(item.updated_at),
    }


def show_canvas(canvas: StoredCanvas, objects: Sequence[StoredObject]) -> dict[str, Any]:
    """Return a canvas with its objects from back to front."""
    return {
        "id": canvas.public_id,
        "user_id": canvas.user_id,
        "title": canvas.title,
        "created_at": show_time(canvas.created_at),
        "updated_at": show_time(canvas.updated_at),
        "version": canvas.version,
        "objects": [show_object(item, canvas.public_id) for item in objects],
    }


def show_version(version: Version) -> dict[str, Any]:
    """Return one version of a canvas."""
    return {
        "version": version.number,
        "author": version.author,
        "job_id": _text(version.job_id),
        "message": version.message,
        "created_at": show_time(version.created_at),
        "objects": version.object_count,
    }


def public_canvas_id(job: Job) -> str | None:
    """Return the canvas as the caller knows it: the id that was asked for, else ours once there is one."""
    asked: str | None = job.request_data.get("canvas_id")
    return asked or (str(job.canvas_id) if job.status == "completed" and job.canvas_id else None)


def usage(job: Job) -> dict[str, int]:
    """Return the tokens a job has used so far."""
    return {"input_tokens": job.input_tokens, "output_tokens": job.output_tokens}


def poll_seconds(job: Job) -> int | None:
    """Return after how many seconds to ask again; None when the job has ended."""
    if job.is_final:
        return None
    return PROCESSING_POLL_SECONDS if job.status == "processing" else QUEUED_POLL_SECONDS


def show_time(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC: ``2026-01-31T09:30:00.000000Z``."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
