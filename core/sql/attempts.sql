-- What a worker does with a job. Every statement after the claim carries the attempt's number, the fencing token:
-- a late, woken or second worker holds an old number and changes nothing. Each is one statement, so one round trip and
-- one transaction, and gives its events numbers and announces them.
--
-- A statement that has a job's id asks whether it is unfinished by completed_at (a_finished_job_has_an_end). Asked by
-- outcome, the planner would take the index of unfinished jobs, which it last saw empty, over the primary key: with
-- 10,000 jobs waiting, each claim read them all.

-- name: claim_job
-- No row: the job has its outcome, or another queue row carries it by now. There is nothing to do.
WITH claimed AS (
    UPDATE ai_jobs
    SET attempt = attempt + 1,
        started_at = coalesce(started_at, now()),
        updated_at = now(),
        progress_message = 'Asking the designer',
        progress_objects = 0,
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND queue_job_id = %(queue_job_id)s
        AND completed_at IS NULL
    RETURNING
        id, user_id, attempt, request_data, target_canvas_id, retry_count, max_retries, progress_percent, request_id,
        traceparent,
        CASE WHEN attempt = first_attempt + 1 THEN extract(epoch FROM now() - accepted_at)::float8 END AS waited_seconds,
        last_event
),
told AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'status', jsonb_build_object('status', 'processing', 'attempt', attempt)
    FROM claimed
)
SELECT
    id, user_id, attempt, request_data, target_canvas_id, retry_count, max_retries, progress_percent, request_id,
    traceparent,
    waited_seconds,
    pg_notify('canvas_job_events', id::text)
FROM claimed

-- name: finish_job
-- The outcome, the canvas with its objects and the last events: all of it or nothing. No row: the job was cancelled or
-- another attempt is running.
WITH finished AS (
    UPDATE ai_jobs
    SET outcome = 'completed',
        canvas_id = %(canvas_id)s,
        result = %(result)s,
        completed_at = now(),
        updated_at = now(),
        error_code = NULL,
        error_message = NULL,
        progress_percent = 100,
        progress_message = %(message)s,
        progress_objects = jsonb_array_length(%(objects)s),
        model = %(model)s,
        input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        last_event = last_event + jsonb_array_length(%(told)s)
    WHERE id = %(job_id)s
        AND attempt = %(attempt)s
        AND completed_at IS NULL
    RETURNING id, user_id, canvas_id, target_canvas_id, last_event
),
made AS (
    INSERT INTO canvases (id, user_id, title, created_by_job)
    SELECT canvas_id, user_id, %(title)s, id
    FROM finished
    WHERE target_canvas_id IS NULL
),
touched AS (
    UPDATE canvases
    SET updated_at = now()
    FROM finished
    WHERE canvases.id = finished.target_canvas_id
),
drawn AS (
    INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)
    SELECT finished.canvas_id, object.id, finished.id, object.object_type, object.properties, object.z_index, %(by)s
    FROM finished
    CROSS JOIN jsonb_to_recordset(%(objects)s)
        AS object (id uuid, object_type text, properties jsonb, z_index integer)
),
told AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT
        finished.id,
        finished.last_event - jsonb_array_length(%(told)s) + event.position,
        event.pair ->> 0,
        event.pair -> 1
    FROM finished
    CROSS JOIN jsonb_array_elements(%(told)s) WITH ORDINALITY AS event (pair, position)
)
SELECT pg_notify('canvas_job_events', id::text)
FROM finished

-- name: fail_job
WITH failed AS (
    UPDATE ai_jobs
    SET outcome = 'failed',
        completed_at = now(),
        updated_at = now(),
        error_code = %(code)s,
        error_message = %(message)s,
        progress_message = 'Failed',
        input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND attempt = %(attempt)s
        AND completed_at IS NULL
    RETURNING id, last_event
),
told AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'done', '{"status": "failed"}'
    FROM failed
)
SELECT pg_notify('canvas_job_events', id::text)
FROM failed

-- name: postpone_job
-- A transient failure: the queue brings the job back later. counts_as_retry is false when nobody is to blame for it,
-- as when the worker shuts down.
WITH postponed AS (
    UPDATE ai_jobs
    SET retry_count = retry_count + %(counts_as_retry)s::boolean::integer,
        updated_at = now(),
        error_code = %(code)s,
        error_message = %(message)s,
        progress_message = %(progress_message)s,
        input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND attempt = %(attempt)s
        AND completed_at IS NULL
    RETURNING id, last_event
),
told AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'status', %(told)s
    FROM postponed
)
SELECT pg_notify('canvas_job_events', id::text)
FROM postponed
