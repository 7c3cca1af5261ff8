"""Plain answers: JSON with its status and header fields."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONEncoder
from typing import Any

from flask import Response

# Made once; compact, and in UTF-8.
_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def reply(
    body: Mapping[str, Any] | str, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body``, which may be JSON already, as a response."""
    text = body if isinstance(body, str) else _encode(body)
    return Response(text, status, headers=headers, content_type="application/json")
