"""Plain answers: JSON with its status and header fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

# Compact, in UTF-8, and four times as fast as the standard library's, which cost a twentieth of a short request.
from pydantic_core import to_json


def reply(
    body: Mapping[str, Any] | str, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body``, which may be JSON already, as a response."""
    text = body if isinstance(body, str) else to_json(body)
    return Response(text, status, headers=headers, content_type="application/json")
