"""How model servers differ from the manual: addresses and encodings."""

from __future__ import annotations

import json

import pytest

from tests.tasks.quirks import (
    GOOD,
    PLAN,
    TEXT,
    chunk,
    document,
    pieces,
    stream,
)
from tests.tasks.reading import ORDER, ask, check_drawn


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/", "/v1/chat/completions"),
        ("/v1/models", "/v1/chat/completions"),
        ("/openai/v1", "/openai/v1/chat/completions"),
        ("//v1", "/v1/chat/completions"),
        ("/chat/completions", "/chat/completions"),
        (
            "/openai/deployments/gpt?api-version=2024-10-21",
            "/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
        ),
        ("/?api-version=2024-10-21", "/openai/deployments/quirk-1/chat/completions?api-version=2024-10-21"),
        (
            "/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
            "/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
        ),
    ],
)
def test_address_works_in_the_forms_people_have_it_in(path: str, asked: str) -> None:
    outcome = ask(GOOD, path=path)
    check_drawn(outcome)
    assert outcome.paths == [asked]
    assert ("api-key: sk-test" in outcome.heads[0]) is ("api-version" in path)


def test_address_without_version_is_found_out() -> None:
    missing = document("404 page not found", "404 Not Found", kind="text/plain")
    outcome = ask(missing, GOOD, GOOD, path="/gateway", times=2)
    check_drawn(outcome, requests=3)
    assert outcome.paths == ["/gateway/chat/completions", *["/gateway/v1/chat/completions"] * 2]
    lm_studio = document({"error": "Unexpected endpoint or method. (POST /gateway/chat/completions)"})
    check_drawn(ask(lm_studio, GOOD, path="/gateway"), requests=2)


ENCODINGS = {
    "byte order mark": "\ufeff" + TEXT,
    "quoted twice": json.dumps(TEXT),
    "quoted three times": json.dumps(json.dumps(TEXT)),
    "quoted in a member": json.dumps({"plan": TEXT}),
    "items quoted": json.dumps({**PLAN, "items": [json.dumps(item) for item in PLAN["items"]]}),
    "escaped": TEXT.replace('"', '\\"'),
    "for a page": TEXT.replace('"', "&quot;"),
    "Python": repr(PLAN),
    "Python's words": TEXT.replace("null", "None").replace("true", "True"),
    "comments": TEXT.replace("}, {", '}, // it\'s "next"\n{'),
    "hash comments": TEXT.replace("}, {", '}, # it\'s "next"\n{'),
    "block comments": TEXT.replace("}, {", "}, /* [then] { */ {"),
    "trailing commas": TEXT.replace("}]}", "},],}"),
    "other keys": TEXT.replace('"text"', '"label"').replace('"source"', '"from"').replace('"target"', '"to"'),
    "a name": TEXT.replace('"text"', '"name"'),
    "React Flow": json.dumps(
        {
            "title": "Order",
            "nodes": [{"id": f"n{n}", "data": {"label": text}} for n, text in enumerate(ORDER, 1)],
            "edges": [
                {"id": "e1", "source": "n1", "target": "n2"},
                {"id": "e2", "source": "n2", "target": "n3", "data": {"label": "ready"}},
            ],
        }
    ),
    "Cytoscape": json.dumps(
        {
            "title": "Order",
            "nodes": [{"data": {"id": f"n{n}", "label": text}} for n, text in enumerate(ORDER, 1)],
            "edges": [
                {"data": {"source": "n1", "target": "n2"}},
                {"data": {"source": "n2", "target": "n3", "label": "ready"}},
            ],
        }
    ),
    "nodes and edges apart": 'Nodes:\n```json\n{"title": "Order", "nodes": '
    + json.dumps([item for item in PLAN["items"] if item["kind"] == "node"])
    + '}\n```\nEdges:\n```json\n{"edges": '
    + json.dumps([item for item in PLAN["items"] if item["kind"] == "edge"])
    + "}\n```",
    "one item a line": '{"title": "Order", "kind": "flowchart"}\n'
    + "\n".join(json.dumps(item) for item in PLAN["items"]),
    "wrapped": json.dumps({"result": {"plan": PLAN}}),
}


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("size", [7, 100_000])
def test_plan_is_read_however_it_is_written(name: str, size: int) -> None:
    parts = [chunk({"content": piece}) for piece in pieces(ENCODINGS[name], size)]
    check_drawn(ask(stream(*parts, chunk({}, "stop"))))


def test_half_of_a_character_waits_for_the_other() -> None:
    text = TEXT.replace("Pack parcel", "Pack 📦")
    halves = [chunk({"content": half}) for half in text.encode("utf-16-le").decode("utf-16-le").split("📦")]
    halves.insert(1, chunk({"content": "\ud83d"}))
    halves.insert(2, chunk({"content": "\udce6"}))
    assert ask(stream(*halves, chunk({}, "stop"))).texts[1] == "Pack 📦"
