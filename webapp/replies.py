"""Plain answers: JSON with its status and header fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, json


def reply(
    body: Mapping[str, Any] | str, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body``, which may be JSON already, as a response."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(text, status, headers=dict(headers or {}), content_type="application/json")
