-- Keeps the tables consistent: rescue, reconcile, purge. All of them may run again at any moment.

-- name: take_turn
-- Of all processes that ask, one gets a row in each interval. A turn, not a lock: a process that is frozen while it
-- holds a lock would keep all others from rescuing its jobs. After a longer gap, the database or
-- every worker was away: nobody could beat, so the silence of workers until then says nothing.
UPDATE ai_maintenance
SET next_at = now() + make_interval(secs => %(interval)s),
    unbroken_since = CASE
        WHEN next_at < now() - make_interval(secs => %(gap)s) THEN now()
        ELSE unbroken_since
    END
WHERE chore = %(chore)s
    AND next_at <= now()
RETURNING extract(epoch FROM now() - unbroken_since)::float8 AS unbroken_seconds

-- name: find_orphans
-- Orphaned jobs, unfinished and carried by nothing: their worker is gone, or their queue row has ended or vanished. One
-- look is proof, for a live worker writes the job's record before it ends the queue row. SKIP LOCKED: a job that someone is
-- finishing at this very moment is not an orphan.
-- Queue rows that wait or run are few and have an index. The others are read one by one: of 10,000 unfinished jobs, the
-- planner would rather read the whole queue.
WITH lost AS (
    SELECT job.id, job.queue_job_id, job.crash_count, job.lone_crash_count
    FROM ai_jobs AS job
    LEFT JOIN procrastinate_jobs AS carrier
        ON carrier.id = job.queue_job_id
        AND carrier.status IN ('todo', 'doing')
    WHERE job.outcome IS NULL
        AND (
            carrier.id IS NULL
            OR (
                carrier.status = 'doing'
                AND NOT EXISTS (
                    SELECT 1
                    FROM procrastinate_workers AS worker
                    WHERE worker.id = carrier.worker_id
                        AND worker.last_heartbeat > now() - make_interval(secs => %(timeout)s)
                )
            )
        )
    ORDER BY job.created_at
    LIMIT 500
    FOR UPDATE OF job SKIP LOCKED
)
SELECT
    lost.id,
    lost.queue_job_id,
    queue.status::text AS queue_status,
    coalesce(queue.priority, 0) AS queue_priority,
    lost.crash_count,
    lost.lone_crash_count,
    coalesce(queue.status = 'doing', false) AS worker_is_gone,
    -- What else its worker held, by which it may have been brought down. A worker that others have deleted is null.
    (
        SELECT count(*)
        FROM procrastinate_jobs AS other
        WHERE other.status = 'doing'
            AND other.queue_name IN ('canvas', 'canvas_alone')
            AND other.worker_id IS NOT DISTINCT FROM queue.worker_id
            AND other.id <> lost.queue_job_id
    ) AS companions
FROM lost
LEFT JOIN LATERAL (
    SELECT status, priority, worker_id
    FROM procrastinate_jobs
    WHERE id = lost.queue_job_id
    OFFSET 0
) AS queue ON true

-- name: find_unstarted
-- Unfinished jobs whose queue row a worker holds without running it: the response to its fetch was lost.
SELECT
    job.id,
    job.queue_job_id,
    queue.status::text AS queue_status,
    queue.priority AS queue_priority,
    job.crash_count,
    job.lone_crash_count,
    false AS worker_is_gone,
    0 AS companions
FROM procrastinate_jobs AS queue
JOIN ai_jobs AS job ON job.id = (queue.args ->> 'job_id')::uuid AND job.queue_job_id = queue.id
WHERE queue.status = 'doing'
    AND queue.worker_id = %(queue_worker_id)s
    AND queue.id <> ALL (%(running)s::bigint[])
    AND job.completed_at IS NULL
FOR UPDATE OF job SKIP LOCKED

-- name: find_overdue
-- Unfinished jobs past their deadline, whatever the queue does with them.
WITH overdue AS (
    SELECT id, queue_job_id, crash_count, lone_crash_count
    FROM ai_jobs
    WHERE outcome IS NULL
        AND accepted_at < now() - make_interval(secs => %(deadline)s)
    ORDER BY accepted_at
    LIMIT 500
    FOR UPDATE SKIP LOCKED
)
SELECT
    overdue.id,
    overdue.queue_job_id,
    queue.status::text AS queue_status,
    coalesce(queue.priority, 0) AS queue_priority,
    overdue.crash_count,
    overdue.lone_crash_count,
    false AS worker_is_gone,
    0 AS companions
FROM overdue
LEFT JOIN LATERAL (
    SELECT status, priority
    FROM procrastinate_jobs
    WHERE id = overdue.queue_job_id
    OFFSET 0
) AS queue ON true

-- name: count_alone
-- Jobs that are due to run alone.
SELECT count(*) AS due
FROM procrastinate_jobs
WHERE status = 'todo'
    AND queue_name = 'canvas_alone'
    AND (scheduled_at IS NULL OR scheduled_at <= now())

-- name: close_leftovers
-- Queue rows of workers that are gone and whose job has ended, is carried by another row by now, or was deleted.
UPDATE procrastinate_jobs AS queue
SET status = (
        CASE job.outcome
            WHEN 'completed' THEN 'succeeded'
            WHEN 'cancelled' THEN 'aborted'
            ELSE 'failed'
        END
    )::procrastinate_job_status,
    abort_requested = false
FROM procrastinate_jobs AS held
LEFT JOIN ai_jobs AS job ON job.id = (held.args ->> 'job_id')::uuid
WHERE queue.id = held.id
    AND held.status = 'doing'
    AND held.task_name = 'create_canvas'
    AND (job.id IS NULL OR job.outcome IS NOT NULL OR job.queue_job_id <> held.id)
    AND NOT EXISTS (
        SELECT 1
        FROM procrastinate_workers AS worker
        WHERE worker.id = held.worker_id
            AND worker.last_heartbeat > now() - make_interval(secs => %(timeout)s)
    )

-- name: purge_queue
-- Queue rows that have ended and whose job was forgotten or deleted before them. Rows are numbered in order, so those
-- before the row of the job that ended first are all that are due; one whose job was deleted early goes when its job
-- would have gone. Looking at all rows took two seconds per million.
DELETE FROM procrastinate_jobs
WHERE id = ANY (ARRAY(
    SELECT queue.id
    FROM procrastinate_jobs AS queue
    WHERE queue.id < coalesce(
            (SELECT queue_job_id FROM ai_jobs WHERE outcome IS NOT NULL ORDER BY completed_at LIMIT 1),
            9223372036854775807
        )
        AND queue.queue_name IN ('canvas', 'canvas_alone', 'webhooks', 'webhooks_operator')
        AND queue.status NOT IN ('todo', 'doing')
        AND NOT EXISTS (SELECT 1 FROM ai_jobs WHERE ai_jobs.id = (queue.args ->> 'job_id')::uuid)
    ORDER BY queue.id
    LIMIT %(batch)s
))

-- name: purge_workers
-- A live worker that was silent for an hour registers again.
WITH queue_workers AS (
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < now() - interval '1 hour'
)
DELETE FROM ai_workers
WHERE heartbeat_at < now() - interval '1 hour'

-- name: purge_breakers
-- Servers that are well again, and those not asked for a day: they are out of use.
WITH forgotten AS (
    DELETE FROM ai_breaker_failures
    WHERE failed_at < now() - interval '1 day'
)
DELETE FROM ai_breakers
WHERE failures = 0
    OR probe_at < now() - interval '1 day'

-- name: purge_usage
DELETE FROM ai_usage
WHERE day < (now() AT TIME ZONE 'UTC')::date

-- name: purge_erased
-- The rate limit looks back 60 seconds.
DELETE FROM ai_erased_jobs
WHERE created_at < now() - interval '5 minutes'
