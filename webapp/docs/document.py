"""The OpenAPI document: what flask-openapi3 makes of the routes, and what it cannot know of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic.json_schema import models_json_schema

from webapp.api.response_models import JobEnded

REFERENCE = "#/components/schemas/{model}"
WEBHOOKS = ("job.completed", "job.failed", "job.cancelled")
METHODS = ("get", "post", "put", "patch", "delete")
SIGNATURE = [
    ("webhook-id", "The delivery's id. The same message may arrive twice, under one id."),
    ("webhook-timestamp", "When it was sent, in seconds since 1970."),
    ("webhook-signature", "Signatures of Standard Webhooks, separated by spaces: `v1,…`."),
]


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with servers, webhooks, and ``security: []`` where no token is needed."""
    document = deepcopy(document)
    document["servers"] = [{"url": "/", "description": "This server."}]
    document["security"] = []
    for path in document["paths"].values():
        for method in METHODS:
            if method in path:
                path[method].setdefault("security", [])
    document["webhooks"] = {event: {"post": _webhook(event)} for event in WEBHOOKS}
    _, schemas = models_json_schema([(JobEnded, "serialization")], ref_template=REFERENCE)
    document["components"]["schemas"] |= schemas["$defs"]
    return document


def _webhook(event: str) -> dict[str, Any]:
    return {
        "operationId": f"receive_{event.replace('.', '_')}",
        "summary": f"A job ended: {event}",
        "description": "Sent to the job's `webhook_url`, signed (Standard Webhooks). Respond with 2xx within 15 s.",
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "string"},
            }
            for name, text in SIGNATURE
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model=JobEnded.__name__)}}},
        },
        "responses": {"2XX": {"description": "Delivered."}, "410": {"description": "Never send this again."}},
    }
