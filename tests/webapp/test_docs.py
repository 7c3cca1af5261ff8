"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from core.jobs import STATUSES
from devtools import typescript
from drawing.canvas import ObjectType
from tests.webapp.conftest import API, Caller

ROUTES = {
    "/create-canvas": "post",
    "/job/{job_id}/status": "get",
    "/job/{job_id}/result": "get",
    "/job/{job_id}/events": "get",
    "/job/{job_id}/cancel": "post",
    "/job/{job_id}/retry": "post",
    "/job/{job_id}": "delete",
    "/jobs": "get",
    "/jobs/stats": "get",
    "/canvases": "post",
    "/canvas/{canvas_id}": "get delete patch",
    "/canvas/{canvas_id}.svg": "get",
    "/canvas/{canvas_id}.png": "get",
    "/canvas/{canvas_id}.mmd": "get",
    "/canvas/{canvas_id}/versions": "get",
    "/canvas/{canvas_id}/revert": "post",
    "/webhook-secret": "get",
    "/health": "get",
    "/health/live": "get",
    "/health/ready": "get",
}


@pytest.fixture
def document(nobody: Caller) -> dict[str, Any]:
    answer = nobody.get("//api/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.get_json()
    return body


def test_every_route_is_documented(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {path.removeprefix(API): " ".join(item) for path, item in document["paths"].items()} == ROUTES


def test_errors_are_problems_and_protected_routes_say_so(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            statuses = operation["responses"]
            if "/health" not in path:
                assert operation["security"] == [{"bearer": []}]
                assert "401" in statuses
            for status, response in statuses.items():
                if int(status) >= 400 and path != f"{API}/health":
                    assert list(response["content"]) == ["application/problem+json"]


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def references(node: Any) -> Any:
        if isinstance(node, dict):
            yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(document))
    assert found
    assert {name.removeprefix("#/components/schemas/") for name in found} <= set(schemas)


def test_document_says_what_generators_need(document: dict[str, Any]) -> None:
    assert document["servers"]
    assert document["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["security"] == ([] if "/health" in path else [{"bearer": []}])


def test_request_fields_have_no_default_keyword(document: dict[str, Any]) -> None:
    """openapi-typescript takes a field with one for required, so that the first call does not compile."""
    body = document["components"]["schemas"]["CreateCanvasRequest"]
    assert [name for name, field in body["properties"].items() if "default" in field] == []
    assert "Default: `modern`." in body["properties"]["style"]["description"]


def test_one_schema_names_the_statuses_of_a_job(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["JobStatus"]["enum"] == list(STATUSES)
    lists = [name for name, schema in schemas.items() if list(STATUSES) in find_all(schema, "enum")]
    assert lists == ["JobStatus"]


def test_properties_of_an_object_depend_on_its_type(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["CanvasObject"]
    assert schema["discriminator"]["propertyName"] == "object_type"
    assert set(schema["discriminator"]["mapping"]) == set(get_args(ObjectType))


def test_event_stream_and_pictures_are_no_json(document: dict[str, Any]) -> None:
    def content(path: str) -> Any:
        return document["paths"][f"{API}{path}"]["get"]["responses"]["200"]["content"]

    assert content("/job/{job_id}/events") == {"text/event-stream": {"schema": {"type": "string"}}}
    png = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    assert content("/canvas/{canvas_id}.png") == png


def test_webhooks_are_documented(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == {"job.completed", "job.failed", "job.cancelled"}
    for item in document["webhooks"].values():
        body = item["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": "#/components/schemas/JobEnded"}


def test_types_of_the_client_are_those_of_the_models() -> None:
    assert typescript.TARGET.read_text(encoding="utf-8") == typescript.to_typescript(), (
        "python -m devtools.typescript"
    )


def find_all(node: Any, key: str) -> list[Any]:
    """Return all values under a key, however deep."""
    if isinstance(node, list):
        return [found for each in node for found in find_all(each, key)]
    if not isinstance(node, dict):
        return []
    own = [node[key]] if key in node else []
    return own + [found for value in node.values() for found in find_all(value, key)]


def test_headers_are_documented(document: dict[str, Any]) -> None:
    parameters = document["paths"][f"{API}/create-canvas"]["post"]["parameters"]
    assert {(each["name"], each["in"]) for each in parameters} == {
        ("Idempotency-Key", "header"),
        ("Prefer", "header"),
    }


def test_page_loads_nothing_from_elsewhere(nobody: Caller) -> None:
    page = nobody.get("//docs")
    assert page.status_code == 200
    assert "http" not in page.text
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    for name in ("docs.js", "docs.css", "swagger-ui.css", "swagger-ui-bundle.js"):
        assert f"/docs/{name}" in page.text
        with nobody.get(f"//docs/{name}") as file:
            assert file.status_code == 200
