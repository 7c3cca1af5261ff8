"""The web process: Flask answers, PostgreSQL remembers, workers draw.

``create_app`` wires it together; importing does nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flask.json.provider import DefaultJSONProvider
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from core.log import configure_logging
from core.settings import Settings, SettingsError, load_settings
from core.tracing import start as start_tracing
from core.version import read_version
from webapp.admin import make_admin
from webapp.api import admin, canvases, events, health, jobs, webhooks
from webapp.api.answers import Problem
from webapp.auth import init_auth
from webapp.commands import init_commands
from webapp.docs import docs
from webapp.errors import init_errors, refuse
from webapp.http import init_http
from webapp.metrics import make_metrics
from webapp.panel import make_panel
from webapp.services import EXTENSION, make_services
from webapp.strict_json import StrictRequest
from webapp.tracing import init_tracing

DESCRIPTION = "A sentence becomes a drawing on a canvas, made in the background."


class _Json(DefaultJSONProvider):
    """Compact JSON in UTF-8, names in the order of the documentation."""

    sort_keys = False
    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return super().dumps(obj, **{"separators": (",", ":"), **kwargs})


class _App(OpenAPI):
    json_provider_class = _Json
    request_class = StrictRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: none of ours is asynchronous, and Flask asks that of each hook and view anew."""
        return func


def create_app(settings: Settings | None = None) -> OpenAPI:
    """Return the app. No database is needed to make it; requests that need one answer 503 until it is there.

    Without settings it is the app of the environment, for ``flask --app webapp``: bad settings end the process.
    ``app.extensions["canvas_jobs"].close()`` ends its streams and connections.
    """
    if settings is None:
        try:
            settings = load_settings()
            configure_logging(settings)
            return create_app(settings)
        except SettingsError as exc:
            sys.exit(f"Settings: {exc}")
    app = _App(
        __name__,
        info=Info(title="Canvas Jobs", version=read_version(), description=DESCRIPTION),
        security_schemes={"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        validation_error_status=400,
        validation_error_model=Problem,
        validation_error_callback=refuse,
        doc_ui=False,
        static_folder=None,
    )
    app.extensions[EXTENSION] = make_services(settings)
    init_errors(app)
    init_http(app, settings)
    init_tracing(app)
    init_auth(app, settings)
    init_commands(app)
    for api in (jobs.api, events.api, canvases.api, health.api, webhooks.api):
        app.register_api(api)
    app.register_blueprint(docs)
    app.register_blueprint(admin.api)
    app.register_blueprint(make_admin(settings))
    app.register_blueprint(make_panel(settings))
    app.register_blueprint(make_metrics(settings))
    return app


def create_app_from_environment() -> OpenAPI:
    """Return the app of this process, its log configured and traced if wished; what gunicorn calls after its fork."""
    settings = load_settings()
    configure_logging(settings)
    start_tracing(settings, service="canvas-jobs-web")
    return create_app(settings)
