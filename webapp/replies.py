"""Plain answers: a dictionary as JSON, with its status and header fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, json


def reply(
    body: Mapping[str, Any], status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body`` as a JSON response."""
    return Response(json.dumps(body), status, headers=dict(headers or {}), content_type="application/json")
