"""Plain answers: JSON with its status and header fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Response

# Compact, in UTF-8, and four times as fast as the standard library's, which cost a twentieth of a short request.
from pydantic_core import to_json

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers


class Reply(Response):
    """A response whose fields are as they go out: Werkzeug need not copy them, nor look for what may be wrong."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the fields."""
        return self.headers


def reply(
    body: Mapping[str, Any] | str, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body``, which may be JSON already, as a response."""
    data = body.encode() if isinstance(body, str) else to_json(body)
    fields = {**(headers or {}), "Content-Length": str(len(data))}
    return Reply(data, status, headers=fields, content_type="application/json")
