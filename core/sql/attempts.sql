-- What a worker does with a job. Every statement after the claim carries the attempt's number, the fencing token:
-- a late, woken or second worker holds an old number and changes nothing.
--
-- A statement that has a job's id asks whether it is unfinished by completed_at (a_finished_job_has_an_end). Asked by
-- outcome, the planner would take the index of unfinished jobs, which it last saw empty, over the primary key: with
-- 10,000 jobs waiting, each claim read them all.

-- name: claim_job
-- No row: the job has its outcome, or another queue row carries it by now. There is nothing to do.
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
    CASE WHEN attempt = first_attempt + 1 THEN extract(epoch FROM now() - accepted_at)::float8 END AS waited_seconds,
    last_event

-- name: finish_job
-- No row: the job was cancelled or another attempt is running. The caller rolls back: no canvas appears.
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
    progress_objects = %(objects)s,
    model = %(model)s,
    input_tokens = input_tokens + %(input_tokens)s,
    output_tokens = output_tokens + %(output_tokens)s,
    last_event = last_event + %(event_count)s
WHERE id = %(job_id)s
    AND attempt = %(attempt)s
    AND completed_at IS NULL
RETURNING last_event

-- name: fail_job
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
RETURNING last_event

-- name: postpone_job
-- A transient failure: the queue brings the job back later. counts_as_retry is false when nobody is to blame for it,
-- as when the worker shuts down.
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
RETURNING last_event

-- name: is_current
SELECT 1
FROM ai_jobs
WHERE id = %(job_id)s
    AND attempt = %(attempt)s
    AND completed_at IS NULL
