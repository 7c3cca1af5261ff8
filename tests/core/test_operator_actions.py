"""What operators may see of a job: a column that is added later is hidden or shown on purpose."""

from __future__ import annotations

from core import operator_actions
from core.database import Connection
from tests.tasks.workshop import post
from tests.webapp.conftest import complete

SHOWN = """
accepted_at attempt cancel_requested_at canvas_id completed_at crash_count created_at error_code error_message
first_attempt id input_tokens job_type last_event lone_crash_count
max_retries model next_processing_at operator_message outcome output_tokens priority
progress_message progress_objects progress_percent queue_job_id queue_priority queue_status queue_worker_id request_data
request_id retry_count started_at status target_canvas_id traceparent updated_at usage_is_estimated user_id webhook_url
"""


def test_each_column_is_shown_or_hidden_on_purpose(conn: Connection) -> None:
    job = post(conn, "A private plan")
    history = operator_actions.read_history(conn, job_id=job.id)
    assert sorted(history.record) == sorted(SHOWN.split())
    assert "instructions" not in history.record["request_data"]
    columns = conn.execute("SELECT * FROM job_view").fetchone()
    assert columns is not None
    assert set(columns) == set(SHOWN.split()) | operator_actions.HIDDEN_COLUMNS


def test_words_and_objects_are_shown_when_asked_for(conn: Connection) -> None:
    job = post(conn, "A private plan")
    complete(conn, str(job.id))
    history = operator_actions.read_history(conn, job_id=job.id, with_words=True, with_objects=True)
    assert history.record["request_data"]["instructions"] == "A private plan"
    assert "object" in {event["kind"] for event in history.events}
    hidden = operator_actions.read_history(conn, job_id=job.id)
    assert "object" not in {event["kind"] for event in hidden.events}
