"""One user's prompts that a model server chokes on, or a server that misbehaves, while two others just draw."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from core import attempts, breaker, jobs
from core.admission import Limits
from core.database import Connection, connection_options
from core.errors import CanvasJobsError
from core.settings import Settings
from devtools.model_server import ModelServer, Received, Script, refused
from devtools.processes import WORKER, running
from tests.conftest import make_settings
from tests.tasks.quirks import GOOD, document
from tests.tasks.recorded_server import RecordedServer
from tests.tasks.workshop import look, post, until, until_final, working
from tests.waiting import PATIENCE

BAD = "Draw what nobody comes to an end with"
GOAL = 5.0  # seconds, within which the jobs of others have to start
MEMORY = 120_000_000  # bytes that a worker may grow by, with twenty places


class PickyServer(ModelServer):
    """Has trouble with the bad prompt only."""

    def __init__(self, trouble: Script) -> None:
        super().__init__()
        self.trouble = trouble

    def take(self, received: Received) -> Script:
        script = super().take(received)
        return self.trouble if BAD in json.dumps(received.body) else script


def settings_for(dsn: str, folder: Path, server: str, **values: Any) -> Settings:
    return make_settings(dsn, var_dir=folder, ai_provider=None, openai_base_url=server, **values)


async def time_of_others(conn: Connection, count: int = 12) -> list[float]:
    """Return how long jobs of two honest users take from being accepted to their end, one after another."""
    seconds = []
    for number in range(count):
        user = ("honest", "other")[number % 2]
        began = time.monotonic()
        job = await until_final(conn, post(conn, user_id=user).id, user)
        assert job.status == "completed"
        seconds.append(time.monotonic() - began)
    return sorted(seconds)


@pytest.mark.parametrize(
    "trouble",
    [Script(delay=60), Script(silent_after=1), Script(silent_after=6), refused(500, "server_error")],
    ids=["before the head", "after the role", "while it writes", "failing at once"],
)
def test_prompts_of_one_user_that_the_server_chokes_on_hold_nobody_up(
    dsn: str, conn: Connection, tmp_path: Path, trouble: Script
) -> None:
    async def story() -> tuple[list[float], list[float]]:
        with PickyServer(trouble) as server:
            values = {
                "max_active_jobs_per_user": 10,
                "ai_idle_timeout_seconds": 1.0,
                "ai_timeout_seconds": 6.0,
            }
            async with working(settings_for(dsn, tmp_path, server.base_url, **values)):
                alone = await time_of_others(conn)
                for _ in range(10):
                    post(conn, BAD, user_id="greedy", max_retries=2)
                beside = await time_of_others(conn, 30)
        return alone, beside

    alone, beside = asyncio.run(story())
    print(f"others: {alone[-1]:.2f} s alone, {beside[-1]:.2f} s beside ten bad prompts")
    assert beside[-1] < GOAL + alone[-1]


def test_bad_prompts_end_although_others_go_on(dsn: str, conn: Connection, tmp_path: Path) -> None:
    async def story() -> None:
        with PickyServer(refused(500, "server_error")) as server:
            async with working(settings_for(dsn, tmp_path, server.base_url)):
                bad = post(conn, BAD, user_id="greedy", max_retries=1)
                deadline = time.monotonic() + PATIENCE
                while not look(conn, bad.id, "greedy").is_final and time.monotonic() < deadline:
                    await time_of_others(conn, 1)
        assert look(conn, bad.id, "greedy").error_code == "model_unavailable"

    asyncio.run(story())


def test_worker_that_was_frozen_does_not_open_the_breaker(dsn: str, conn: Connection, tmp_path: Path) -> None:
    """Its requests time out when it wakes up; its jobs have gone on elsewhere by then."""

    async def story() -> None:
        async with await psycopg.AsyncConnection.connect(
            dsn, **connection_options(application_name="test")
        ) as worker:
            frozen = []
            for user in ("greedy", "honest", "other", "owner"):
                job = post(conn, user_id=user)
                number = job.queue_job_id or 0
                attempt = await attempts.claim_job(worker, job_id=job.id, queue_job_id=number)
                assert attempt is not None
                frozen.append(attempt)
                assert await attempts.claim_job(worker, job_id=job.id, queue_job_id=number)
            for attempt in frozen:
                state = await breaker.note_failure(worker, server="m", attempt=attempt, is_timeout=True)
                assert not state.is_open

    asyncio.run(story())


class FloodingServer:
    """Answers the bad prompt with bytes as fast as they are taken, all others with a plan."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self.sent = 0
        self._head, self._piece = head, piece
        self._socket = socket.create_server(("127.0.0.1", 0))

    @property
    def base_url(self) -> str:
        """The value for ``OPENAI_BASE_URL``."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"You plan" not in request and b'"stream"' not in request:
                request += connection.recv(65_536)
            connection.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                while True:
                    request += connection.recv(65_536)
            if BAD.encode() not in request:
                connection.sendall(GOOD)
                return
            connection.sendall(self._head)
            while True:
                connection.sendall(self._piece)
                self.sent += len(self._piece)


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/event-stream", *headers, "", ""]).encode()


FLOODS = {
    "an error without end": (head("500 Error"), b"x" * 65_536),
    "a line without end": (head("200 OK"), b"data: " + b"x" * 65_536),
    "comments without end": (head("200 OK"), b": PROCESSING\n\n" * 5_000),
    "blank events without end": (head("200 OK"), b"data:\n\n" * 5_000),
    "a compressed nothing": (head("200 OK", "Content-Encoding: gzip"), gzip.compress(bytes(50_000_000))),
    "a head without end": (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n"),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_flood_from_the_server_costs_neither_memory_nor_others_their_time(
    dsn: str, conn: Connection, tmp_path: Path, flood: str
) -> None:
    with FloodingServer(*FLOODS[flood]) as server:
        env = {
            "DATABASE_URL": dsn,
            "OPENAI_BASE_URL": server.base_url,
            "AI_PROVIDER": "openai",
            "AI_TIMEOUT_SECONDS": "20",
            "VAR_DIR": str(tmp_path),
        }
        with running(WORKER, env=env, log=tmp_path / "worker.log") as worker:
            asyncio.run(time_of_others(conn, 2))
            before = peak(worker.pid)
            bad = [post(conn, BAD, user_id="greedy", max_retries=0) for _ in range(5)]
            beside = asyncio.run(time_of_others(conn, 10))
            for job in bad:
                if flood not in (
                    "a head without end",
                    "an error without end",
                ):  # Those look like an outage: they wait.
                    asyncio.run(until_final(conn, job.id, "greedy"))
            grown = peak(worker.pid) - before
    print(f"{flood}: {server.sent / 1e6:.0f} MB sent, {grown / 1e6:.0f} MB grown, others {beside[-1]:.2f} s")
    assert grown < MEMORY
    assert beside[-1] < GOAL
    assert server.sent < 5 * 60_000_000


def peak(pid: int) -> int:
    """Return the most memory that a process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.split("\n") if line.startswith("VmHWM"))) * 1024


def test_redirect_does_not_carry_the_prompt_elsewhere(dsn: str, conn: Connection, tmp_path: Path) -> None:
    async def story() -> None:
        with RecordedServer(default=GOOD) as elsewhere:
            location = f"Location: {elsewhere.base_url}/chat/completions"
            with RecordedServer(default=document("", "307 Temporary Redirect", location)) as server:
                job = post(conn)
                async with working(settings_for(dsn, tmp_path, server.base_url)):
                    done = await until_final(conn, job.id)
            assert (done.status, done.error_code) == ("failed", "model_bad_answer")
            assert elsewhere.bodies == []
            assert len(server.bodies) == 1

    asyncio.run(story())


def test_cancelling_near_the_end_does_not_get_round_the_budget(
    dsn: str, conn: Connection, tmp_path: Path
) -> None:
    limits = Limits(active_jobs=5, jobs_per_minute=1000, tokens_per_day=2_000)

    async def story() -> int:
        drawings = 0
        with ModelServer(default=Script(silent_after=60)) as model:
            async with working(settings_for(dsn, tmp_path, model.base_url)):
                with contextlib.suppress(CanvasJobsError):
                    for _ in range(25):
                        job = post(conn, limits=limits)
                        await until(conn, job.id, lambda job: job.progress_objects > 15)
                        jobs.cancel_job(conn, job_id=job.id, user_id="owner")
                        await until(conn, job.id, lambda job: job.output_tokens)
                        drawings += 1
        return drawings

    assert asyncio.run(story()) <= 2
