"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

from typing import Any

import pytest

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
    "/canvas/{canvas_id}": "get delete",
    "/canvas/{canvas_id}.svg": "get",
    "/canvas/{canvas_id}.png": "get",
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
