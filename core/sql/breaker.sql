-- The circuit breaker of each model server, shared by all worker processes.

-- name: read_breaker
SELECT failures, opened_at, probe_at, now() AS at
FROM ai_breakers
WHERE server = %(server)s

-- name: take_probe
-- Of all that ask when a probe is due, one gets a row; the next is due when this one should have come back.
UPDATE ai_breakers
SET probe_at = now() + make_interval(secs => %(lease)s)
WHERE server = %(server)s
    AND opened_at IS NOT NULL
    AND probe_at <= now()
RETURNING server

-- name: note_failure
-- The breaker opens at the limit; each failed probe after that doubles the pause until the next, up to the cap.
INSERT INTO ai_breakers AS breaker (server, failures)
VALUES (%(server)s, 1)
ON CONFLICT (server) DO UPDATE
SET failures = breaker.failures + 1,
    opened_at = CASE WHEN breaker.failures + 1 >= %(limit)s THEN coalesce(breaker.opened_at, now()) END,
    probe_at = CASE
        WHEN breaker.failures + 1 >= %(limit)s THEN now() + make_interval(
            secs => least(%(max_pause)s, %(first_pause)s * 2.0 ^ least(breaker.failures + 1 - %(limit)s, 20))
        )
    END
RETURNING failures, opened_at, probe_at, now() AS at

-- name: note_success
UPDATE ai_breakers
SET failures = 0,
    opened_at = NULL,
    probe_at = NULL
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
