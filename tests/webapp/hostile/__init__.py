"""Hostile requests, kept as data: each says what it is, what to send, and the status and code it must get.

A request takes the ``method``, ``path`` (below the API) and ``headers`` of its file where it has none of its own.
``url`` is a whole path. A ``body`` is text; ``bytes`` and ``raw`` (a whole request) hold one byte a character. Each may
be a list of parts, ``["x", 1000]`` for a repeated one. ``{job}`` and the like stand for ids of the test. ``token`` is
signed with the service's secret unless its parts say otherwise; ``authorization`` is a header as it is, null for none.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import SECRET

HERE = Path(__file__).parent
API = "/api/ai-agent"

Parts = str | list[str | tuple[str, int]]


@dataclass(frozen=True)
class Hostile:
    """One request of the corpus."""

    name: str
    data: Mapping[str, Any]

    @property
    def expected(self) -> tuple[int, str | None]:
        """The status and the problem's code; None when it is no problem."""
        return self.data["status"], self.data["code"]

    def to_bytes(self, names: Mapping[str, str]) -> bytes:
        """Return what goes over the wire; ``names`` are the values of ``{job}`` and the like."""
        if "raw" in self.data:
            return _fill(_join(self.data["raw"]), names).encode("latin-1")
        if "bytes" in self.data:
            body = _join(self.data["bytes"]).encode("latin-1")
        else:
            body = _fill(_join(self.data.get("body", "")), names).encode()
        method = self.data.get("method", "GET")
        address = self.data.get("url") or API + self.data.get("path", "")
        head = [f"{method} {_fill(address, names)} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
        head += [f"{name}: {_fill(value, names)}" for name, value in self.data.get("headers", {}).items()]
        if credentials := self._credentials(names):
            head.append(f"Authorization: {credentials}")
        if body or method == "POST":
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).encode("latin-1") + body

    def _credentials(self, names: Mapping[str, str]) -> str | None:
        if "authorization" in self.data:
            given: str | None = self.data["authorization"]
            return None if given is None else _fill(given, names)
        return f"Bearer {sign(**self.data.get('token', {}))}"


def read_corpus() -> Iterator[Hostile]:
    """Yield all requests, file by file."""
    for path in sorted(HERE.glob("*.json")):
        common = json.loads(path.read_text(encoding="utf-8"))
        for request in common.pop("requests"):
            yield Hostile(f"{path.stem}: {request['is']}", common | request)


def sign(
    *,
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    payload: str | None = None,
    key: str = SECRET,
) -> str:
    """Return a token with any header and any claims, signed with HMAC-SHA256 whatever the header says.

    By hand: the library refuses to make most of what is needed here. The key "nobody" leaves the signature empty.
    """
    now = int(time.time())
    merged = {"sub": "owner", "type": "access", "iat": now, "exp": now + 600} | (claims or {})
    text = json.dumps({name: value for name, value in merged.items() if name != "sub" or value is not None})
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"} if header is None else header), payload or text]
    unsigned = ".".join(_base64(part.encode()) for part in parts)
    signature = b"" if key == "nobody" else hmac.digest(key.encode(), unsigned.encode(), "sha256")
    return f"{unsigned}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _join(parts: Parts) -> str:
    if isinstance(parts, str):
        return parts
    return "".join(part if isinstance(part, str) else part[0] * part[1] for part in parts)


def _fill(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text
