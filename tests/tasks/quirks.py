"""Answers of model servers, built from parts: chunks, refusals, streams. What should come of them is in the tests."""

from __future__ import annotations

import json
from typing import Any

PLAN: dict[str, Any] = {
    "title": "Order",
    "kind": "flowchart",
    "direction": "down",
    "items": [
        {
            "kind": "node",
            "id": "n1",
            "text": "Receive order",
            "role": "start",
            "parent": None,
            "when": None,
            "accent": None,
        },
        {
            "kind": "node",
            "id": "n2",
            "text": "Pack parcel",
            "role": "step",
            "parent": None,
            "when": None,
            "accent": None,
        },
        {"kind": "edge", "source": "n1", "target": "n2", "label": None, "arrow": True},
        {
            "kind": "node",
            "id": "n3",
            "text": "Send parcel",
            "role": "end",
            "parent": None,
            "when": None,
            "accent": None,
        },
        {"kind": "edge", "source": "n2", "target": "n3", "label": "ready", "arrow": True},
    ],
}
TEXT = json.dumps(PLAN)
DRAFT = TEXT.replace("Receive order", "FIRST A").replace('"Order"', '"DRAFT"')
CUT = TEXT[: TEXT.index(', {"kind": "edge", "source": "n2"')]
USAGE = {"prompt_tokens": 900, "completion_tokens": 300, "total_tokens": 1200}


def pieces(text: str, size: int = 40) -> list[str]:
    """Return a text in pieces of some characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def chunk(delta: dict[str, Any] | None = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    """Return a chunk with one choice."""
    return {
        "model": "quirk-1",
        "choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}],
        **more,
    }


def texts(text: str, key: str = "content") -> list[dict[str, Any]]:
    """Return a text as chunks."""
    return [chunk({key: piece}) for piece in pieces(text)]


def stream(
    *parts: Any, done: bool = True, head: str = "Content-Type: text/event-stream", end: str = ""
) -> bytes:
    """Return a stream: chunks as events, strings as they are."""
    lines = [part if isinstance(part, str) else f"data: {json.dumps(part)}\n\n" for part in parts]
    lines += ["data: [DONE]\n\n"] if done else []
    return (
        f"HTTP/1.1 200 OK\r\n{head}\r\nConnection: close\r\n\r\n".encode() + "".join([*lines, end]).encode()
    )


def answer(text: str = TEXT, finish: Any = "stop", usage: Any = USAGE, **more: Any) -> bytes:
    """Return a whole answer as a good server streams it."""
    parts = [chunk({"role": "assistant", "content": ""}), *texts(text), chunk({}, finish)]
    if usage is not None:
        parts.append({"choices": [], "usage": usage})
    return stream(*parts, **more)


def document(value: Any, status: str = "200 OK", *headers: str, kind: str = "application/json") -> bytes:
    """Return a response that is no stream."""
    body = (value if isinstance(value, str) else json.dumps(value)).encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def refusal(status: int, message: str = "no", *headers: str, **members: Any) -> bytes:
    """Return a refusal in OpenAI's form."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **members}
    return document({"error": error}, f"{status} Refused", *headers)


def message(text: str = TEXT, **members: Any) -> dict[str, Any]:
    """Return a completion that was not streamed."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **members},
        "finish_reason": "stop",
    }
    return {"object": "chat.completion", "model": "quirk-1", "choices": [choice], "usage": USAGE}


ROLE = chunk({"role": "assistant", "content": ""})
GOOD = answer()
