"""Serves the operator's page at ``/admin``: static files without a build step. What it shows comes from
``webapp.api.admin``, for a token with the role admin; outside production the page can make itself one.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify, send_from_directory

from core.settings import Settings
from webapp.auth import make_token

HERE = Path(__file__).parent
FILES = {"admin.js": "text/javascript; charset=utf-8", "admin.css": "text/css; charset=utf-8"}
DEMO_USER, DEMO_SECONDS = "operator", 3600.0
PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)


def make_admin(settings: Settings) -> Blueprint:
    """Return the blueprint; the route that makes an operator's token exists outside production only."""
    admin = Blueprint("admin", __name__)

    @admin.get("/admin")
    def show_page() -> Response:
        """Return the page; it holds nothing secret."""
        response = _send("index.html", "text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    @admin.get("/admin/<any('admin.js', 'admin.css'):name>")
    def send_file(name: str) -> Response:
        """Return what the page is made of."""
        return _send(name, FILES[name])

    if not settings.is_production:

        @admin.post("/admin/demo-token")
        def sign_operator_in() -> Response:
            """Return an admin's token for this development server; other sites cannot read it."""
            token = make_token(settings, DEMO_USER, role="admin", expires_seconds=DEMO_SECONDS)
            return jsonify(token=token)

    return admin


def _send(name: str, content_type: str) -> Response:
    response = send_from_directory(HERE, name)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-cache"
    return response
