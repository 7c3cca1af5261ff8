"""How many connections one web and one worker process hold at most, under load with everything they do."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import cycle

from bench.load import http_request, measure
from bench.scaling.costs import Results, Target, empty
from bench.scaling.requests import creations, token, web
from bench.scaling.workers import workers
from bench.web import API
from devtools.client import Client


def count_connections(target: Target, results: Results, *, seconds: float) -> None:
    """Load one web and one worker process with everything they do, and see what they hold at most."""
    most: Counter[str] = Counter()
    is_over = threading.Event()

    def watch() -> None:
        with target.connect() as conn:
            while not is_over.wait(0.05):
                rows = conn.execute(
                    "SELECT CASE WHEN query LIKE 'LISTEN%' AND application_name = 'canvas-queue' "
                    "THEN 'canvas-queue, LISTEN' ELSE application_name END AS name, count(*) AS n "
                    "FROM pg_stat_activity WHERE application_name LIKE 'canvas-%' GROUP BY 1"
                ).fetchall()
                for row in rows:
                    most[row["name"]] = max(most[row["name"]], row["n"])

    hooks = {"WEBHOOK_SECRET": "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"}
    watcher = threading.Thread(target=watch)
    with workers(target, 1, nodes=12, **hooks), web(target, 1) as port:
        watcher.start()
        client = Client(f"http://127.0.0.1:{port}", token("reader"))
        job_id = client.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"]
        list(client.follow(f"{API}/job/{job_id}/events"))
        headers = {"Authorization": f"Bearer {token('reader')}"}
        stats = http_request("GET", f"{API}/jobs/stats", headers=headers)
        posts = creations()
        turns = cycle([True, False])
        measure(port, lambda: stats if next(turns) else next(posts), seconds=seconds)
        is_over.set()
        watcher.join()
    for name, count in sorted(most.items()):
        results.figures[f"connections, {name}"] = str(count)
    empty(target)
