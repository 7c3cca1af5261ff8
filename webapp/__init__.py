"""The web process. ``create_app`` wires it together; importing does nothing."""

from __future__ import annotations

import sys
from typing import Any

from flask.json.provider import DefaultJSONProvider
from flask_openapi3.models.contact import Contact
from flask_openapi3.models.info import Info
from flask_openapi3.models.license import License
from flask_openapi3.openapi import OpenAPI

from core.log import configure_logging
from core.settings import Settings, SettingsError, load_settings
from core.tracing import start as start_tracing
from core.version import read_version
from webapp.admin import make_admin
from webapp.api import admin, canvases, events, health, jobs, webhooks
from webapp.api.response_models import Problem
from webapp.auth import init_auth
from webapp.cli import init_cli
from webapp.docs import docs
from webapp.metrics import make_metrics
from webapp.panel import make_panel
from webapp.services import EXTENSION, make_services
from webapp.transport.envelope import init_envelope
from webapp.transport.problems import init_problems, refuse
from webapp.transport.slow_clients import init_slow_clients
from webapp.transport.strict_json import StrictRequest
from webapp.transport.tracing import init_tracing

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


def create_app(settings: Settings | None = None) -> OpenAPI:
    """Return the app. No database is needed to make it; requests that need one get a 503 until it is there.

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
        info=Info(
            title="Canvas Jobs",
            version=read_version(),
            description=DESCRIPTION,
            license=License(name="MIT", identifier="MIT"),
            contact=Contact(name="The people who run this server"),
        ),
        security_schemes={"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        validation_error_status=400,
        validation_error_model=Problem,
        validation_error_callback=refuse,
        doc_ui=False,
        static_folder=None,
    )
    app.extensions[EXTENSION] = make_services(settings)
    init_problems(app)
    init_envelope(app, settings)
    init_tracing(app)
    init_slow_clients(app, settings)
    init_auth(app, settings)
    init_cli(app)
    for api in (jobs.api, events.api, canvases.api, health.api, webhooks.api):
        app.register_api(api)
    app.register_blueprint(health.root)
    app.register_blueprint(docs)
    app.register_blueprint(admin.api)
    app.register_blueprint(make_admin(settings))
    app.register_blueprint(make_panel(settings))
    app.register_blueprint(make_metrics(settings))
    return app


def create_app_from_environment() -> OpenAPI:
    """Return the app of this process, its log configured and tracing started; gunicorn calls it after its fork."""
    settings = load_settings()
    configure_logging(settings)
    start_tracing(settings, service="canvas-jobs-web")
    return create_app(settings)
