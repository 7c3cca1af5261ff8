"""What the operator's headline says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.api.headline import describe_troubles

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROCESSOR = {"workers": 1, "model_is_down": False}
WORKER = {"hostname": "host", "pid": 7, "is_alive": True, "heartbeat_age_seconds": 2.0, "running": 0}


def troubles(**given: Any) -> list[str]:
    values: dict[str, Any] = {
        "processor": PROCESSOR,
        "pauses": [],
        "workers": [WORKER],
        "failures": [],
        "last_completed_at": None,
        "completed": 0,
        "timeout_seconds": 20.0,
    }
    return describe_troubles(**values | given)


def failure(code: str, jobs: int, *, minutes_ago: float = 1) -> dict[str, Any]:
    return {"code": code, "jobs": jobs, "last_at": NOW - timedelta(minutes=minutes_ago)}


def test_nothing_is_said_when_all_is_well() -> None:
    assert troubles(completed=30, failures=[failure("model_timeout", 2)]) == []


def test_a_refused_key_is_said_after_one_job_until_another_completes() -> None:
    refused = [failure("model_unauthorized", 1)]
    said = "The model's server refuses the API key: 1 job failed (model_unauthorized)."
    assert troubles(failures=refused, completed=9) == [said]
    earlier = NOW - timedelta(minutes=2)
    assert troubles(failures=refused, completed=9, last_completed_at=earlier) == [said]
    assert troubles(failures=refused, completed=9, last_completed_at=NOW) == []


def test_many_failures_are_said_by_code() -> None:
    failures = [failure("model_timeout", 7), failure("plan_unusable", 3)]
    assert troubles(failures=failures, completed=23) == [
        "10 of 33 jobs failed in the last hour: model_timeout 7, plan_unusable 3."
    ]


def test_a_silent_worker_is_said_before_it_counts_as_gone() -> None:
    late = WORKER | {"heartbeat_age_seconds": 12.4}
    assert troubles(workers=[WORKER, late]) == ["Worker host 7 has been silent for 12 s."]


def test_a_worker_that_is_gone_is_said_while_it_holds_jobs() -> None:
    gone = WORKER | {"is_alive": False, "heartbeat_age_seconds": 40.0, "running": 3}
    assert troubles(workers=[WORKER, gone]) == ["Worker host 7 is gone; 3 jobs will run elsewhere."]
    assert troubles(workers=[WORKER, gone | {"running": 0}]) == []


def test_no_worker_a_pause_and_a_model_that_is_down_come_together() -> None:
    pauses = [{"what": "intake", "reason": "new disk"}, {"what": "workers", "reason": None}]
    processor = {"workers": 0, "model_is_down": True}
    assert troubles(pauses=pauses, processor=processor, workers=[]) == [
        "New jobs are paused: new disk.",
        "Workers are paused.",
        "No worker is running.",
        "The model's server is down; jobs wait for it.",
    ]
