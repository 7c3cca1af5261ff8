"""Serves the panel: the page at ``/``, and under ``/panel/`` the modules, styles and fonts that any app can embed.

There is no build step: what is in this folder is what browsers get. Outside production the page signs itself in as a
demo user; in production it explains how an app embeds the panel with its own users' tokens.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, send_from_directory
from werkzeug.security import safe_join

from core.settings import Settings
from webapp.auth import make_token

HERE = Path(__file__).parent
FONTS = HERE.parents[1] / "drawing" / "fonts"
DEMO_USER = "demo"
DEMO_SECONDS = 3600.0
TYPES = {  # what is served at all, and as what
    ".js": "text/javascript; charset=utf-8",
    ".ts": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
# Asked for again each time and responded to with 304: files of one release always go together.
FRESH = "no-cache"
FONT_SECONDS = 7 * 24 * 3600
PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "img-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)


def make_panel(settings: Settings) -> Blueprint:
    """Return the blueprint; the route that signs a demo user in exists outside production only."""
    panel = Blueprint("panel", __name__)
    page = "embed.html" if settings.is_production else "index.html"

    @panel.get("/")
    def show_page() -> Response:
        """Return the page."""
        response = send_from_directory(HERE / "page", page, mimetype="text/html")
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        response.headers["Cache-Control"] = FRESH
        return response

    @panel.get("/panel/<path:name>")
    def send_file(name: str) -> Response:
        """Return a file of the panel."""
        return _send(HERE, name, cache=FRESH)

    @panel.get("/panel/fonts/<name>")
    def send_font(name: str) -> Response:
        """Return a font of the drawings."""
        return _send(FONTS, name, cache=f"public, max-age={FONT_SECONDS}")

    if not settings.is_production:

        @panel.post("/panel/demo-token")
        def sign_demo_user_in() -> Response:
            """Return a token of the demo user; other sites cannot read it, since this response has no CORS headers."""
            token = make_token(settings, DEMO_USER, expires_seconds=DEMO_SECONDS)
            return jsonify(token=token, user_id=DEMO_USER, expires_seconds=DEMO_SECONDS)

    return panel


def _send(folder: Path, name: str, *, cache: str) -> Response:
    content_type = TYPES.get(Path(name).suffix)
    if content_type is None or safe_join(str(folder), name) is None:
        abort(404)
    response = send_from_directory(folder, name)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = cache
    # Modules and fonts are public and the same for everybody: any site may embed them.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
