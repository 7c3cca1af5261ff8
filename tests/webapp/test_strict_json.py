"""Bodies that are not plain JSON objects, and the responses they get."""

from __future__ import annotations

import json

import pytest

from tests.webapp.conftest import Caller, assert_problem
from webapp.errors import InvalidRequest
from webapp.transport.strict_json import MAX_BODY_BYTES, parse_object

REFUSED = {
    "nothing": b"",
    "no object": b"[]",
    "a bare string": b'"{}"',
    "a bare null": b"null",
    "cut off": b'{"instructions": "A',
    "two values": b'{"instructions": "A"} {}',
    "a trailing comma": b'{"instructions": "A",}',
    "single quotes": b"{'instructions': 'A'}",
    "a comment": b'{"instructions": "A" /* no */}',
    "a byte order mark": b'\xef\xbb\xbf{"instructions": "A"}',
    "Latin-1": '{"instructions": "é"}'.encode("latin-1"),
    "UTF-16": '{"instructions": "A"}'.encode("utf-16"),
    "a raw control character": b'{"instructions": "a\nb"}',
    "NaN": b'{"instructions": "A", "priority": NaN}',
    "infinity": b'{"instructions": "A", "priority": -Infinity}',
    "an overflowing number": b'{"instructions": "A", "priority": 1e999}',
    "an overflowing number deep down": b'{"instructions": "A", "x": [{"y": -1e999}]}',
    "a huge integer": b'{"instructions": "A", "priority": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"instructions": "A", "instructions": "B"}',
    "a name twice deep down": b'{"instructions": "A", "x": [{"y": 1, "y": 2}]}',
    "33 levels": b'{"instructions": "A", "x": ' + b"[" * 32 + b"]" * 32 + b"}",
    "40 levels": b'{"instructions": "A", "x": ' + b"[" * 40 + b"]" * 40 + b"}",
    "20,000 levels": b'{"instructions": "A", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a lone surrogate in a field nobody reads": rb'{"instructions": "A", "x": "\ud800"}',
    "a lone surrogate": rb'{"instructions": "\ud800"}',
    "an escaped NUL": rb'{"instructions": "a\u0000b"}',
    "a lone surrogate as an id": rb'{"instructions": "A", "canvas_id": 7}',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_refused_bodies(owner: Caller, body: bytes) -> None:
    answer = owner.post("/create-canvas", data=body, content_type="application/json")
    assert assert_problem(answer, 400, "invalid_request")["details"]


@pytest.mark.parametrize(
    "body",
    [
        rb'{"instructions": "\ud83d\ude00", "unknown": "\u0000"}',
        b'{"instructions": "A", "x": ' + b"[" * 31 + b"]" * 31 + b"}",
        b'{"instructions": "A", "x": ' + b"9" * 308 + b"}",
        b'{"instructions": "A", "priority": 3.0}',
        b'{"instructions": "A", "canvas_id": null, "x": [[[[{"y": {}}]]]]}',
        b' \n{"instructions": "A"}\n ',
    ],
)
def test_accepted_bodies(owner: Caller, body: bytes) -> None:
    answer = owner.post("/create-canvas", data=body, content_type="application/json; charset=UTF-8")
    assert answer.status_code == 202


@pytest.mark.parametrize("canvas_id", [r"\u0000", "x" * 5000])
def test_id_that_no_canvas_can_have_is_refused(owner: Caller, canvas_id: str) -> None:
    body = f'{{"instructions": "A", "canvas_id": "{canvas_id}"}}'
    answer = owner.post("/create-canvas", data=body, content_type="application/json")
    assert_problem(answer, 400, "invalid_request")


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_other_media_types_are_refused(owner: Caller, content_type: str | None) -> None:
    answer = owner.post("/create-canvas", data=b'{"instructions": "A"}', content_type=content_type)
    assert_problem(answer, 415, "unsupported_media_type")


def test_compressed_bodies_are_refused(owner: Caller) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert_problem(owner.post("/create-canvas", data=b"{}", headers=headers), 415, "unsupported_media_type")


def test_large_bodies_are_refused(owner: Caller) -> None:
    body = json.dumps({"instructions": "A"}).encode()
    fits = body + b" " * (MAX_BODY_BYTES - len(body))
    assert owner.post("/create-canvas", data=fits, content_type="application/json").status_code == 202
    for size in (1, 2, 10**6):
        answer = owner.post("/create-canvas", data=fits + b" " * size, content_type="application/json")
        assert_problem(answer, 413, "payload_too_large")


def test_complaint_names_the_place_and_not_the_words() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_object(b'{"secret": 1,\n "secret": 2}')
    assert caught.value.extra["details"] == {
        "body": ["The body gives a name twice in one object (line 2, column 11)."]
    }
    with pytest.raises(InvalidRequest) as caught:
        parse_object(b'{"secret": nonsense}')
    assert caught.value.extra["details"] == {"body": ["The body is not JSON (line 1, column 13)."]}
