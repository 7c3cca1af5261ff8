"""One trace across real processes, as a collector receives it; nothing depends on the collector."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from core.database import Connection
from devtools.model_server import ModelServer, Script, refused
from devtools.processes import WORKER, free_port, running
from devtools.receiver import Receiver
from tests.conftest import SECRET
from tests.tasks.workshop import count, look
from tests.tracing.collector import Collector, Seen, children
from tests.tracing.conftest import API, CREATE, KEY, PARENT, TRACE, TRACEPARENT, create, one
from tests.waiting import PATIENCE, until
from tests.webapp.serving import serve

WORDS = "my private plan for the garden"
HOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="
AN_HOUR = "3600000"  # milliseconds


def log_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def test_one_trace_from_the_request_through_both_processes_to_model_and_receiver(
    conn: Connection,
    collector: Collector,
    model: ModelServer,
    traced: dict[str, str],
    token: str,
    tmp_path: Path,
) -> None:
    model.script(refused(500, message=f"{WORDS} {KEY}"))
    with Receiver(HOOK_SECRET) as receiver:
        traced |= {
            "WEBHOOK_SECRET": HOOK_SECRET,
            "WEBHOOK_URL": receiver.url,
            "WEBHOOK_ALLOW_PRIVATE": "true",
        }
        with serve(tmp_path, **traced) as web, running(WORKER, env=traced, log=tmp_path / "worker.log"):
            job = create(web, token, WORDS, traceparent=TRACEPARENT)
            list(web.follow(str(job), token))
            until(lambda: collector.find("process webhooks"))
            until(lambda: collector.find(f"GET {API}/job/<job_id>/events"))
    spans = collector.of(TRACE)
    server = one(collector.find(f"POST {CREATE}"))
    assert (server.trace_id, server.parent_id, server.kind) == (TRACE, PARENT, "server")
    assert (
        server.attributes
        | {
            "http.request.method": "POST",
            "http.route": CREATE,
            "url.path": CREATE,
            "url.scheme": "http",
            "http.response.status_code": 202,
        }
        == server.attributes
    )
    sent = one(children(spans, server))
    assert (sent.name, sent.kind, sent.attributes["messaging.message.id"]) == (
        "send canvas",
        "producer",
        str(job),
    )
    first, second = sorted(
        collector.find("process canvas"), key=lambda span: span.attributes["canvas.job.attempt"]
    )
    for number, attempt in enumerate((first, second), start=1):
        assert (attempt.trace_id, attempt.parent_id, attempt.kind) == (TRACE, sent.span_id, "consumer")
        assert attempt.attributes["canvas.job.attempt"] == number
        assert attempt.attributes["messaging.message.id"] == str(job)
    assert first.attributes["canvas.job.wait_seconds"] > 0
    assert (first.status, first.attributes["error.type"]) == ("error", "model_unavailable")
    assert (first.attributes["canvas.job.outcome"], second.attributes["canvas.job.outcome"]) == (
        "postponed",
        "completed",
    )
    check_model_calls(children(spans, first), children(spans, second), model)
    delivery = one(collector.find("process webhooks"))
    assert (delivery.trace_id, delivery.parent_id) == (TRACE, sent.span_id)
    assert one(children(spans, delivery)).attributes["http.response.status_code"] == 204
    assert {span.service for span in spans} == {"canvas-jobs-web", "canvas-jobs-worker"}
    followed = one(collector.find(f"GET {API}/job/<job_id>/events"))
    assert (followed.attributes["http.response.status_code"], followed.parent_id) == (200, "")
    check_that_nothing_private_was_sent(collector, token)
    check_log_lines(tmp_path, server, second)


def check_model_calls(failed: list[Seen], drawn: list[Seen], model: ModelServer) -> None:
    """The spans below an attempt that failed and one that drew."""
    refusal = one(failed)
    assert (refusal.name, refusal.status, refusal.attributes["error.type"]) == (
        "chat gpt-6-luna",
        "error",
        "model_unavailable",
    )
    chat, draw, finish = drawn
    assert (chat.name, chat.kind, chat.status) == ("chat gpt-6-luna", "client", "unset")
    assert (
        chat.attributes
        | {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-6-luna",
            "gen_ai.response.model": "gpt-6-luna",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 700,
            "gen_ai.usage.output_tokens": 900,
            "server.address": "127.0.0.1",
        }
        == chat.attributes
    )
    assert chat.events == ["first_item"]
    assert (draw.name, finish.name) == ("draw canvas", "finish job")
    assert draw.attributes["canvas.objects"] > 12
    asked = [request.headers["traceparent"] for request in model.requests]
    assert asked == [f"00-{TRACE}-{call.span_id}-01" for call in (refusal, chat)]


def check_that_nothing_private_was_sent(collector: Collector, token: str) -> None:
    everything = b"".join(collector.bodies)
    assert b"gen_ai.request.model" in everything
    for secret in (WORDS, "private plan", KEY, SECRET, HOOK_SECRET, token, "Order received", "/hooks"):
        assert secret.encode() not in everything


def check_log_lines(folder: Path, server: Seen, attempt: Seen) -> None:
    """The lines of a request and of an attempt name the span they were written in."""
    requests = [line for line in log_lines(folder / "web.log") if line.get("path") == CREATE]
    assert [(line["trace_id"], line["span_id"]) for line in requests] == [(TRACE, server.span_id)]
    finished = [line for line in log_lines(folder / "worker.log") if line["event"] == "job_finished"]
    assert [(line["trace_id"], line["span_id"]) for line in finished] == [(TRACE, attempt.span_id)]


def test_job_of_a_killed_worker_goes_on_in_its_trace_and_a_retry_begins_another(
    conn: Connection,
    collector: Collector,
    model: ModelServer,
    traced: dict[str, str],
    token: str,
    tmp_path: Path,
) -> None:
    model.script(Script(silent_after=20), refused(401))
    with serve(tmp_path, **traced) as web:
        job = create(web, token)
        with running(WORKER, env=traced, log=tmp_path / "first.log") as first:
            until(lambda: look(conn, job).progress_objects)
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
        with running(WORKER, env=traced, log=tmp_path / "second.log"):
            rescued = until(lambda: collector.find("process canvas", canvas__job__outcome="failed"))[0]
            assert web.call("POST", f"{API}/job/{job}/retry", token=token)[0] == 202
            again = until(lambda: collector.find("process canvas", canvas__job__outcome="completed"))[0]
    created = until(lambda: collector.find(f"POST {CREATE}"))[0]
    asked_again = until(lambda: collector.find(f"POST {API}/job/<job_id>/retry"))[0]
    sent = one(children(collector.of(created.trace_id), created))
    assert (rescued.trace_id, rescued.parent_id) == (created.trace_id, sent.span_id)
    assert (rescued.attributes["canvas.job.attempt"], rescued.attributes["error.type"]) == (
        2,
        "model_unauthorized",
    )
    sent_again = one(children(collector.of(asked_again.trace_id), asked_again))
    assert (again.trace_id, again.parent_id) == (asked_again.trace_id, sent_again.span_id)
    assert asked_again.trace_id != created.trace_id


def test_cancelled_attempt_has_not_failed(
    conn: Connection,
    collector: Collector,
    model: ModelServer,
    traced: dict[str, str],
    token: str,
    tmp_path: Path,
) -> None:
    model.script(Script(silent_after=20))
    log = tmp_path / "worker.log"
    with serve(tmp_path, **traced) as web, running(WORKER, env=traced, log=log):
        job = create(web, token)
        until(lambda: look(conn, job).progress_objects)
        web.call("POST", f"{API}/job/{job}/cancel", token=token)
        attempt = until(lambda: collector.find("process canvas"))[0]
        chat = until(lambda: collector.find("chat gpt-6-luna"))[0]
    assert (attempt.attributes["canvas.job.outcome"], attempt.status) == ("cancelled", "ok")
    assert (chat.status, chat.events, chat.parent_id) == ("unset", ["first_item"], attempt.span_id)
    assert "Failed to detach" not in log.read_text()


def test_spans_are_sent_before_a_process_ends(
    conn: Connection, collector: Collector, traced: dict[str, str], token: str, tmp_path: Path
) -> None:
    traced |= {"OTEL_BSP_SCHEDULE_DELAY": AN_HOUR}
    with serve(tmp_path, **traced) as web, running(WORKER, env=traced, log=tmp_path / "worker.log") as worker:
        job = create(web, token)
        until(lambda: look(conn, job).is_final)
        assert collector.spans == []
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=PATIENCE) == 0
        assert {span.service for span in collector.spans} == {"canvas-jobs-worker"}
        assert web.stop() == 0
    assert one(collector.find("process canvas")).trace_id == one(collector.find(f"POST {CREATE}")).trace_id


def test_every_web_process_of_a_port_sends_its_own_spans(
    collector: Collector, traced: dict[str, str], token: str, tmp_path: Path
) -> None:
    with serve(tmp_path, **traced | {"WEB_CONCURRENCY": "2"}) as web:

        def both_seen() -> bool:
            assert web.call("GET", f"{API}/jobs", token=token)[0] == 200
            return len({span.instance for span in collector.spans}) == 2

        until(both_seen)


@pytest.mark.parametrize("trouble", ["refusing", "hanging", "unauthorized"])
def test_collector_in_trouble_is_nobodys_trouble(
    conn: Connection, env: dict[str, str], token: str, tmp_path: Path, trouble: str
) -> None:
    with ExitStack() as stack:
        hanging = stack.enter_context(Collector(is_hanging=trouble == "hanging"))
        url = {
            "refusing": f"http://127.0.0.1:{free_port()}",
            "hanging": hanging.url,
            "unauthorized": f"{hanging.url}/elsewhere",  # answers 404
        }[trouble]
        # A queue of eight spans: most find no place in it.
        env |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {KEY},no header {KEY}",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "600",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_BSP_MAX_QUEUE_SIZE": "8",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
        }
        log = tmp_path / "worker.log"
        web = stack.enter_context(serve(tmp_path, **env))
        worker = stack.enter_context(running(WORKER, env=env, log=log))
        jobs = [create(web, token) for _ in range(5)]
        until(lambda: all(look(conn, job).status == "completed" for job in jobs))
        for process in (worker, web.process):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE) == 0  # The exporter alone would wait for ten minutes.
        assert "SIGKILL" not in web.log  # as gunicorn does to a process that takes too long
        assert KEY not in log.read_text() + web.log
    assert count(conn, "canvases") == 5


def test_hostile_traceparents_are_harmless(
    conn: Connection, collector: Collector, traced: dict[str, str], token: str, tmp_path: Path
) -> None:
    hostile = [
        b"",
        b"x" * 8000,
        b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01",
        b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        b"00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' OR 1=1 --",
        "00-٠af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".encode(),
        b"\xff\xfe<script>",
        TRACEPARENT.encode() + b", " + TRACEPARENT.encode(),
    ]
    with serve(tmp_path, **traced | {"MAX_ACTIVE_JOBS_PER_USER": "100"}) as web:
        for value in hostile:
            job = create(web, token, traceparent=value)
            row = conn.execute("SELECT traceparent FROM ai_jobs WHERE id = %s", [job]).fetchone()
            assert row is not None
            assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]", row["traceparent"])
            assert TRACE not in row["traceparent"]
        unsampled = create(web, token, traceparent=f"00-{TRACE}-{PARENT}-00")
        until(lambda: len(collector.find(f"POST {CREATE}")) >= len(hostile))
    assert {span.parent_id for span in collector.find(f"POST {CREATE}")} == {""}
    assert len({span.trace_id for span in collector.find(f"POST {CREATE}")}) == len(hostile)
    assert collector.of(TRACE) == []
    row = conn.execute("SELECT traceparent FROM ai_jobs WHERE id = %s", [unsampled]).fetchone()
    assert row is not None
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-00", row["traceparent"])


def test_errors_are_told_by_their_codes(
    collector: Collector, traced: dict[str, str], token: str, tmp_path: Path
) -> None:
    with serve(tmp_path, **traced, RATE_LIMIT_PER_MINUTE="1") as web:
        web.call("POST", CREATE, body={"instructions": WORDS})
        create(web, token)
        web.call("POST", CREATE, token=token, body={"instructions": WORDS})
        web.call("GET", f"/{WORDS.replace(' ', '-')}")
        web.call("GET", f"{API}/health")
        web.call("GET", f"{API}/health/ready")
    found = [
        (
            span.name,
            span.status,
            span.attributes.get("http.response.status_code"),
            span.attributes.get("error.type"),
        )
        for span in collector.spans
        if span.name != "send canvas"
    ]
    assert found == [
        (f"POST {CREATE}", "unset", 401, "unauthorized"),
        (f"POST {CREATE}", "unset", 202, None),
        (f"POST {CREATE}", "unset", 429, "rate_limited"),
        ("GET", "unset", 404, "not_found"),
    ]
    sent = collector.find("send canvas")
    assert [span.attributes.get("error.type") for span in sent] == [None, "rate_limited"]


def test_lost_database_is_an_error_of_the_service(
    collector: Collector, traced: dict[str, str], token: str, tmp_path: Path
) -> None:
    traced |= {"DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}
    with serve(tmp_path, **traced) as web:
        assert web.call("GET", f"{API}/jobs", token=token)[0] == 503
    span = one(collector.find(f"GET {API}/jobs"))
    assert (span.status, span.attributes["error.type"]) == ("error", "database_unavailable")
