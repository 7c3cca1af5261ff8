-- How callers find, list and count jobs. What changes one is in job_record.sql.

-- name: find_jobs
SELECT
    job.id, job.user_id, job_type, status, priority, request_data, target_canvas_id, queue_job_id, attempt,
    first_attempt, retry_count, max_retries, canvas_id, result, error_code, error_message, created_at, started_at,
    completed_at, cancel_requested_at, next_processing_at, updated_at, progress_percent, progress_message,
    progress_objects, last_event, model, input_tokens, output_tokens
FROM unnest(%(job_ids)s::uuid[], %(user_ids)s::text[]) AS asked (id, user_id)
JOIN job_view AS job USING (id, user_id)

-- name: count_ahead
-- How many waiting queue rows the queue would take before each of these. One look at the head of the line serves all of
-- them; who is not there yet is behind it.
WITH line AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY priority DESC, id) - 1 AS place
    FROM canvas_queue_line(%(limit)s)
)
SELECT mine.id, mine.priority, coalesce(line.place, (SELECT count(*) FROM line)) AS total
-- By their numbers first (OFFSET 0): the planner knows of an index of waiting rows that was empty yesterday.
FROM (
    SELECT id, priority, status, queue_name
    FROM procrastinate_jobs
    WHERE id = ANY(%(queue_job_ids)s)
    OFFSET 0
) AS mine
LEFT JOIN line ON line.id = mine.id
WHERE mine.status = 'todo'
    AND mine.queue_name = 'canvas'

-- name: read_line
-- The waiting queue rows that could run, in the order in which the queue will take them.
SELECT
    coalesce(array_agg(id ORDER BY priority DESC, id), '{}') AS ids,
    coalesce(array_agg(priority ORDER BY priority DESC, id), '{}') AS priorities
FROM canvas_queue_line(%(limit)s)

-- name: page_jobs
-- Newest first. The cursor is the last row's (created_at, id): a page never shifts when new jobs arrive. One of the three
-- parts has rows: any job, ended ones by their outcome, or unfinished ones. The page is chosen before anything else is
-- read of its jobs, so that what an offset skips costs index entries only.
SELECT
    job.id, job.user_id, job.job_type, job.status, job.priority, job.request_data, job.target_canvas_id,
    job.queue_job_id, job.attempt, job.first_attempt, job.retry_count, job.max_retries, job.canvas_id, job.result,
    job.error_code, job.error_message, job.created_at, job.started_at, job.completed_at, job.cancel_requested_at,
    job.next_processing_at, job.updated_at, job.progress_percent, job.progress_message, job.progress_objects,
    job.last_event, job.model, job.input_tokens, job.output_tokens
FROM (
    (
        SELECT id
        FROM ai_jobs
        WHERE %(status)s::text IS NULL
            AND user_id = %(user_id)s
            AND (created_at, id) < (%(before_at)s, %(before_id)s)
        ORDER BY created_at DESC, id DESC
        LIMIT %(limit)s
        OFFSET %(offset)s
    )
    UNION ALL
    (
        SELECT id
        FROM ai_jobs
        WHERE outcome = %(status)s
            AND outcome IS NOT NULL
            AND user_id = %(user_id)s
            AND (created_at, id) < (%(before_at)s, %(before_id)s)
        ORDER BY created_at DESC, id DESC
        LIMIT %(limit)s
        OFFSET %(offset)s
    )
    UNION ALL
    (
        SELECT id
        FROM job_view
        WHERE %(status)s IN ('queued', 'processing')
            AND outcome IS NULL
            AND status = %(status)s
            AND user_id = %(user_id)s
            AND (created_at, id) < (%(before_at)s, %(before_id)s)
        ORDER BY created_at DESC, id DESC
        LIMIT %(limit)s
        OFFSET %(offset)s
    )
) AS listed
CROSS JOIN LATERAL (SELECT * FROM job_view WHERE id = listed.id OFFSET 0) AS job
ORDER BY job.created_at DESC, job.id DESC

-- name: count_jobs
-- The numbers of one caller, or of everybody. Triggers keep the totals, so nothing is counted but unfinished jobs; waits
-- and runs are those of the newest jobs: the caller's by acceptance, everybody's by their end, as there are indexes. Of
-- each pair of parts one has rows.
SELECT
    ended.completed_jobs + ended.failed_jobs + ended.cancelled_jobs + unfinished.queued_jobs
        + unfinished.processing_jobs AS total_jobs,
    unfinished.queued_jobs,
    unfinished.processing_jobs,
    ended.completed_jobs,
    ended.failed_jobs,
    ended.cancelled_jobs,
    recent.wait_seconds,
    recent.run_seconds,
    ended.input_tokens,
    ended.output_tokens
FROM (
    SELECT
        coalesce(sum(completed_jobs), 0)::bigint AS completed_jobs,
        coalesce(sum(failed_jobs), 0)::bigint AS failed_jobs,
        coalesce(sum(cancelled_jobs), 0)::bigint AS cancelled_jobs,
        coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
        coalesce(sum(output_tokens), 0)::bigint AS output_tokens
    FROM (
        SELECT * FROM ai_totals WHERE user_id = %(user_id)s
        UNION ALL
        SELECT * FROM ai_totals WHERE %(user_id)s::text IS NULL
    ) AS total
) AS ended
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE status = 'queued') AS queued_jobs,
        count(*) FILTER (WHERE status = 'processing') AS processing_jobs
    FROM (
        SELECT status FROM job_view WHERE outcome IS NULL AND user_id = %(user_id)s
        UNION ALL
        SELECT status FROM job_view WHERE outcome IS NULL AND %(user_id)s::text IS NULL
    ) AS unfinished_job
) AS unfinished
CROSS JOIN (
    SELECT
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM started_at - created_at)::float8)
            FILTER (WHERE started_at IS NOT NULL) AS wait_seconds,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at)::float8)
            FILTER (WHERE outcome = 'completed') AS run_seconds
    FROM (
        (
            SELECT created_at, started_at, completed_at, outcome
            FROM ai_jobs
            WHERE user_id = %(user_id)s
            ORDER BY created_at DESC
            LIMIT %(sample)s
        )
        UNION ALL
        (
            SELECT created_at, started_at, completed_at, outcome
            FROM ai_jobs
            WHERE %(user_id)s::text IS NULL
                AND outcome IS NOT NULL
            ORDER BY completed_at DESC
            LIMIT %(sample)s
        )
    ) AS newest
) AS recent

-- name: lock_job
SELECT outcome, priority, request_data ? 'source' AS is_notation
FROM ai_jobs
WHERE id = %(job_id)s
    AND user_id = %(user_id)s
FOR UPDATE
