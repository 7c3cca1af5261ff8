"""The commands of ``flask --app webapp``, for operators."""

from __future__ import annotations

from flask import Flask

from webapp.cli.jobs import jobs
from webapp.cli.webhooks import webhooks


def init_cli(app: Flask) -> None:
    """Give ``app`` its commands."""
    app.cli.add_command(jobs)
    app.cli.add_command(webhooks)
