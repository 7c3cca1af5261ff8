"""What NOTIFY costs with more and more connections that listen."""

from __future__ import annotations

import multiprocessing
import select
import threading
import time
from contextlib import ExitStack
from typing import Any

import psycopg

from bench.scaling.costs import PATIENCE, Results, Target, plural

NOTIFIERS = 4  # connections that notify at the same time


def measure_notify(
    target: Target, results: Results, *, listeners: int, seconds: float, pause: float = 0.0
) -> None:
    """Commit notifications from a few connections while others listen; ``pause`` is between two of a connection."""
    spawn = multiprocessing.get_context("spawn")
    ready, stop = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_listen, args=[target.dsn, listeners, ready, stop])
    process.start()
    ready.wait(PATIENCE)
    counts = [0] * NOTIFIERS
    pace = f", {NOTIFIERS / pause:.0f}/s" if pause else ""
    try:
        with ExitStack() as stack:
            connections = [stack.enter_context(target.connect()) for _ in range(NOTIFIERS)]
            note = stack.enter_context(
                target.costing(results, f"{plural(listeners, 'listener')}: NOTIFY{pace}")
            )
            ends_at = time.monotonic() + seconds

            def notify(number: int) -> None:
                while time.monotonic() < ends_at:
                    connections[number].execute("SELECT pg_notify('canvas_bench', %s)", [str(number)])
                    counts[number] += 1
                    time.sleep(pause)

            threads = [threading.Thread(target=notify, args=[number]) for number in range(NOTIFIERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            note(sum(counts), seconds)
    finally:
        stop.set()
        process.join()


def _listen(dsn: str, count: int, ready: Any, stop: Any) -> None:
    connections = [psycopg.connect(dsn, autocommit=True) for _ in range(count)]
    for conn in connections:
        conn.execute("LISTEN canvas_bench")
    ready.set()
    by_number = {conn.fileno(): conn for conn in connections}
    with select.epoll() as arrived:
        for number in by_number:
            arrived.register(number, select.EPOLLIN)
        while not stop.is_set():
            for number, _ in arrived.poll(timeout=0.2):
                # Not a generator for each: this must cost less than what it listens to.
                pgconn = by_number[number].pgconn
                pgconn.consume_input()
                while pgconn.notifies():
                    pass
    for conn in connections:
        conn.close()
