"""Callers of the API, who post jobs, some of them changes of one shared canvas, and cancel some of them."""

from __future__ import annotations

import threading
import time
import urllib.error

from bench.chaos.system import System

CANCEL_SHARE = 0.12
CHANGE_SHARE = 0.25
MOST_CHANGES = 90  # of one canvas: as many versions and shapes as are kept
BOARD = "board"  # the canvas that is changed, by its name in the host app
BOARD_SOURCE = "flowchart LR\na[Pages]"
BOARD_PATIENCE = 60.0  # seconds
API = "/api/ai-agent"


def post_jobs(system: System, *, jobs: int, rate: float) -> None:
    """Post jobs at a rate a second; only what is answered with 202 counts as accepted."""
    client = system.client()
    number = 0
    cancels: list[threading.Timer] = []
    while len(system.books.accepted) < jobs:
        number += 1
        is_change = system.random.random() < CHANGE_SHARE and system.books.changes < MOST_CHANGES
        body = {"instructions": f"Order number {number}"}
        if is_change:
            system.books.changes += 1
            body = {"instructions": f"Add page {number}.", "canvas_id": BOARD, "mode": "edit"}
        try:
            answer = client.call(f"{API}/create-canvas", body=body)
        except urllib.error.HTTPError as exc:
            system.books.refused[str(exc.code)] += 1
            exc.close()
        except OSError as exc:
            system.books.refused[type(exc).__name__] += 1
        else:
            system.books.accepted.append(answer["job_id"])
            if system.random.random() < CANCEL_SHARE:
                cancels.append(
                    threading.Timer(system.random.uniform(0, 4), cancel, [system, answer["job_id"]])
                )
                cancels[-1].start()
        time.sleep(1 / rate)
    for timer in cancels:
        timer.join()


def draw_board(system: System) -> None:
    """Draw the canvas that is going to be changed, before anything goes wrong."""
    body = {"source": BOARD_SOURCE, "canvas_id": BOARD}
    job_id = system.client().call(f"{API}/create-canvas", body=body)["job_id"]
    deadline = time.monotonic() + BOARD_PATIENCE
    while system.client().call(f"{API}/job/{job_id}/status")["job"]["status"] != "completed":
        if time.monotonic() > deadline:
            raise TimeoutError("The first canvas was not drawn.")
        time.sleep(0.1)


def cancel(system: System, job_id: str) -> None:
    """Cancel a job; only what is answered with 200 counts as cancelled."""
    try:
        system.client().call(f"{API}/job/{job_id}/cancel", body={})
    except urllib.error.HTTPError as exc:
        exc.close()
    except OSError:
        return
    else:
        system.books.cancelled.add(job_id)
