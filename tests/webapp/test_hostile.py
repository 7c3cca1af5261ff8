"""Hostile requests against the real server: each gets the response in the corpus, and the server keeps running."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from core.database import Connection
from core.settings import Settings
from tests.conftest import SECRET
from tests.waiting import PATIENCE
from tests.webapp.conftest import Caller, complete
from tests.webapp.hostile import read_corpus, sign
from tests.webapp.serving import API, Web, serve

pytestmark = pytest.mark.slow

MIN_REQUESTS = 300
INTERNALS = re.compile(
    rb"Traceback|File \"|psycopg|werkzeug|gunicorn|site-packages|0x[0-9a-f]{8}", re.IGNORECASE
)


def ask(web: Web, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes and return the status, the fields and the body of the one answer."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as client:
        # A server that has heard enough hangs up; its answer is there.
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(request)
        answer = b"".join(iter(lambda: _receive(client), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(body) > int(fields.get("content-length", len(body))):
        fields["more"] = "a second answer"
    return int(first.split(" ")[1]) if first else 0, fields, body


def _receive(client: socket.socket) -> bytes:
    try:
        return client.recv(65536)
    except ConnectionResetError:
        return b""


def complaints(answer: tuple[int, dict[str, str], bytes], expected: tuple[int, str | None]) -> list[str]:
    """Return what is wrong with an answer."""
    status, fields, body = answer
    if "more" in fields:
        return ["what followed the request was answered too"]
    if fields.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    problem: dict[str, Any] = {}
    if fields.get("content-type") == "application/problem+json":
        problem = json.loads(body)
    wrong = []
    if (status, problem.get("code")) != expected:
        wrong.append(f"{status} {problem.get('code')} {problem.get('message')}, not {expected}")
    if status >= 400 and problem.get("status") != status:
        wrong.append("no problem+json")
    if "server" in fields or INTERNALS.search(body):
        wrong.append("it tells of its inside")
    if fields.get("x-content-type-options") != "nosniff":
        wrong.append("no security fields")
    return wrong


def test_each_hostile_request_gets_its_answer(
    settings: Settings, owner: Caller, stranger: Caller, conn: Connection, tmp_path: Path
) -> None:
    theirs, job, finished = stranger.create(), owner.create(), owner.create()
    token = sign()
    names = {
        "job": job,
        "job_hex": job.replace("-", ""),
        "job_cut": job[:-1],
        "finished": finished,
        "canvas": complete(conn, finished),
        "theirs": theirs,
        "THEIRS": theirs.upper(),
        "their_canvas": complete(conn, theirs),
        "missing": "00000000-0000-0000-0000-000000000000",
        "token": token,
        "token_cut": token[:-3],
        "token_unsigned": token.rpartition(".")[0],
    }
    # Bodies come last: a canvas that one of them names is the caller's own from then on.
    corpus = sorted(read_corpus(), key=lambda hostile: hostile.name.startswith("bodies: "))
    wrong = {}
    env = {"MAX_ACTIVE_JOBS_PER_USER": "1000", "RATE_LIMIT_PER_MINUTE": "1000"}
    with serve(tmp_path, DATABASE_URL=str(settings.database_url), JWT_SECRET_KEY=SECRET, **env) as web:
        for hostile in corpus:
            if found := complaints(ask(web, hostile.to_bytes(names)), hostile.expected):
                wrong[hostile.name] = found
        assert wrong == {}
        assert web.call("GET", f"{API}/health/ready") == (200, {"status": "ok"})
        assert "Traceback" not in web.log
        assert "request_failed" not in web.log
    assert len(corpus) >= MIN_REQUESTS
    accepted = Counter(hostile.expected[0] for hostile in corpus)[202]
    assert conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone() == {"n": accepted + 3}
