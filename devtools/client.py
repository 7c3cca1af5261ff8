"""A small HTTP client for the API: post a job, follow it, fetch its canvas; standard library only."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any


class Client:
    """Calls the API at ``url`` as the owner of ``token``."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    def open(self, path: str, *, body: dict[str, Any] | None = None, timeout: float = 30) -> Any:
        """Return the open answer to a GET, or to a POST when there is a body; raises ``urllib.error.HTTPError``."""
        request = urllib.request.Request(
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        return urllib.request.urlopen(request, timeout=timeout)

    def call(self, path: str, *, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON object that the route answers."""
        with self.open(path, body=body) as answer:
            parsed: dict[str, Any] = json.load(answer)
            return parsed

    def follow(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (event, data) of an event stream until it ends (WHATWG HTML, "Server-sent events")."""
        with self.open(path, timeout=60) as stream:
            name, data = "message", ""
            for raw in stream:
                line = raw.decode().rstrip("\r\n")
                if line.startswith("event:"):
                    name = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    data += line.removeprefix("data:").strip()
                elif not line and data:
                    yield name, json.loads(data)
                    name, data = "message", ""
