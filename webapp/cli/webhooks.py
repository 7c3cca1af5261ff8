"""``flask --app webapp webhooks …``: the delivery log, and sending again."""

from __future__ import annotations

import uuid
from typing import Any

import click
from flask.cli import AppGroup

from core import webhooks as deliveries
from webapp.cli.shared import connection, with_json

webhooks = AppGroup("webhooks", help="Look at webhook deliveries and send them again.")


@webhooks.command("list")
@click.option("--job", "job_id", type=click.UUID, help="Only those of this job.")
@click.option("--undelivered", is_flag=True, help="Only those that are waiting or were given up.")
@click.option("--limit", default=50, show_default=True)
@with_json
def list_deliveries(job_id: uuid.UUID | None, undelivered: bool, limit: int) -> tuple[Any, list[str]]:
    """List deliveries, newest first."""
    with connection() as conn:
        rows = deliveries.list_deliveries(conn, job_id=job_id, only_undelivered=undelivered, limit=limit)
    return rows, [_describe(row) for row in rows] or ["There are no deliveries."]


@webhooks.command("show")
@click.argument("delivery_id", type=click.UUID)
@with_json
def show_delivery(delivery_id: uuid.UUID) -> tuple[Any, list[str]]:
    """Show each attempt of a delivery."""
    with connection() as conn:
        rows = deliveries.read_attempts(conn, delivery_id=delivery_id)
    lines = [
        f"{row['number']:3}  {row['at']}  {row['seconds']} s  {row['error'] or row['status']}" for row in rows
    ]
    return rows, lines or ["Not attempted yet."]


@webhooks.command("replay")
@click.argument("delivery_ids", type=click.UUID, nargs=-1)
@click.option("--undelivered", is_flag=True, help="All that are waiting or were given up.")
def replay(delivery_ids: tuple[uuid.UUID, ...], undelivered: bool) -> None:
    """Send messages again, under the same id, with a fresh set of attempts."""
    with connection() as conn:
        if undelivered:
            rows = deliveries.list_deliveries(conn, only_undelivered=True, limit=10_000)
            delivery_ids = (*delivery_ids, *(row["id"] for row in rows))
        for delivery_id in delivery_ids:
            if not deliveries.replay_delivery(conn, delivery_id=delivery_id):
                raise click.ClickException(f"There is no delivery {delivery_id}.")
            click.echo(f"{delivery_id}  queued")


def _describe(row: dict[str, Any]) -> str:
    if row["ended_at"] is None:
        state = f"next attempt at {row['next_at']}" if row["next_at"] else "waiting"
    else:
        state = "delivered" if row["is_delivered"] else "given up"
    return (
        f"{row['id']}  {row['type']:14}  {state} after {row['attempts']} attempts  {row['last_error'] or ''}"
    )
