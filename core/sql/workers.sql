-- Worker processes and their heartbeats.

-- name: register_worker
INSERT INTO ai_workers (id, queue_worker_id, hostname, pid, concurrency, poll_seconds, provider, model, release)
VALUES (
    %(id)s, %(queue_worker_id)s, %(hostname)s, %(pid)s, %(concurrency)s, %(poll_seconds)s, %(provider)s, %(model)s,
    %(release)s
)
ON CONFLICT (id) DO UPDATE
SET queue_worker_id = excluded.queue_worker_id,
    heartbeat_at = now()

-- name: beat
-- Ours and Procrastinate's heartbeat together: its own loop stops beating while it drains.
WITH beaten AS (
    UPDATE ai_workers
    SET heartbeat_at = now(),
        queue_worker_id = %(queue_worker_id)s,
        is_draining = %(is_draining)s
    WHERE id = %(id)s
    RETURNING 1
),
queue_beaten AS (
    UPDATE procrastinate_workers
    SET last_heartbeat = now()
    WHERE id = %(queue_worker_id)s
)
SELECT count(*) AS beaten FROM beaten

-- name: beat_queue
UPDATE procrastinate_workers
SET last_heartbeat = now()
WHERE id = %(queue_worker_id)s

-- name: unregister_worker
DELETE FROM ai_workers
WHERE id = %(id)s

-- name: are_workers_paused
SELECT EXISTS (SELECT 1 FROM ai_pauses WHERE what = 'workers') AS paused

-- name: read_processor
-- What /health says of the workers and the queue. The two lists it reads are short: workers, and unfinished jobs.
SELECT
    worker.workers,
    worker.max_concurrent_jobs,
    worker.processing_interval,
    worker.provider,
    worker.model,
    worker.releases,
    queue.active_jobs,
    queue.queued_jobs,
    queue.oldest_queued_seconds,
    EXISTS (SELECT 1 FROM ai_breakers WHERE opened_at IS NOT NULL) AS model_is_down,
    EXISTS (SELECT 1 FROM ai_pauses WHERE what = 'intake') AS intake_is_paused,
    EXISTS (SELECT 1 FROM ai_pauses WHERE what = 'workers') AS workers_are_paused
FROM (
    SELECT
        count(*) AS workers,
        coalesce(sum(concurrency), 0) AS max_concurrent_jobs,
        min(poll_seconds) AS processing_interval,
        min(provider) AS provider,
        min(model) AS model,
        array_agg(DISTINCT release) FILTER (WHERE release IS NOT NULL) AS releases
    FROM ai_workers
    WHERE heartbeat_at > now() - make_interval(secs => %(timeout)s)
        AND NOT is_draining
) AS worker
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE queue.status = 'doing') AS active_jobs,
        count(*) FILTER (WHERE queue.status = 'todo') AS queued_jobs,
        extract(epoch FROM now() - min(greatest(job.created_at, queue.scheduled_at))
            FILTER (WHERE queue.status = 'todo' AND (queue.scheduled_at IS NULL OR queue.scheduled_at <= now()))
        )::float8 AS oldest_queued_seconds
    FROM ai_jobs AS job
    JOIN procrastinate_jobs AS queue ON queue.id = job.queue_job_id
    WHERE job.outcome IS NULL
) AS queue

-- name: read_pace
-- The median of the newest runs, by the index on completed_at; places of live workers; how many are taken.
SELECT
    recent.runs,
    recent.run_seconds,
    worker.places,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND queue_name = 'canvas') AS busy
FROM (
    SELECT
        count(*) AS runs,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY run_seconds) AS run_seconds
    FROM (
        SELECT extract(epoch FROM completed_at - started_at)::float8 AS run_seconds
        FROM ai_jobs
        WHERE outcome IS NOT NULL
            AND outcome = 'completed'
            AND completed_at > now() - make_interval(secs => %(sample_age)s)
        ORDER BY completed_at DESC
        LIMIT %(sample)s
    ) AS newest
) AS recent
CROSS JOIN (
    SELECT coalesce(sum(concurrency), 0) AS places
    FROM ai_workers
    WHERE heartbeat_at > now() - make_interval(secs => %(timeout)s)
        AND NOT is_draining
) AS worker
