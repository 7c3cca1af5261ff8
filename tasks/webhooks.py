"""Sends webhooks, signed as Standard Webhooks asks, from queues and workers of their own, apart from drawing.

``core.webhooks`` has the record; ``tasks.delivery_limits`` says which may be tried now.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import psycopg
import structlog
from procrastinate import App, JobContext
from psycopg_pool import PoolTimeout
from standardwebhooks import Webhook

from core import clock, metrics, tracing
from core.pools import AsyncPool
from core.settings import Settings
from core.spans import Span
from core.webhook_rules import pause_seconds, secret_of_user
from core.webhooks import Delivery, claim_delivery, hold_delivery, note_attempt
from core.workers import beat_queue
from tasks.app import app
from tasks.delivery_limits import PLACES, DeliveryLimits
from tasks.public_http import Unreachable, post
from tasks.retry import Failed, Postponed, RetryStrategy, in_seconds
from tasks.worker import DurableWorker

# As canvas_queue_put_delivery_in_turn in procrastinate_schema.sql writes them: the addresses that users name, and the
# operator's own, which no user can hold up.
QUEUE = "webhooks"
OPERATOR_QUEUE = "webhooks_operator"
OPERATOR_PLACES = 10
HOST_IS_DOWN = "Not tried: the host has not responded lately."
GONE = 410  # the receiver wants no more of it (Standard Webhooks)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WebhookContext:
    """What deliveries are made with."""

    pool: AsyncPool
    settings: Settings
    limits: DeliveryLimits = field(default_factory=DeliveryLimits)


@app.task(name="deliver_webhook", queue=QUEUE, retry=RetryStrategy(), pass_context=True)
async def deliver_webhook(context: JobContext, delivery_id: str, job_id: str) -> None:
    """Try to deliver a message; come back later when that fails, over three days."""
    webhooks: WebhookContext = context.additional_context["webhooks"]
    assert context.job.id is not None  # noqa: S101 - a fetched job has its number
    async with webhooks.pool.connection() as conn:
        delivery = await claim_delivery(conn, delivery_id=uuid.UUID(delivery_id), queue_job_id=context.job.id)
    if delivery is None:
        log.info("delivery_not_due", delivery_id=delivery_id)
        return
    with structlog.contextvars.bound_contextvars(delivery_id=delivery_id, job_id=job_id), _span(delivery):
        await _try(webhooks, delivery)


def _span(delivery: Delivery) -> Span:
    """Return the span of a try, in the trace of the request that asked for the job."""
    return tracing.span(
        f"process {QUEUE}",
        kind="consumer",
        parent=delivery.traceparent,
        attributes={
            **tracing.messaging("process", queue=QUEUE),
            "messaging.message.id": delivery.id,
            "canvas.job.id": delivery.job_id,
            "canvas.delivery.tries": delivery.tries,
        },
    )


async def _try(webhooks: WebhookContext, delivery: Delivery) -> None:
    """Try a user's address within the limits, the operator's at once."""
    if delivery.is_callers:
        verdict = webhooks.limits.admit(user_id=delivery.user_id, host=_host(delivery), now=time.monotonic())
        if verdict.is_down:
            await _record(webhooks, delivery, status=None, error=HOST_IS_DOWN, seconds=0.0)
            return
        if not verdict.is_admitted:
            await _hold(webhooks, delivery, seconds=verdict.hold_seconds)
    await _attempt(webhooks, delivery)


async def _hold(webhooks: WebhookContext, delivery: Delivery, *, seconds: float) -> None:
    next_at = in_seconds(seconds * random.uniform(0.5, 1))  # noqa: S311 - not a secret
    async with webhooks.pool.connection() as conn:
        await hold_delivery(conn, delivery, next_at=next_at)
    raise Postponed(next_at)


async def _attempt(webhooks: WebhookContext, delivery: Delivery) -> None:
    started = time.monotonic()
    status, error = None, None
    try:
        status = await _send(webhooks.settings, delivery)
    except Unreachable as exc:
        error = str(exc)
    finally:
        if delivery.is_callers:
            webhooks.limits.end(
                user_id=delivery.user_id, host=_host(delivery), is_up=error is None, now=time.monotonic()
            )
    if status is not None and not 200 <= status < 300:
        error = f"The receiver responded with {status}."
    await _record(
        webhooks, delivery, status=status, error=error, seconds=round(time.monotonic() - started, 3)
    )


def _host(delivery: Delivery) -> str:
    return urlsplit(delivery.url).hostname or ""


async def _record(
    webhooks: WebhookContext, delivery: Delivery, *, status: int | None, error: str | None, seconds: float
) -> None:
    pause = pause_seconds(delivery.tries, spread=random.uniform(-1, 1))  # noqa: S311 - not a secret
    is_over = error is None or status == GONE or pause is None
    next_at = None if is_over or pause is None else in_seconds(pause)
    async with webhooks.pool.connection() as conn:
        await note_attempt(
            conn, delivery, status=status, error=error, seconds=seconds, is_over=is_over, next_at=next_at
        )
    _end(delivery, error, next_at)


def _end(delivery: Delivery, error: str | None, next_at: datetime | None) -> None:
    if error is None:
        metrics.deliveries.labels("delivered").inc()
        log.info("webhook_delivered", tries=delivery.tries)
        tracing.current_span().settle()
        return
    if next_at is None:
        metrics.deliveries.labels("given_up").inc()
        log.warning("webhook_given_up", tries=delivery.tries, reason=error)
        tracing.current_span().fail("webhook_given_up")
        raise Failed("webhook_given_up")
    metrics.deliveries.labels("postponed").inc()
    log.info("webhook_postponed", tries=delivery.tries, reason=error, next_at=next_at.isoformat())
    tracing.current_span().fail("webhook_postponed")
    raise Postponed(next_at)


async def _send(settings: Settings, delivery: Delivery) -> int:
    """Return the receiver's status."""
    body = json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False)
    now, message_id = clock.now(), f"msg_{delivery.id.hex}"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "canvas-jobs",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(_secret(settings, delivery)).sign(message_id, now, body),
    }
    # Of the address its host alone: the rest may hold a key of the receiver's.
    asked = {"http.request.method": "POST", "server.address": urlsplit(delivery.url).hostname}
    with tracing.span("POST", kind="client", attributes=asked) as span:
        headers |= tracing.headers()
        status = await post(
            delivery.url, body.encode(), headers, allow_private=settings.webhook_allow_private
        )
        span.set({"http.response.status_code": status})
        if not 200 <= status < 300:
            span.fail(str(status))
    return status


def _secret(settings: Settings, delivery: Delivery) -> str:
    if settings.webhook_secret is None:
        raise Unreachable("WEBHOOK_SECRET is not set.")
    secret = settings.webhook_secret.get_secret_value()
    return secret_of_user(secret, delivery.user_id) if delivery.is_callers else secret


async def run_webhooks(queue: App, webhooks: WebhookContext) -> None:
    """Deliver until cancelled. What is under way then goes back on the queue."""
    async with asyncio.TaskGroup() as group:
        for name, places in ((QUEUE, PLACES), (OPERATOR_QUEUE, OPERATOR_PLACES)):
            group.create_task(_run_queue(queue, webhooks, name=name, places=places))


async def _run_queue(queue: App, webhooks: WebhookContext, *, name: str, places: int) -> None:
    settings = webhooks.settings
    worker = DurableWorker(
        queue,
        queues=[name],
        name=name,
        concurrency=places,
        fetch_job_polling_interval=settings.job_processing_interval,
        shutdown_graceful_timeout=0,
        install_signal_handlers=False,
        stalled_worker_timeout=settings.worker_timeout_seconds,
        additional_context={"webhooks": webhooks},
    )
    beating = asyncio.create_task(_beat(worker, webhooks))
    try:
        await worker.run()
    finally:
        beating.cancel()


async def _beat(worker: DurableWorker, webhooks: WebhookContext) -> None:
    while True:
        try:
            if worker.worker_id is not None:
                async with webhooks.pool.connection() as conn:
                    await beat_queue(conn, queue_worker_id=worker.worker_id)
        except (psycopg.Error, PoolTimeout) as exc:
            log.warning("heartbeat_delayed", reason=type(exc).__name__)
        await asyncio.sleep(webhooks.settings.worker_timeout_seconds / 4)
