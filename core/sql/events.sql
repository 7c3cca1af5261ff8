-- A job's numbered events. The numbers come from ai_jobs.last_event, so a row lock keeps them without gap or repeat.

-- name: read_events
-- What is new to readers of some jobs, each from the number on that it has.
SELECT asked.position, event.number, event.kind, event.data
FROM unnest(%(job_ids)s::uuid[], %(afters)s::integer[]) WITH ORDINALITY AS asked (job_id, after, position)
CROSS JOIN LATERAL (
    SELECT number, kind, data
    FROM ai_job_events
    WHERE job_id = asked.job_id
        AND number > asked.after
    ORDER BY number
    LIMIT %(limit)s
) AS event
ORDER BY asked.position, event.number

-- name: announce
-- Wakes the readers of these jobs; ids only, since NOTIFY carries 8,000 bytes and every listener gets every byte.
SELECT pg_notify('canvas_job_events', %(job_ids)s)
