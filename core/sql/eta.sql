-- What an estimate rests on.

-- name: read_capacity
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
