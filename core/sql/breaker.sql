-- The circuit breaker of each model server, shared by all worker processes.

-- name: read_breaker
SELECT failures, opened_at, probe_at, now() AS at
FROM ai_breakers
WHERE server = %(server)s

-- name: take_probe
-- Whether a job may ask a server that is down. Of all that ask when a probe is due, one gets leave. A job that has not
-- failed may probe soon after the last one of its kind; where only one job has failed, or the jobs of one other user, it
-- need not wait at all. The job that failed last leaves the probe to another one that waits.
WITH failing AS (
    SELECT job_id, user_id, failed_at
    FROM ai_breaker_failures
    WHERE server = %(server)s
),
trouble AS (
    SELECT
        EXISTS (SELECT 1 FROM failing WHERE job_id = %(job_id)s) AS has_failed,
        count(DISTINCT job_id) = 1 AS is_one_jobs,
        count(DISTINCT user_id) = 1 AND NOT coalesce(bool_or(user_id = %(user_id)s), false) AS is_another_users
    FROM failing
),
known AS (
    SELECT
        trouble.has_failed,
        NOT trouble.has_failed AND (trouble.is_one_jobs OR trouble.is_another_users) AS is_others_trouble,
        (SELECT job_id FROM failing ORDER BY failed_at DESC LIMIT 1) = %(job_id)s AS failed_last,
        (
            SELECT count(*)
            FROM (
                SELECT 1
                FROM ai_jobs
                WHERE outcome IS NULL
                    AND error_code = 'model_down'
                    AND id <> %(job_id)s
                LIMIT 10000
            ) AS bounded
        ) AS waiting
    FROM trouble
),
taken AS (
    UPDATE ai_breakers
    SET probe_at = greatest(probe_at, now() + make_interval(secs => %(lease)s)),
        probed_at = CASE WHEN known.has_failed THEN probed_at ELSE now() END,
        probe_job_id = %(job_id)s
    FROM known
    WHERE server = %(server)s
        AND opened_at IS NOT NULL
        AND NOT known.is_others_trouble
        AND (
            (probe_at <= now() AND (NOT coalesce(known.failed_last, false) OR known.waiting = 0))
            OR (NOT known.has_failed AND coalesce(probed_at + make_interval(secs => %(fresh)s) <= now(), true))
        )
    RETURNING server
)
SELECT
    EXISTS (SELECT 1 FROM taken)
        OR breaker.opened_at IS NULL
        OR known.is_others_trouble AS is_allowed,
    known.waiting,
    extract(
        epoch FROM CASE
            WHEN known.has_failed THEN breaker.probe_at
            ELSE least(breaker.probe_at, breaker.probed_at + make_interval(secs => %(fresh)s))
        END - now()
    )::float8 AS wait_seconds
FROM ai_breakers AS breaker
CROSS JOIN known
WHERE breaker.server = %(server)s

-- name: lock_breaker
INSERT INTO ai_breakers (server, failures)
VALUES (%(server)s, 0)
ON CONFLICT (server) DO UPDATE
SET failures = ai_breakers.failures

-- name: add_failure
-- No row: the attempt was overtaken, or its job has ended. What it found out is of another time.
INSERT INTO ai_breaker_failures AS failing (server, job_id, user_id, is_timeout)
SELECT %(server)s, %(job_id)s, %(user_id)s, %(is_timeout)s
FROM ai_jobs
WHERE id = %(job_id)s
    AND attempt = %(attempt)s
    AND completed_at IS NULL
ON CONFLICT (server, job_id) DO UPDATE
SET failures = failing.failures + 1,
    is_timeout = excluded.is_timeout,
    failed_at = now()

-- name: read_failing
-- The failing jobs, the last one first, and whether there are jobs that have not failed.
SELECT
    failing.job_id,
    failing.user_id,
    failing.is_timeout,
    failing.failures,
    EXISTS (
        SELECT 1
        FROM ai_jobs AS job
        WHERE job.outcome IS NULL
            AND NOT EXISTS (
                SELECT 1
                FROM ai_breaker_failures AS known
                WHERE known.server = %(server)s
                    AND known.job_id = job.id
            )
    ) AS others
FROM ai_breaker_failures AS failing
WHERE failing.server = %(server)s
    AND failing.failed_at > now() - make_interval(secs => %(memory)s)
ORDER BY failing.failed_at DESC
LIMIT 100

-- name: update_breaker
-- It opens when the server is down; from then on each failed probe doubles the pause until the next, up to the cap.
UPDATE ai_breakers
SET failures = %(failures)s,
    opened_at = CASE WHEN opened_at IS NOT NULL OR %(is_down)s THEN coalesce(opened_at, now()) END,
    failed_probes = failed_probes + coalesce(opened_at IS NOT NULL AND probe_job_id = %(job_id)s, false)::integer,
    probe_at = CASE
        WHEN opened_at IS NULL AND %(is_down)s THEN now() + make_interval(secs => %(first_pause)s)
        WHEN opened_at IS NOT NULL AND probe_job_id = %(job_id)s THEN now() + make_interval(
            secs => least(%(max_pause)s, %(first_pause)s * 2.0 ^ least(failed_probes + 1, 20))
        )
        ELSE probe_at
    END,
    probe_job_id = nullif(probe_job_id, %(job_id)s)
WHERE server = %(server)s

-- name: note_success
WITH forgotten AS (
    DELETE FROM ai_breaker_failures
    WHERE server = %(server)s
)
UPDATE ai_breakers
SET failures = 0,
    opened_at = NULL,
    probe_at = NULL,
    probed_at = NULL,
    probe_job_id = NULL,
    failed_probes = 0
WHERE server = %(server)s
    AND failures > 0
RETURNING server

-- name: wake_waiting
-- Once no server is down, what waits for one need not wait for its time. Spread over some seconds, so that the server is
-- not knocked over at once.
UPDATE procrastinate_jobs AS queue
SET scheduled_at = now() + make_interval(secs => random() * %(spread)s)
FROM ai_jobs AS job
WHERE job.outcome IS NULL
    AND job.error_code = %(code)s
    AND NOT EXISTS (SELECT 1 FROM ai_breakers WHERE opened_at IS NOT NULL)
    AND queue.id = job.queue_job_id
    AND queue.status = 'todo'
    AND queue.scheduled_at > now() + make_interval(secs => %(spread)s)
