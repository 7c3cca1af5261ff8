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

-- name: prove_writable
-- A real write, for the readiness probe: it fails where the session or the server is read-only, the disk is full, or a
-- synchronous standby is missing.
UPDATE ai_maintenance
SET next_at = next_at
WHERE chore = 'probe'

-- name: read_processor
-- What /health says of the workers and the queue. It reads the workers, the waiting queue rows, and the jobs of running
-- ones; a waiting row carries an unfinished job, whose record lies anywhere in a large table. Rows are numbered as they
-- came, so the first that waits for no retry is the oldest.
SELECT
    worker.workers,
    worker.max_concurrent_jobs,
    worker.processing_interval,
    worker.provider,
    worker.model,
    worker.releases,
    running.active_jobs,
    waiting.queued_jobs,
    extract(epoch FROM now() - least(waiting.due_at, oldest.accepted_at))::float8 AS oldest_queued_seconds,
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
    SELECT count(*) AS active_jobs
    FROM procrastinate_jobs AS queue
    JOIN ai_jobs AS job ON job.id = (queue.args ->> 'job_id')::uuid AND job.queue_job_id = queue.id
    WHERE queue.status = 'doing'
        AND job.completed_at IS NULL
) AS running
CROSS JOIN (
    SELECT
        count(*) AS queued_jobs,
        min(scheduled_at) FILTER (WHERE scheduled_at <= now()) AS due_at,
        min(id) FILTER (WHERE scheduled_at IS NULL) AS oldest_id
    FROM procrastinate_jobs
    WHERE status = 'todo'
        AND queue_name = 'canvas'
) AS waiting
LEFT JOIN LATERAL (
    SELECT job.accepted_at
    FROM procrastinate_jobs AS queue
    JOIN ai_jobs AS job ON job.id = (queue.args ->> 'job_id')::uuid
    WHERE queue.id = waiting.oldest_id
    OFFSET 0
) AS oldest ON true
