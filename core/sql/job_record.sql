-- Every write to ai_jobs, run by core/job_record.py alone; what needs more than one statement is in functions.sql.
-- Each is one round trip and one transaction, numbers its events by last_event and announces them.
--
-- What a worker does carries the attempt's number, the fencing token: a late, woken or second worker holds an old number
-- and changes nothing.
--
-- A statement that has a job's id asks whether it is unfinished by completed_at (a_finished_job_has_an_end). Asked by
-- outcome, the planner would take the index of unfinished jobs, which it last saw empty, over the primary key: with
-- 10,000 jobs waiting, each claim read them all.

-- name: accept_jobs
-- All of acceptance, of any number of jobs, in one round trip and one transaction; what it does is in
-- functions.sql.
SELECT
    asked.position,
    accepted.*,
    CASE
        WHEN accepted.verdict = 'accepted' AND asked.traceparent IS NOT NULL
        THEN canvas_keep_trace(accepted.job_id, asked.traceparent)
    END
FROM jsonb_to_recordset(%(asked)s) AS asked (
    position integer,
    id uuid,
    user_id text,
    priority integer,
    request_data jsonb,
    target_canvas_id uuid,
    idempotency_key text,
    request_hash bytea,
    request_id text,
    max_retries integer,
    webhook_url text,
    traceparent text
)
CROSS JOIN LATERAL canvas_accept_job(
    asked.id, asked.user_id, asked.priority, asked.request_data, asked.target_canvas_id, asked.idempotency_key,
    asked.request_hash, asked.request_id, asked.max_retries, asked.webhook_url, %(active_limit)s, %(minute_limit)s,
    -- Drawing from notation asks no model: no token is spent.
    CASE WHEN asked.request_data ? 'source' THEN NULL ELSE %(token_limit)s::bigint END
) AS accepted

-- name: cancel_job
-- From the commit of this row on, no worker's token fits any more: the job is cancelled for good.
WITH cancelled AS (
    UPDATE ai_jobs
    SET outcome = 'cancelled',
        completed_at = now(),
        answer = NULL,
        cancel_requested_at = now(),
        updated_at = now(),
        progress_message = 'Cancelled',
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND user_id = %(user_id)s
        AND completed_at IS NULL
    RETURNING id, last_event, canvas_queue_cancel(queue_job_id)
),
event AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'done', '{"status": "cancelled"}'
    FROM cancelled
)
SELECT pg_notify('canvas_job_events', id::text)
FROM cancelled

-- name: reopen_job
-- An explicit retry: attempts are counted afresh, the token goes on rising, and a new queue row carries the job.
SELECT canvas_reopen_job(
    %(job_id)s, canvas_queue_put(%(job_id)s, %(queue_priority)s), %(request_id)s, %(traceparent)s
) AS is_reopened

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
        traceparent, error_code, answer,
        CASE WHEN attempt = first_attempt + 1 THEN extract(epoch FROM now() - accepted_at)::float8 END AS waited_seconds,
        last_event
),
event AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'status', jsonb_build_object('status', 'processing', 'attempt', attempt)
    FROM claimed
)
SELECT
    id, user_id, attempt, request_data, target_canvas_id, retry_count, max_retries, progress_percent, request_id,
    traceparent, error_code, answer,
    waited_seconds,
    pg_notify('canvas_job_events', id::text)
FROM claimed

-- name: publish_progress
-- The progress of all jobs of one worker process, in one statement and one parameter. A job's events count only while
-- its attempt is the running one: a cancelled or overtaken attempt writes nothing.
WITH report AS (
    SELECT job_id, attempt, percent, message, objects, events
    FROM jsonb_to_recordset(%(reports)s)
        AS report (job_id uuid, attempt integer, percent smallint, message text, objects integer, events jsonb)
),
numbered AS (
    UPDATE ai_jobs AS job
    SET last_event = job.last_event + jsonb_array_length(report.events),
        progress_percent = greatest(job.progress_percent, report.percent),
        progress_message = report.message,
        progress_objects = report.objects,
        updated_at = now()
    FROM report
    WHERE job.id = report.job_id
        AND job.attempt = report.attempt
        AND job.completed_at IS NULL
    RETURNING job.id, job.last_event - jsonb_array_length(report.events) AS first_event, report.events
),
written AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT numbered.id, numbered.first_event + event.position, event.pair ->> 0, event.pair -> 1
    FROM numbered
    CROSS JOIN jsonb_array_elements(numbered.events) WITH ORDINALITY AS event (pair, position)
)
SELECT id FROM numbered

-- name: keep_answer
-- The model's whole answer, until the job ends, and what it cost: the tokens are on the record whatever becomes of the
-- attempt. Said twice by one attempt, as when the first response was lost, it is charged once.
UPDATE ai_jobs
SET answer = %(answer)s,
    input_tokens = input_tokens + CASE WHEN answer -> 'attempt' = to_jsonb(attempt) THEN 0 ELSE %(input_tokens)s END,
    output_tokens = output_tokens + CASE WHEN answer -> 'attempt' = to_jsonb(attempt) THEN 0 ELSE %(output_tokens)s END,
    usage_is_estimated = usage_is_estimated OR %(usage_is_estimated)s,
    updated_at = now()
WHERE id = %(job_id)s
    AND attempt = %(attempt)s
    AND completed_at IS NULL
RETURNING id

-- name: finish_job
-- The outcome, the canvas with its objects and the last events: all of it or nothing. No row: the job was cancelled or
-- another attempt is running.
WITH finished AS (
    UPDATE ai_jobs
    SET outcome = 'completed',
        canvas_id = %(canvas_id)s,
        result = %(result)s,
        completed_at = now(),
        answer = NULL,
        updated_at = now(),
        error_code = NULL,
        error_message = NULL,
        operator_message = NULL,
        progress_percent = 100,
        progress_message = %(message)s,
        progress_objects = %(object_count)s,
        model = %(model)s,
        input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        usage_is_estimated = usage_is_estimated OR %(usage_is_estimated)s,
        last_event = last_event + jsonb_array_length(%(events)s)
    WHERE id = %(job_id)s
        AND attempt = %(attempt)s
        AND completed_at IS NULL
    RETURNING id, user_id, canvas_id, target_canvas_id, last_event
),
added AS (
    INSERT INTO canvases (id, user_id, title, created_by_job)
    SELECT canvas_id, user_id, %(title)s, id
    FROM finished
    WHERE target_canvas_id IS NULL
),
touched AS (
    UPDATE canvases
    SET updated_at = now(),
        title = CASE WHEN title = '' THEN %(title)s ELSE title END
    FROM finished
    WHERE canvases.id = finished.target_canvas_id
),
stored AS (
    INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)
    SELECT finished.canvas_id, object.id, finished.id, object.object_type, object.properties, object.z_index, %(by)s
    FROM finished
    CROSS JOIN jsonb_to_recordset(%(objects)s)
        AS object (id uuid, object_type text, properties jsonb, z_index integer)
),
drawn AS (
    INSERT INTO canvas_drawings (
        canvas_id, id, title, source, style, color_scheme, is_dark, square_diamonds, connectors
    )
    SELECT
        finished.canvas_id, finished.id, drawing.title, drawing.source, drawing.style, drawing.color_scheme,
        drawing.is_dark, drawing.square_diamonds, drawing.connectors
    FROM finished
    CROSS JOIN jsonb_to_recordset(%(drawings)s) AS drawing (
        title text, source text, style text, color_scheme text, is_dark boolean, square_diamonds boolean,
        connectors text
    )
),
written AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT
        finished.id,
        finished.last_event - jsonb_array_length(%(events)s) + event.position,
        event.pair ->> 0,
        event.pair -> 1
    FROM finished
    CROSS JOIN jsonb_array_elements(%(events)s) WITH ORDINALITY AS event (pair, position)
)
SELECT pg_notify('canvas_job_events', id::text)
FROM finished

-- name: fail_job
WITH failed AS (
    UPDATE ai_jobs
    SET outcome = 'failed',
        completed_at = now(),
        answer = NULL,
        updated_at = now(),
        error_code = %(code)s,
        error_message = %(message)s,
        operator_message = %(operator_message)s,
        progress_message = 'Failed',
        input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        usage_is_estimated = usage_is_estimated OR %(usage_is_estimated)s,
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND attempt = %(attempt)s
        AND completed_at IS NULL
    RETURNING id, last_event
),
event AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'done', '{"status": "failed"}'
    FROM failed
)
SELECT pg_notify('canvas_job_events', id::text)
FROM failed

-- name: postpone_job
-- A transient failure: the queue brings the job back later. counts_as_retry is false when it is no fault of the job,
-- as when the worker shuts down.
WITH postponed AS (
    UPDATE ai_jobs
    SET retry_count = retry_count + %(counts_as_retry)s::boolean::integer,
        -- An answer that could not be drawn is not drawn again.
        answer = CASE WHEN %(counts_as_retry)s::boolean THEN NULL ELSE answer END,
        updated_at = now(),
        error_code = %(code)s,
        error_message = %(message)s,
        operator_message = %(operator_message)s,
        progress_message = %(progress_message)s,
        input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        usage_is_estimated = usage_is_estimated OR %(usage_is_estimated)s,
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND attempt = %(attempt)s
        AND completed_at IS NULL
    RETURNING id, last_event
),
event AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'status', %(event)s
    FROM postponed
)
SELECT pg_notify('canvas_job_events', id::text)
FROM postponed

-- name: charge_job
-- What an attempt cost that is over: cancelled, or overtaken. No fence, as the tokens were spent whatever came of them.
UPDATE ai_jobs
SET input_tokens = input_tokens + %(input_tokens)s,
    output_tokens = output_tokens + %(output_tokens)s,
    usage_is_estimated = usage_is_estimated OR %(usage_is_estimated)s,
    updated_at = now()
WHERE id = %(job_id)s
RETURNING id

-- name: requeue_job
-- A new queue row carries the job from here on; the old one is closed, whatever its worker may still do with it. A job
-- that may have brought a worker down runs in a process of its own.
WITH requeued AS (
    UPDATE ai_jobs
    SET queue_job_id = CASE
            WHEN %(runs_alone)s::boolean THEN canvas_queue_put_alone(id, %(queue_priority)s)
            ELSE canvas_queue_put(id, %(queue_priority)s)
        END,
        crash_count = crash_count + %(is_crash)s::boolean::integer,
        lone_crash_count = lone_crash_count + %(is_lone_crash)s::boolean::integer,
        updated_at = now(),
        progress_message = 'Waiting for a free worker',
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND completed_at IS NULL
    RETURNING id, last_event, canvas_queue_abandon(%(queue_job_id)s)
),
event AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'status', '{"status": "queued"}'
    FROM requeued
)
SELECT pg_notify('canvas_job_events', id::text)
FROM requeued

-- name: end_job
-- Ended by maintenance, not by an attempt: a job that brings its workers down, one past its deadline, or one that an
-- operator took off the queue. The worker that may still run it is asked to stop.
WITH ended AS (
    UPDATE ai_jobs
    SET outcome = %(outcome)s,
        completed_at = now(),
        answer = NULL,
        updated_at = now(),
        error_code = %(code)s,
        -- What it was waiting for, if anything, is the better half of the reason.
        error_message = %(message)s || coalesce(' ' || error_message, ''),
        progress_message = initcap(%(outcome)s),
        last_event = last_event + 1
    WHERE id = %(job_id)s
        AND completed_at IS NULL
    RETURNING id, last_event, outcome, canvas_queue_cancel(%(queue_job_id)s)
),
event AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'done', jsonb_build_object('status', outcome)
    FROM ended
)
SELECT pg_notify('canvas_job_events', id::text)
FROM ended

-- name: erase_job
-- Its events go with it. Its queue row holds the id only; one that a worker still holds is closed by that worker.
WITH erased AS (
    DELETE FROM ai_jobs
    WHERE id = %(job_id)s
    RETURNING id, user_id, created_at
),
queue AS (
    DELETE FROM procrastinate_jobs
    WHERE args ->> 'job_id' IN (SELECT id::text FROM erased)
        AND status NOT IN ('todo', 'doing')
),
counted AS (
    INSERT INTO ai_erased_jobs (user_id, created_at)
    SELECT user_id, created_at
    FROM erased
    WHERE created_at > now() - interval '60 seconds'
)
SELECT id FROM erased

-- name: erase_results
-- An empty result says that the canvas is gone.
UPDATE ai_jobs
SET result = '{}',
    updated_at = now()
WHERE user_id = %(user_id)s
    AND (id = %(created_by_job)s OR target_canvas_id = %(canvas_id)s)
    AND outcome = 'completed'
RETURNING id

-- name: purge_jobs
-- Events go with their job; queue rows are deleted along with it. Canvases stay: they belong to their user.
WITH old AS (
    SELECT id, queue_job_id
    FROM ai_jobs
    WHERE outcome IS NOT NULL
        AND completed_at < now() - make_interval(secs => %(age_seconds)s)
    ORDER BY completed_at
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
),
queue AS (
    -- All rows that ever carried the job; their events go with them. One look into the index for each job: the planner
    -- overrates how many rows a job has, and would read the whole table instead (OFFSET 0 keeps it from trying).
    DELETE FROM procrastinate_jobs
    WHERE id = ANY (ARRAY(
        SELECT carrier.id
        FROM old
        CROSS JOIN LATERAL (
            SELECT id
            FROM procrastinate_jobs
            WHERE args ->> 'job_id' = old.id::text
                AND status NOT IN ('todo', 'doing')
            OFFSET 0
        ) AS carrier
    ))
)
DELETE FROM ai_jobs
WHERE id = ANY (ARRAY(SELECT id FROM old))
RETURNING id
