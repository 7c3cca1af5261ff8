"""``flask --app webapp jobs …``: look at jobs and act on them, on any machine that reaches the database."""

from __future__ import annotations

import json
import uuid
from typing import Any, cast

import click
from flask.cli import AppGroup

from core import operator_actions
from core.operator_actions import PAUSABLE, History, Pausable
from webapp.cli.shared import connection, with_json
from webapp.services import get_services

SECONDS_A_DAY = 86_400

jobs = AppGroup("jobs", help="Look at jobs and act on them, of any user.")


@jobs.command("show")
@click.argument("job_id", type=click.UUID)
@click.option("--prompt", is_flag=True, help="Also show what the user wrote.")
@click.option("--objects", is_flag=True, help="Also show the event of each drawn object.")
@with_json
def show_job(job_id: uuid.UUID, prompt: bool, objects: bool) -> tuple[Any, list[str]]:
    """Show a job with its whole history: record, queue rows, events."""
    with connection() as conn:
        history = operator_actions.read_history(conn, job_id=job_id, with_words=prompt, with_objects=objects)
    data = {"job": history.record, "queue": history.queue_rows, "events": history.events}
    return data, _describe(history)


@jobs.command("stuck")
@click.option("--seconds", default=60.0, show_default=True, help="Quiet for at least this long.")
@with_json
def list_stuck(seconds: float) -> tuple[Any, list[str]]:
    """List unfinished jobs that have been quiet, and why."""
    timeout = get_services().settings.worker_timeout_seconds
    with connection() as conn:
        found = operator_actions.find_stuck(conn, quiet_seconds=seconds, timeout_seconds=timeout)
    data = [
        {"id": item.id, "user_id": item.user_id, "quiet_seconds": item.quiet_seconds, "why": item.why}
        for item in found
    ]
    lines = [f"{item.id}  quiet for {item.quiet_seconds:.0f} s  {item.why}" for item in found]
    return data, lines or [f"No unfinished job was quiet for {seconds:.0f} s."]


@jobs.command("requeue")
@click.argument("job_ids", type=click.UUID, nargs=-1, required=True)
def requeue_jobs(job_ids: tuple[uuid.UUID, ...]) -> None:
    """Put jobs back on the queue: unfinished ones go on, failed and cancelled ones start over."""
    with connection() as conn:
        for job_id in job_ids:
            with conn.transaction():
                job = operator_actions.requeue_job(conn, job_id=job_id)
            click.echo(f"{job.id}  queued as row {job.queue_job_id}")


@jobs.command("cancel")
@click.argument("job_ids", type=click.UUID, nargs=-1, required=True)
def cancel_jobs(job_ids: tuple[uuid.UUID, ...]) -> None:
    """Cancel jobs for good; running ones are stopped."""
    with connection() as conn:
        for job_id in job_ids:
            with conn.transaction():
                operator_actions.cancel_any(conn, job_id=job_id)
            click.echo(f"{job_id}  cancelled")


@jobs.command("purge")
@click.option("--days", type=float, help="Ended longer ago than this; the default is JOB_CLEANUP_DAYS.")
def purge_jobs(days: float | None) -> None:
    """Forget old jobs now, with their events and queue rows. Canvases stay."""
    if days is None:
        days = get_services().settings.job_cleanup_days
    with connection() as conn:
        purged = operator_actions.purge_now(conn, age_seconds=days * SECONDS_A_DAY)
    click.echo(f"{purged} jobs forgotten.")


@jobs.command("pause")
@click.argument("what", type=click.Choice([*PAUSABLE, "all"]))
@click.option("--reason", help="A note for the next operator.")
def pause(what: str, reason: str | None) -> None:
    """Take no new jobs (intake), or run none of those that wait (workers)."""
    with connection() as conn:
        for each in _chosen(what):
            operator_actions.pause(conn, what=each, reason=reason)
            click.echo(f"{each} paused")


@jobs.command("resume")
@click.argument("what", type=click.Choice([*PAUSABLE, "all"]))
def resume(what: str) -> None:
    """End a pause."""
    with connection() as conn:
        for each in _chosen(what):
            was_paused = operator_actions.resume(conn, what=each)
            click.echo(f"{each} {'resumed' if was_paused else 'was not paused'}")


@jobs.command("pauses")
@with_json
def list_pauses() -> tuple[Any, list[str]]:
    """List what is paused, since when and why."""
    with connection() as conn:
        found = operator_actions.read_pauses(conn)
    data = [{"what": each.what, "paused_at": each.paused_at, "reason": each.reason} for each in found]
    lines = [f"{each.what} paused since {each.paused_at:%Y-%m-%d %H:%M %Z}: {each.reason}" for each in found]
    return data, lines or ["Nothing is paused."]


def _chosen(what: str) -> tuple[Pausable, ...]:
    return PAUSABLE if what == "all" else (cast(Pausable, what),)


def _describe(history: History) -> list[str]:
    """Return a job's history as lines."""
    record = history.record
    lines = [f"Job {record['id']}: {record['status']}"]
    lines += [
        f"  {name:20} {value}"
        for name, value in record.items()
        if value is not None and name not in ("id", "status")
    ]
    for row in history.queue_rows:
        role = "carries the job" if row["id"] == record["queue_job_id"] else "carried it before"
        lines.append(f"Queue row {row['id']}: {row['status']}, priority {row['priority']} ({role})")
        lines += [f"  {event['at']}  {event['type']}" for event in row["events"]]
    lines.append(f"Events up to {record['last_event']}")
    lines += [
        f"  {event['number']:4}  {event['at']}  {event['kind']:8}  {json.dumps(event['data'])}"
        for event in history.events
    ]
    return lines
