"""The OpenAPI document at ``/api/openapi.json`` and a page to read and try it at ``/docs``, without any CDN."""

from __future__ import annotations

from importlib import resources
from typing import cast

from flask import Blueprint, Response, current_app, send_from_directory
from flask_openapi3.openapi import OpenAPI

from webapp.docs.document import complete
from webapp.transport.responses import json_response

# Swagger UI sets styles from its script; scripts run from our own files only.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
SWAGGER = {
    "swagger-ui.css": "css",
    "swagger-ui-bundle.js": "js",
}
OURS = ("docs.js", "docs.css")

docs = Blueprint("docs", __name__)


@docs.get("/api/openapi.json")
def read_document() -> Response:
    """The OpenAPI document of this app."""
    response = json_response(complete(cast(OpenAPI, current_app).api_doc))
    response.headers["Cache-Control"] = "no-cache"
    return response


@docs.get("/docs")
def read_page() -> Response:
    """The page."""
    response = Response(_own("docs.html"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@docs.get("/docs/<any('docs.js', 'docs.css', 'swagger-ui.css', 'swagger-ui-bundle.js'):name>")
def read_file(name: str) -> Response:
    """What the page is made of."""
    if name in OURS:
        folder = resources.files(__name__)
    else:
        folder = resources.files("flask_openapi3_swagger") / "templates" / "swagger" / SWAGGER[name]
    return send_from_directory(str(folder), name, max_age=3600)


def _own(name: str) -> str:
    return (resources.files(__name__) / name).read_text(encoding="utf-8")
