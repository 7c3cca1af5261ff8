"""Celery as it comes, on Redis: ``python -m celery --app bench.peers.celery_app worker``."""

from __future__ import annotations

import os

from celery import Celery

from bench.peers.marks import mark

app = Celery("bench", broker=os.environ.get("BENCH_REDIS"))


@app.task(name="tell", ignore_result=True)  # type: ignore[untyped-decorator]
def tell(key: int) -> None:
    """Tell when the first line ran."""
    mark(key)
