"""Callers of the API, who post jobs and cancel some of them."""

from __future__ import annotations

import threading
import time
import urllib.error

from bench.chaos.system import System

CANCEL_SHARE = 0.12
API = "/api/ai-agent"


def post_jobs(system: System, *, jobs: int, rate: float) -> None:
    """Post jobs at a rate a second; only what is answered with 202 counts as accepted."""
    client = system.client()
    number = 0
    cancels: list[threading.Timer] = []
    while len(system.books.accepted) < jobs:
        number += 1
        try:
            answer = client.call(f"{API}/create-canvas", body={"instructions": f"Order number {number}"})
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
