-- What operators ask and do, across all users. None of these is on the path of a request.

-- name: pause
INSERT INTO ai_pauses (what, reason)
VALUES (%(what)s, %(reason)s)
ON CONFLICT (what) DO UPDATE
SET reason = excluded.reason

-- name: resume
DELETE FROM ai_pauses
WHERE what = %(what)s

-- name: read_pauses
SELECT what, reason, paused_at
FROM ai_pauses
ORDER BY what

-- name: find_owner
SELECT user_id
FROM ai_jobs
WHERE id = %(job_id)s

-- name: find_record
SELECT *
FROM job_view
WHERE id = %(job_id)s

-- name: find_queue_rows
-- All queue rows that carry the job or once did, oldest first, each with what happened to it.
SELECT
    queue.id,
    queue.status::text AS status,
    queue.priority,
    queue.attempts,
    queue.scheduled_at,
    queue.abort_requested,
    queue.worker_id,
    coalesce(happened.events, '[]') AS events
FROM (
    SELECT queue_job_id AS id FROM ai_jobs WHERE id = %(job_id)s
    UNION
    SELECT id
    FROM procrastinate_jobs
    WHERE args ->> 'job_id' = %(job_id)s::text
        AND status NOT IN ('todo', 'doing')
        AND task_name = 'create_canvas'
) AS carrier
-- One row after another: however many carriers the planner expects, it must not read the whole queue for them (OFFSET 0).
CROSS JOIN LATERAL (SELECT * FROM procrastinate_jobs WHERE id = carrier.id OFFSET 0) AS queue
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('type', event.type, 'at', event.at) ORDER BY event.id) AS events
    FROM procrastinate_events AS event
    WHERE event.job_id = queue.id
) AS happened
ORDER BY queue.id

-- name: read_history
SELECT number, kind, data, at
FROM ai_job_events
WHERE job_id = %(job_id)s
    AND (kind <> 'object' OR %(with_objects)s)
ORDER BY number

-- name: find_quiet
-- Unfinished jobs of which nothing was heard for a while, the quietest first.
SELECT
    job.id,
    job.user_id,
    job.created_at,
    job.attempt,
    job.retry_count,
    job.error_code,
    job.error_message,
    extract(epoch FROM now() - job.updated_at)::float8 AS quiet_seconds,
    queue.status::text AS queue_status,
    CASE WHEN queue.scheduled_at > now() THEN queue.scheduled_at END AS retry_at,
    EXISTS (
        SELECT 1
        FROM procrastinate_workers AS worker
        WHERE worker.id = queue.worker_id
            AND worker.last_heartbeat > now() - make_interval(secs => %(timeout)s)
    ) AS has_worker
FROM (
    SELECT *
    FROM ai_jobs
    WHERE outcome IS NULL
        AND updated_at < now() - make_interval(secs => %(quiet)s)
    ORDER BY updated_at
    LIMIT %(limit)s
) AS job
LEFT JOIN LATERAL (
    SELECT status, scheduled_at, worker_id
    FROM procrastinate_jobs
    WHERE id = job.queue_job_id
    OFFSET 0
) AS queue ON true
ORDER BY job.updated_at

-- name: lock_any
SELECT job.outcome, job.user_id, job.queue_job_id, coalesce(queue.priority, 0) AS queue_priority
FROM ai_jobs AS job
LEFT JOIN procrastinate_jobs AS queue ON queue.id = job.queue_job_id
WHERE job.id = %(job_id)s
FOR UPDATE OF job

-- name: list_workers
-- Those that were heard of lately: one that died an hour ago is nobody's concern any more.
SELECT
    id,
    hostname,
    pid,
    concurrency,
    provider,
    model,
    release,
    is_draining,
    started_at,
    heartbeat_at,
    extract(epoch FROM now() - heartbeat_at)::float8 AS heartbeat_age_seconds,
    heartbeat_at > now() - make_interval(secs => %(timeout)s) AS is_alive,
    (
        SELECT count(*)
        FROM procrastinate_jobs AS queue
        WHERE queue.worker_id = ai_workers.queue_worker_id
            AND queue.status = 'doing'
    ) AS running
FROM ai_workers
WHERE heartbeat_at > now() - make_interval(secs => %(kept)s)
ORDER BY started_at

-- name: count_failures
-- The failures of the last hour by their code, by the index on completed_at.
SELECT error_code AS code, count(*) AS jobs, max(completed_at) AS last_at
FROM ai_jobs
WHERE outcome = 'failed'
    AND completed_at > now() - interval '1 hour'
GROUP BY error_code
ORDER BY jobs DESC, code

-- name: find_last_completion
-- Of the last hour, by the index on completed_at.
SELECT max(completed_at) AS at
FROM ai_jobs
WHERE outcome = 'completed'
    AND completed_at > now() - interval '1 hour'

-- name: count_minutes
-- How jobs ended, minute by minute, by the index on completed_at; the last minute is not over yet.
SELECT
    minute.at,
    coalesce(ended.completed, 0) AS completed,
    coalesce(ended.failed, 0) AS failed,
    coalesce(ended.cancelled, 0) AS cancelled,
    ended.run_seconds
FROM generate_series(
    date_trunc('minute', now()) - make_interval(mins => %(minutes)s - 1), date_trunc('minute', now()), interval '1 minute'
) AS minute (at)
LEFT JOIN (
    SELECT
        date_trunc('minute', completed_at) AS at,
        count(*) FILTER (WHERE outcome = 'completed') AS completed,
        count(*) FILTER (WHERE outcome = 'failed') AS failed,
        count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at)::float8)
            FILTER (WHERE outcome = 'completed')) AS run_seconds
    FROM ai_jobs
    WHERE outcome IS NOT NULL
        AND completed_at >= date_trunc('minute', now()) - make_interval(mins => %(minutes)s - 1)
    GROUP BY 1
) AS ended ON ended.at = minute.at
ORDER BY minute.at

-- name: list_newest
-- Ids sort by time. One of the three parts has rows: any job, ended ones by their outcome, or unfinished ones.
SELECT
    job.id,
    job.user_id,
    job.status,
    job.attempt,
    job.retry_count,
    job.progress_percent,
    job.progress_message,
    job.error_code,
    job.created_at,
    job.started_at,
    job.completed_at,
    job.next_processing_at
FROM (
    (
        SELECT id
        FROM ai_jobs
        WHERE %(status)s::text IS NULL
        ORDER BY id DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT id
        FROM ai_jobs
        WHERE outcome = %(status)s
        ORDER BY id DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT id
        FROM job_view
        WHERE %(status)s IN ('queued', 'processing')
            AND outcome IS NULL
            AND status = %(status)s
        ORDER BY id DESC
        LIMIT %(limit)s
    )
) AS listed
CROSS JOIN LATERAL (SELECT * FROM job_view WHERE id = listed.id OFFSET 0) AS job
ORDER BY job.id DESC
