"""The secret with which a user checks the messages that jobs send to their ``webhook_url``."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from core.webhook_rules import secret_of_user
from webapp.api import response_models
from webapp.api.response_models import name_operation, problems
from webapp.auth import get_caller, require_caller
from webapp.services import get_services
from webapp.transport.responses import json_response
from webapp.urls import API_PREFIX

api = APIBlueprint(
    "webhooks",
    __name__,
    url_prefix=API_PREFIX,
    operation_id_callback=name_operation,
    abp_tags=[Tag(name="Webhooks", description="Told when a job ends, at an address of your own.")],
    abp_security=[{"bearer": []}],
    abp_responses=problems(400, 401, 500, 503),
)
api.before_request(require_caller)


@api.get(
    "/webhook-secret",
    summary="Read the secret of your webhooks",
    responses={200: response_models.SecretResponse},
)
def read_secret() -> Response:
    """What signs the messages to your addresses (Standard Webhooks); null when this service sends none."""
    secret = get_services().settings.webhook_secret
    own = secret_of_user(secret.get_secret_value(), get_caller().user_id) if secret else None
    return json_response({"success": True, "secret": own})
