"""Processes that are traced, or not, and a collector that keeps what they send."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from devtools.model_server import ModelServer
from tests.conftest import SECRET
from tests.tracing.collector import Collector, Seen
from tests.webapp.serving import Web
from webapp.auth import make_token

API = "/api/ai-agent"
CREATE = f"{API}/create-canvas"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
KEY = "sk-verysecret-0123456789"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        yield server


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def env(dsn: str, tmp_path: Path, model: ModelServer) -> dict[str, str]:
    """The environment of processes that are not traced."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path / "var"),
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.base_url,
        "RETRY_BASE_SECONDS": "0.05",
        "JOB_PROCESSING_INTERVAL": "0.2",
        "WORKER_TIMEOUT_SECONDS": "3",
        "SHUTDOWN_GRACE_SECONDS": "1",
        "LOG_FORMAT": "json",
        "RELEASE": "v7",
    }


@pytest.fixture
def traced(env: dict[str, str], collector: Collector) -> dict[str, str]:
    """The same, traced: spans are sent ten times a second."""
    return env | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}


@pytest.fixture
def token(settings: Settings) -> str:
    return make_token(settings, "owner")


def create(web: Web, token: str, instructions: str = "A -> B", **headers: Any) -> uuid.UUID:
    status, body = web.call("POST", CREATE, token=token, body={"instructions": instructions}, **headers)
    assert status == 202, body
    return uuid.UUID(body["job_id"])


def one(spans: list[Seen]) -> Seen:
    assert len(spans) == 1, spans
    return spans[0]
